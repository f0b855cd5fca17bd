/** At which price a paper order fills. One implementation per paper broker; pure. */
import { addPct, atLeast, atMost, decimal, divide, maximum, minimum, multiply, negate, ONE, percentOf, ZERO, type Decimal } from '../domain/decimal.ts'
import type { PriceExtremes } from '../domain/facts.ts'
import type { OrderRole } from '../domain/ids.ts'
import type { OrderRecord } from '../domain/order.ts'
import { selectPrice, type PriceLane, type PriceMode, type PriceQuote } from '../domain/quote.ts'
import type { OrderSide } from '../domain/signal.ts'

export type PaperFill = { readonly price: Decimal; readonly fee: Decimal; readonly liquidity: 'maker' | 'taker' }

/** A resting order's trigger has been reached. */
export type PaperTrigger = {
  readonly quote: PriceQuote
  /** The price that reached the order's level. */
  readonly price: Decimal
  /** Where a continuous path came from: the price before, or the entry price for a position opened since. Null: a point. */
  readonly pathStart: Decimal | null
  /** Where a trailing stop stood; null: at the order's own level. */
  readonly trailedTo: Decimal | null
  /** High and low since the fill before this price; null: not followed. */
  readonly extremes: PriceExtremes | null
}

export interface PaperPricing {
  readonly name: string
  /** Fee and price of an entry now; null: no price yet, wait for the next quote that has one. */
  entry(order: Pick<OrderRecord, 'side' | 'qty' | 'price'>, quote: PriceQuote | null): PaperFill | null
  /** Fill of a resting stop or target. */
  resting(order: Pick<OrderRecord, 'role' | 'side' | 'qty' | 'price'>, trigger: PaperTrigger): PaperFill
  /** A market close: at the quote, at `lastPrice` where there is none. */
  close(order: Pick<OrderRecord, 'side' | 'qty'>, quote: PriceQuote | null, lastPrice: Decimal): PaperFill
  /** Which price a resting order is compared with. */
  readonly lane: (role: OrderRole) => PriceLane
  /** Which price a waiting entry needs. */
  readonly entryLane: (side: OrderSide) => PriceLane
}

/** On a continuous path an order fills at its level; one that was passed where the path begins fills there (SPEC X-4b). */
export function pathPrice(level: Decimal, trigger: PaperTrigger): Decimal {
  const { pathStart, price } = trigger
  if (pathStart === null) return price
  const between = atLeast(level, minimum(pathStart, price)) && atMost(level, maximum(pathStart, price))
  return between ? level : pathStart
}

/** `paper-sim` (SPEC B-1): entries at the signal's price, exits at the price seen, no fees. */
export function simPricing(mode: PriceMode): PaperPricing {
  const free = (price: Decimal): PaperFill => ({ price, fee: ZERO, liquidity: 'taker' })
  return {
    name: 'paper-sim',
    entry: (order) => free(order.price ?? ZERO),
    resting: (order, trigger) => ({ ...free(pathPrice(trigger.trailedTo ?? order.price ?? trigger.price, trigger)), liquidity: order.role === 'take-profit' ? 'maker' : 'taker' }),
    close: (_order, quote, lastPrice) => free(known(quote, mode) ?? lastPrice),
    lane: () => mode,
    entryLane: () => mode,
  }
}

export type ExchangePaperCosts = { readonly takerFeePct: Decimal; readonly makerFeePct: Decimal; readonly slippageBps: Decimal }

/**
 * `exchange-paper` (SPEC B-1): entry, stop and close at bid/ask as taker with slippage, the target as a resting limit
 * filled at its price as maker; a stop triggers on mark, else last.
 */
export function exchangePricing(mode: PriceMode, costs: ExchangePaperCosts): PaperPricing {
  const slippagePct = percentOf(ONE, costs.slippageBps)
  const fee = (price: Decimal, qty: Decimal, pct: Decimal): Decimal => percentOf(multiply(price, qty), pct)
  const taker = (price: Decimal, order: { readonly side: OrderSide; readonly qty: Decimal }): PaperFill => {
    const slipped = addPct(price, order.side === 'buy' ? slippagePct : negate(slippagePct))
    return { price: slipped, fee: fee(slipped, order.qty, costs.takerFeePct), liquidity: 'taker' }
  }
  /** Buyers pay the ask, sellers get the bid. */
  const touch = (side: OrderSide): PriceLane => (side === 'buy' ? 'ask' : 'bid')
  return {
    name: 'exchange-paper',
    entry: (order, quote) => {
      const price = known(quote, touch(order.side))
      return price === null ? null : taker(price, order)
    },
    resting: (order, trigger) => {
      const level = trigger.trailedTo ?? order.price ?? trigger.price
      if (order.role === 'take-profit') return { price: level, fee: fee(level, order.qty, costs.makerFeePct), liquidity: 'maker' }
      const seen = trigger.pathStart === null ? (known(trigger.quote, touch(order.side)) ?? trigger.price) : pathPrice(level, trigger)
      return taker(seen, order)
    },
    close: (order, quote, lastPrice) => taker(known(quote, touch(order.side)) ?? known(quote, mode) ?? lastPrice, order),
    lane: (role) => (role === 'stop-loss' ? 'trigger' : mode),
    entryLane: touch,
  }
}

const known = (quote: PriceQuote | null, lane: PriceLane): Decimal | null => {
  const selected = quote ? selectPrice(quote, lane) : null
  return selected?.ok ? selected.price : null
}

export const LOWEST_PRICE = divide(ONE, decimal('1e18'))
