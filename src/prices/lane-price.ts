import { assert } from '../domain/assert.ts'
import type { Decimal } from '../domain/decimal.ts'
import { lanePrice, selectPrice, type PriceLane, type PriceQuote } from '../domain/quote.ts'

/** The price of one lane in the quote being worked on: the double that nominates, the decimal only when asked for. */
export class LanePrice {
  readonly lane: PriceLane
  value = NaN
  private quote: PriceQuote | null = null
  private decided: Decimal | null = null

  constructor(lane: PriceLane) {
    this.lane = lane
  }

  /** Looks at a quote; false if it has no usable price for this lane. */
  see(quote: PriceQuote): boolean {
    this.quote = quote
    this.decided = null
    this.value = lanePrice(quote, this.lane)
    return this.value > 0 && this.value < Infinity
  }

  get bid(): number {
    return (this.quote as PriceQuote).bid
  }

  get ask(): number {
    return (this.quote as PriceQuote).ask
  }

  /** The exact price. Valid until the quote's owner changes the quote. */
  get exact(): Decimal {
    this.decided ??= exactPrice(this.quote as PriceQuote, this.lane)
    assert(this.decided !== null, 'only a usable price is compared')
    return this.decided
  }
}

/** The exact price of a lane in a quote; null if the quote has none. */
export function exactPrice(quote: PriceQuote, lane: PriceLane): Decimal | null {
  const selected = selectPrice(quote, lane)
  return selected.ok ? selected.price : null
}
