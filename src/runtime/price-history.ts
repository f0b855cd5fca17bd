/** Prices of watched symbols once a second, for charts. Taken from the side: the path of a quote knows nothing of it. */

const EVERY_MS = 1_000
/** Two hours of seconds. */
const KEPT = 7_200

export type PricePoint = readonly [ts: number, price: number]

/** A ring of the newest points. */
class Points {
  readonly #ts = new Float64Array(KEPT)
  readonly #price = new Float64Array(KEPT)
  #count = 0

  add(ts: number, price: number): void {
    if (this.#count > 0 && this.#ts[(this.#count - 1) % KEPT] === ts) return
    this.#ts[this.#count % KEPT] = ts
    this.#price[this.#count % KEPT] = price
    this.#count += 1
  }

  all(): PricePoint[] {
    const first = Math.max(0, this.#count - KEPT)
    return Array.from({ length: this.#count - first }, (_, index): PricePoint => [this.#ts[(first + index) % KEPT] as number, this.#price[(first + index) % KEPT] as number])
  }
}

export class PriceHistory {
  readonly #symbols = new Map<string, Points>()
  readonly #timer: NodeJS.Timeout

  /** `prices`: what is quoted now. */
  constructor(prices: () => Iterable<readonly [symbol: string, price: number, ts: number]>) {
    this.#timer = setInterval(() => {
      for (const [symbol, price, ts] of prices()) this.#points(symbol).add(ts, price)
    }, EVERY_MS).unref()
  }

  /** Oldest first. */
  of(symbol: string): readonly PricePoint[] {
    return this.#symbols.get(symbol)?.all() ?? []
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #points(symbol: string): Points {
    const known = this.#symbols.get(symbol)
    if (known) return known
    const points = new Points()
    this.#symbols.set(symbol, points)
    return points
  }
}
