/** An exchange that is always there: offline quotes around 100 with a spread. */
import type { Observable } from 'rxjs'
import type { PriceQuote } from '../domain/quote.ts'
import { IntervalQuotes } from './interval-quotes.ts'
import type { PriceSource, SourceEvent } from './price-source.ts'
import type { PriceTimers } from './timers.ts'

/** Prices are counted in hundredths: last is drawn from 99 to 101, bid and ask stand one hundredth beside it. */
const MIDDLE = 10_000
const REACH = 100

export class DummyExchange implements PriceSource {
  readonly name = 'dummy'
  readonly events: Observable<SourceEvent>
  readonly #quotes: IntervalQuotes

  /** `random` gives uniform draws from [0, 1). */
  constructor(options: { readonly intervalMs: number; readonly timers: PriceTimers; readonly random: () => number }) {
    const { intervalMs, timers, random } = options
    this.#quotes = new IntervalQuotes(intervalMs, timers, (symbol): PriceQuote => {
      const last = MIDDLE - REACH + Math.floor(random() * (2 * REACH + 1))
      return { symbol, ts: timers.now(), bid: (last - 1) / 100, ask: (last + 1) / 100, last: last / 100, mark: last / 100, source: this.name, path: 'point' }
    })
    this.events = this.#quotes.events
  }

  resolve(symbol: string): string {
    return symbol
  }

  watch(feedSymbol: string): void {
    this.#quotes.watch(feedSymbol)
  }

  unwatch(feedSymbol: string): void {
    this.#quotes.unwatch(feedSymbol)
  }
}
