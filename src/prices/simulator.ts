/** Invented prices that reach every level within a few quotes. */
import type { Observable } from 'rxjs'
import { assert } from '../domain/assert.ts'
import { toNumber, type Decimal } from '../domain/decimal.ts'
import type { PriceQuote } from '../domain/quote.ts'
import { IntervalQuotes } from './interval-quotes.ts'
import type { PriceSource, SourceEvent } from './price-source.ts'
import type { PriceTimers } from './timers.ts'

const DEFAULT_BASE = 100
/** Half the width of the band around the base that prices are drawn from. */
const SPREAD = 0.1
/** Digits of the base that a price shows: 100 gives thousandths, 60,000 gives tenths. */
const SIGNIFICANT_DIGITS = 6

/**
 * An independent, uniform draw from base ± 10 %, rounded to six digits of the base. `random` gives numbers in [0, 1).
 */
export function drawPrice(base: number, random: () => number): number {
  const low = base * (1 - SPREAD)
  const high = base * (1 + SPREAD)
  const places = Math.min(100, Math.max(0, SIGNIFICANT_DIGITS - 1 - Math.floor(Math.log10(base))))
  for (;;) {
    const price = Number((low + (high - low) * random()).toFixed(places))
    // Rounding may step over the edge of the band.
    if (price >= low && price <= high) return price
  }
}

export type SimulatorOptions = {
  readonly intervalMs: number
  readonly timers: PriceTimers
  /** Uniform draws from [0, 1), e.g. `seededRandom(seed)`. */
  readonly random: () => number
}

/**
 * Quotes every watched symbol each interval; bid, ask, last and mark are one price. A symbol's base is 100 until
 * `watch` names a reference price. A moved base is quoted once in a later turn, exactly, so that nothing is decided at
 * a price of the old base. A pinned price is quoted for all symbols until it is released.
 */
export class PriceSimulator implements PriceSource {
  readonly name = 'simulator'
  readonly events: Observable<SourceEvent>
  readonly #quotes: IntervalQuotes
  readonly #timers: PriceTimers
  readonly #random: () => number
  readonly #bases = new Map<string, number>()
  #pinned: number | null = null

  constructor(options: SimulatorOptions) {
    this.#timers = options.timers
    this.#random = options.random
    this.#quotes = new IntervalQuotes(options.intervalMs, options.timers, (symbol) => this.#quote(symbol, this.#draw(symbol)))
    this.events = this.#quotes.events
  }

  /** Any symbol can be invented. */
  resolve(symbol: string): string {
    return symbol
  }

  watch(feedSymbol: string, referencePrice?: Decimal): void {
    this.#quotes.watch(feedSymbol)
    if (referencePrice === undefined) return
    const base = toNumber(referencePrice)
    assert(Number.isFinite(base) && base > 0, `the reference price of ${feedSymbol} is a positive number`)
    if (this.#bases.get(feedSymbol) === base) return
    this.#bases.set(feedSymbol, base)
    this.#timers.after(0, () => this.#quotes.emit(this.#quote(feedSymbol, this.#pinned ?? this.#base(feedSymbol))))
  }

  /** The symbol's base is kept. */
  unwatch(feedSymbol: string): void {
    this.#quotes.unwatch(feedSymbol)
  }

  /** The pinned price; null where prices are drawn. */
  get pinned(): number | null {
    return this.#pinned
  }

  /** Quotes this price for all watched symbols: now, and each interval. */
  pin(price: Decimal): void {
    const pinned = toNumber(price)
    assert(Number.isFinite(pinned) && pinned > 0, 'a pinned price is a positive number')
    this.#pinned = pinned
    this.#quotes.emitAll()
  }

  /** Prices are drawn again from the next interval on. */
  release(): void {
    this.#pinned = null
  }

  #base(symbol: string): number {
    return this.#bases.get(symbol) ?? DEFAULT_BASE
  }

  #draw(symbol: string): number {
    return this.#pinned ?? drawPrice(this.#base(symbol), this.#random)
  }

  #quote(symbol: string, price: number): PriceQuote {
    return { symbol, ts: this.#timers.now(), bid: price, ask: price, last: price, mark: price, source: this.name, path: 'point' }
  }
}
