/** What a price observation is, and how one price is chosen from it. */
import { add, decimal, multiply, type Decimal } from './decimal.ts'

const HALF = decimal('0.5')

/** Which of a quote's prices decides. `mid` = (bid + ask) / 2. */
export const PRICE_MODES = ['last', 'mark', 'mid', 'bid', 'ask'] as const
export type PriceMode = (typeof PRICE_MODES)[number]

/**
 * What a watch compares: a price mode, or `trigger` = mark where the quote has one, else last (the trigger price of a
 * venue's stop order).
 */
export type PriceLane = PriceMode | 'trigger'

/**
 * One price observation of one symbol, as doubles (`NaN` = the source does not have this field). `path` tells how the
 * price came from the previous one: `point` jumped (a tick, a candle's open), `continuous` passed through every price
 * between (inside a candle).
 */
export type PriceQuote = {
  readonly symbol: string
  /** Milliseconds since the epoch. */
  readonly ts: number
  readonly bid: number
  readonly ask: number
  readonly last: number
  readonly mark: number
  readonly source: string
  readonly path: 'point' | 'continuous'
}

/** A mode's field is missing in a quote. */
export type PriceUnavailable = { readonly code: 'price_unavailable'; readonly symbol: string; readonly mode: PriceLane }
export type SelectedPrice = { readonly ok: true; readonly price: Decimal } | { readonly ok: false; readonly error: PriceUnavailable }

/** The price a lane sees, as a double for nominating; `NaN` if the quote does not have it. */
export function lanePrice(quote: PriceQuote, lane: PriceLane): number {
  switch (lane) {
    case 'last':
      return quote.last
    case 'mark':
      return quote.mark
    case 'bid':
      return quote.bid
    case 'ask':
      return quote.ask
    case 'mid':
      return (quote.bid + quote.ask) / 2
    case 'trigger':
      break
  }
  // Outside the switch: a path that could return undefined would make the engine box every price.
  return quote.mark === quote.mark ? quote.mark : quote.last
}

/** The exact price a lane sees. A missing, non-finite or non-positive field is an error, never 0. */
export function selectPrice(quote: PriceQuote, lane: PriceLane): SelectedPrice {
  const raw = lanePrice(quote, lane)
  if (!Number.isFinite(raw) || raw <= 0) return { ok: false, error: { code: 'price_unavailable', symbol: quote.symbol, mode: lane } }
  // The double of a mid carries binary noise; its parts do not.
  const price = lane === 'mid' ? multiply(add(decimal(quote.bid), decimal(quote.ask)), HALF) : decimal(raw)
  return { ok: true, price }
}

/** A quote as it is journaled with the decision it caused: decimals, absent fields left out. */
export type RecordedQuote = {
  readonly ts: number
  readonly bid?: Decimal
  readonly ask?: Decimal
  readonly last?: Decimal
  readonly mark?: Decimal
  readonly source: string
  readonly path: 'point' | 'continuous'
}

/** The journaled form of a quote. */
export function recordQuote(quote: PriceQuote): RecordedQuote {
  return {
    ts: quote.ts,
    ...(Number.isFinite(quote.bid) ? { bid: decimal(quote.bid) } : {}),
    ...(Number.isFinite(quote.ask) ? { ask: decimal(quote.ask) } : {}),
    ...(Number.isFinite(quote.last) ? { last: decimal(quote.last) } : {}),
    ...(Number.isFinite(quote.mark) ? { mark: decimal(quote.mark) } : {}),
    source: quote.source,
    path: quote.path,
  }
}
