/** The strategy of the example bot: candles from prices, an exponential average, and the bounce on it. No I/O. */

export type Candle = { readonly start: number; readonly open: number; readonly high: number; readonly low: number; readonly close: number }
export type Side = 'long' | 'short'

/** Builds candles of `lengthMs` from prices in order of time. Times are those of the data, milliseconds. */
export class CandleBuilder {
  readonly #lengthMs: number
  #candle: Candle | undefined

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs
  }

  /** Takes a price; returns the candle that it completed by belonging to a later one. */
  add(at: number, price: number): Candle | undefined {
    const start = at - (at % this.#lengthMs)
    const current = this.#candle
    if (current !== undefined && start <= current.start) {
      this.#candle = { ...current, high: Math.max(current.high, price), low: Math.min(current.low, price), close: price }
      return undefined
    }
    this.#candle = { start, open: price, high: price, low: price, close: price }
    return current
  }
}

/**
 * A bounce: the market was on one side of the average, the candle came as near as `touchPct` percent to it, and closed
 * on the same side, away from it. Above the average that is a long, below it a short.
 */
export class EmaBounce {
  readonly #period: number
  readonly #touchPct: number
  #closes: number[] = []
  #ema: number | undefined
  #lastClose = NaN

  constructor(period: number, touchPct = 0) {
    this.#period = period
    this.#touchPct = touchPct
  }

  /** The average over the closed candles; undefined until there are enough. */
  get ema(): number | undefined {
    return this.#ema
  }

  /** Takes a closed candle and says whether it bounced. */
  next(candle: Candle): Side | undefined {
    const side = this.#ema === undefined ? undefined : bounce(candle, this.#ema, this.#lastClose, this.#touchPct)
    this.#lastClose = candle.close
    this.#ema = this.#average(candle.close)
    return side
  }

  /** EMA with the factor 2 / (period + 1), begun with the plain average of the first `period` closes. */
  #average(close: number): number | undefined {
    if (this.#ema !== undefined) return this.#ema + (2 / (this.#period + 1)) * (close - this.#ema)
    this.#closes.push(close)
    return this.#closes.length < this.#period ? undefined : this.#closes.reduce((sum, value) => sum + value, 0) / this.#period
  }
}

/** The bounce rule on one candle. `ema` is the average before it. */
export function bounce({ open, high, low, close }: Candle, ema: number, previousClose: number, touchPct: number): Side | undefined {
  const near = (ema * touchPct) / 100
  if (previousClose > ema && low <= ema + near && close > ema && close > open) return 'long'
  if (previousClose < ema && high >= ema - near && close < ema && close < open) return 'short'
  return undefined
}
