import type { PriceQuote } from '../domain/quote.ts'

/** A copy of a quote that is overwritten in place: the feed re-uses its own quote object. */
export class SeenQuote {
  private readonly symbol: string
  /** ts, bid, ask, last, mark. Typed, so that overwriting allocates nothing. */
  private readonly numbers = new Float64Array(5)
  private source = ''
  private path: PriceQuote['path'] = 'point'
  private filled = false

  constructor(symbol: string) {
    this.symbol = symbol
  }

  copy(quote: PriceQuote): void {
    const { numbers } = this
    numbers[0] = quote.ts
    numbers[1] = quote.bid
    numbers[2] = quote.ask
    numbers[3] = quote.last
    numbers[4] = quote.mark
    this.source = quote.source
    this.path = quote.path
    this.filled = true
  }

  /** The quote as a value of its own; null if none was copied yet. */
  toQuote(): PriceQuote | null {
    if (!this.filled) return null
    const [ts, bid, ask, last, mark] = this.numbers as unknown as [number, number, number, number, number]
    return { symbol: this.symbol, ts, bid, ask, last, mark, source: this.source, path: this.path }
  }
}
