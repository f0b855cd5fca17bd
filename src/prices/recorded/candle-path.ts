/** Candles as the path of prices they stand for. */
import { BLOCK_ROWS, CONTINUOUS, createQuoteBlock, POINT, type QuoteBlock, type RowBlock } from './row-block.ts'

/**
 * Order of the two extremes: `ohlc` the high first, `olhc` the low first, `auto` by the candle: close ≥ open came by
 * the low first.
 */
export const CANDLE_PATHS = ['auto', 'ohlc', 'olhc'] as const
export type CandlePath = (typeof CANDLE_PATHS)[number]

/** Quotes still to come, in order of time; those of one time in the order they were put in. */
class PendingQuotes {
  times = new Float64Array(64)
  prices = new Float64Array(64)
  symbols = new Uint16Array(64)
  /** The queue lies in `[head, tail)`. */
  head = 0
  tail = 0

  put(time: number, symbol: number, price: number): void {
    if (this.tail === this.times.length) this.#makeRoom()
    const { times, prices, symbols, head } = this
    let at = this.tail++
    for (; at > head && (times[at - 1] as number) > time; at -= 1) {
      times[at] = times[at - 1] as number
      prices[at] = prices[at - 1] as number
      symbols[at] = symbols[at - 1] as number
    }
    times[at] = time
    prices[at] = price
    symbols[at] = symbol
  }

  /** Drops the first quote. */
  drop(): void {
    this.head += 1
    if (this.head === this.tail) this.head = this.tail = 0
  }

  #makeRoom(): void {
    const { times, prices, symbols, head, tail } = this
    const count = tail - head
    if (count > times.length / 2) {
      this.times = new Float64Array(times.length * 2)
      this.prices = new Float64Array(times.length * 2)
      this.symbols = new Uint16Array(times.length * 2)
    }
    this.times.set(times.subarray(head, tail))
    this.prices.set(prices.subarray(head, tail))
    this.symbols.set(symbols.subarray(head, tail))
    this.head = 0
    this.tail = count
  }
}

/**
 * Turns candles into quotes in order of time: the open at the candle's own time (a jump from the price before), the two
 * extremes at a third and two thirds of the interval (rounded down), the close 1 ms before its end (all three on a
 * continuous path). Quotes of one millisecond keep the order of their rows. A path price is bid, ask, last and mark.
 */
export class CandleExpander {
  readonly #intervals: ArrayLike<number>
  readonly #candlePath: CandlePath
  #out = createQuoteBlock()
  #full: QuoteBlock[] = []
  readonly #pending = new PendingQuotes()

  /** `intervals`: length of a candle in milliseconds per symbol index. */
  constructor(intervals: ArrayLike<number>, candlePath: CandlePath) {
    this.#intervals = intervals
    this.#candlePath = candlePath
  }

  /** The full blocks of quotes that these candles complete. */
  expand(rows: RowBlock): QuoteBlock[] {
    const [opens, highs, lows, closes] = rows.columns
    for (let row = 0; row < rows.length; row += 1) {
      const ts = rows.ts[row] as number
      const symbol = rows.symbol[row] as number
      const open = opens[row] as number
      const close = closes[row] as number
      const highFirst = this.#candlePath === 'auto' ? close < open : this.#candlePath === 'ohlc'
      const high = highs[row] as number
      const low = lows[row] as number
      const interval = this.#intervals[symbol] as number
      this.#emitUntil(ts)
      this.#emit(ts, symbol, open, POINT)
      this.#pending.put(ts + Math.floor(interval / 3), symbol, highFirst ? high : low)
      this.#pending.put(ts + Math.floor((2 * interval) / 3), symbol, highFirst ? low : high)
      this.#pending.put(ts + interval - 1, symbol, close)
    }
    return this.#takeFull()
  }

  /** The rest, after the last candle. */
  finish(): QuoteBlock[] {
    this.#emitUntil(Infinity)
    if (this.#out.length > 0) this.#full.push(this.#out)
    return this.#takeFull()
  }

  #takeFull(): QuoteBlock[] {
    const full = this.#full
    this.#full = []
    return full
  }

  #emitUntil(time: number): void {
    const pending = this.#pending
    while (pending.head < pending.tail && (pending.times[pending.head] as number) <= time) {
      const { head } = pending
      this.#emit(pending.times[head] as number, pending.symbols[head] as number, pending.prices[head] as number, CONTINUOUS)
      pending.drop()
    }
  }

  #emit(time: number, symbol: number, price: number, path: number): void {
    if (this.#out.length === BLOCK_ROWS) {
      this.#full.push(this.#out)
      this.#out = createQuoteBlock()
    }
    const out = this.#out
    const at = out.length++
    out.ts[at] = time
    out.symbol[at] = symbol
    out.bid[at] = price
    out.ask[at] = price
    out.last[at] = price
    out.mark[at] = price
    out.path[at] = path
  }
}
