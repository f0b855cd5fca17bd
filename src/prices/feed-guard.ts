/**
 * Keeps bad quotes of a live feed away from the Book. Recorded and simulated prices do not pass through here: there the
 * price is what it is, and a bad print in the data decides as the rules of candles and ticks say.
 */
import type { PriceQuote } from '../domain/quote.ts'
import type { PriceError } from './price-source.ts'

export const DROP_REASONS = ['non_finite', 'non_positive', 'crossed', 'future', 'stale', 'backwards', 'outlier'] as const
export type DropReason = (typeof DROP_REASONS)[number]

export type GuardLimits = {
  /** A quote this much older (or younger) than the clock is not a current price. */
  readonly staleAfterMs: number
  /** A price this many times above or below the last one is held back until the next quotes agree with it. */
  readonly outlierFactor: number
  /** How many quotes must agree with it. */
  readonly confirmations: number
}

export const DEFAULT_OUTLIER_LIMITS = { outlierFactor: 5, confirmations: 2 } as const

/** What the guard remembers of one symbol. */
export type GuardMemory = {
  readonly accepted: PriceQuote | null
  /** An outlier that waits to be confirmed, and how many quotes agreed with it. */
  readonly held: PriceQuote | null
  readonly agreed: number
}
const NOTHING_SEEN: GuardMemory = { accepted: null, held: null, agreed: 0 }

const pricesOf = (quote: PriceQuote): number[] => [quote.bid, quote.ask, quote.last, quote.mark]
const apart = (a: number, b: number): number => Math.max(a / b, b / a)

/** By how many times the furthest field moved between two quotes; fields that either lacks do not count. */
function furthestMove(from: PriceQuote, to: PriceQuote): number {
  const before = pricesOf(from)
  return pricesOf(to).reduce((furthest, price, field) => Math.max(furthest, apart(price, before[field] as number) || 1), 1)
}

/** By how many times the fields of one quote differ. */
function innerSpread(quote: PriceQuote): number {
  const prices = pricesOf(quote).filter((price) => price === price)
  return Math.max(...prices) / Math.min(...prices)
}

/** Why this quote says nothing about the market, whatever came before it. */
function faultOf(quote: PriceQuote, now: number, limits: GuardLimits): DropReason | null {
  const prices = pricesOf(quote).filter((price) => price === price)
  if (prices.length === 0 || !Number.isFinite(quote.ts) || prices.some((price) => !Number.isFinite(price))) return 'non_finite'
  if (prices.some((price) => price <= 0)) return 'non_positive'
  if (quote.bid > quote.ask) return 'crossed'
  if (quote.ts > now + limits.staleAfterMs) return 'future'
  if (quote.ts < now - limits.staleAfterMs) return 'stale'
  return null
}

export type GuardVerdict = { readonly drop: DropReason | null; readonly memory: GuardMemory }

/**
 * Judges one quote of one symbol. A jump that the next quotes confirm is the market; the held quotes themselves are not
 * delivered later. A quote whose own fields differ that much is never confirmed: a single bad print stays in `last`
 * while bid and ask go on.
 */
export function judgeQuote(memory: GuardMemory, quote: PriceQuote, now: number, limits: GuardLimits): GuardVerdict {
  const fault = faultOf(quote, now, limits)
  if (fault) return { drop: fault, memory }
  const { accepted, held } = memory
  if (quote.ts < Math.max(accepted?.ts ?? 0, held?.ts ?? 0)) return { drop: 'backwards', memory }
  if (innerSpread(quote) >= limits.outlierFactor) return { drop: 'outlier', memory }
  if (accepted && furthestMove(accepted, quote) >= limits.outlierFactor) {
    const agrees = held !== null && furthestMove(held, quote) < limits.outlierFactor
    const agreed = agrees ? memory.agreed + 1 : 0
    if (agreed < limits.confirmations) return { drop: 'outlier', memory: { accepted, held: quote, agreed } }
  }
  return { drop: null, memory: { accepted: quote, held: null, agreed: 0 } }
}

/** The guard of one feed: remembers every symbol and counts what it dropped. */
export class FeedGuard {
  readonly dropped: Record<DropReason, number> = { non_finite: 0, non_positive: 0, crossed: 0, future: 0, stale: 0, backwards: 0, outlier: 0 }
  readonly #limits: GuardLimits
  readonly #memories = new Map<string, GuardMemory>()

  constructor(limits: GuardLimits) {
    this.#limits = limits
  }

  /** The error to report instead of the quote, or null where it may pass. */
  check(quote: PriceQuote, now: number): { readonly reason: DropReason; readonly error: PriceError } | null {
    const before = this.#memories.get(quote.symbol) ?? NOTHING_SEEN
    const { drop, memory } = judgeQuote(before, quote, now, this.#limits)
    this.#memories.set(quote.symbol, memory)
    if (!drop) return null
    this.dropped[drop] += 1
    const message = explain(drop, quote, before, now)
    return { reason: drop, error: { code: drop === 'stale' ? 'stale' : 'bad_data', symbol: quote.symbol, message, retryInMs: null } }
  }

  /** The symbol is no longer wanted: its next quote, whenever that is, has nothing to compare with. */
  forget(symbol: string): void {
    this.#memories.delete(symbol)
  }
}

function explain(reason: DropReason, quote: PriceQuote, before: GuardMemory, now: number): string {
  const fields = `bid ${quote.bid}, ask ${quote.ask}, last ${quote.last}, mark ${quote.mark}`
  switch (reason) {
    case 'non_finite':
      return `${quote.symbol}: no finite price or time (${fields}, ts ${quote.ts}); quote dropped`
    case 'non_positive':
      return `${quote.symbol}: a price is not above 0 (${fields}); quote dropped`
    case 'crossed':
      return `${quote.symbol}: bid ${quote.bid} is above ask ${quote.ask}; quote dropped`
    case 'future':
      return `${quote.symbol}: the quote is ${quote.ts - now} ms ahead of this host's clock; quote dropped, check the clock`
    case 'stale':
      return `${quote.symbol}: the quote is ${now - quote.ts} ms old; quote dropped (if all are, check this host's clock)`
    case 'backwards':
      return `${quote.symbol}: the quote is older than the one before it (ts ${quote.ts}); quote dropped`
    case 'outlier':
      return explainOutlier(quote, fields, before.accepted)
  }
}

function explainOutlier(quote: PriceQuote, fields: string, accepted: PriceQuote | null): string {
  const jump = accepted ? furthestMove(accepted, quote) : 1
  const times = Math.max(jump, innerSpread(quote)).toFixed(1)
  if (jump <= innerSpread(quote)) return `${quote.symbol}: its own prices differ ${times} times (${fields}); quote dropped`
  return `${quote.symbol}: ${times} times away from the last quote (${fields}); held back until the next quotes confirm it`
}
