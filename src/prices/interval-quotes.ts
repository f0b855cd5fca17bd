/** Quotes made up on a timer: what the simulator and the dummy exchange have in common. */
// By file: the package's index loads two hundred of them, a third of the service's start.
import { Observable } from 'rxjs/internal/Observable'
import { share } from 'rxjs/internal/operators/share'
import { Subject } from 'rxjs/internal/Subject'
import type { PriceQuote } from '../domain/quote.ts'
import type { SourceEvent } from './price-source.ts'
import type { PriceTimers } from './timers.ts'

/** Quoted from the start: what `GET /market/price` asks for by default. */
export const DEFAULT_SYMBOL = 'BTCUSDT'

/**
 * One quote per watched symbol at the first subscription and then each interval, in the order in which the symbols were
 * first watched.
 */
export class IntervalQuotes {
  readonly events: Observable<SourceEvent>
  readonly #symbols = new Set([DEFAULT_SYMBOL])
  readonly #subject = new Subject<SourceEvent>()
  readonly #makeQuote: (symbol: string) => PriceQuote

  constructor(intervalMs: number, timers: PriceTimers, makeQuote: (symbol: string) => PriceQuote) {
    this.#makeQuote = makeQuote
    this.events = new Observable<SourceEvent>((subscriber) => {
      const subscription = this.#subject.subscribe(subscriber)
      this.emitAll()
      subscription.add(timers.every(intervalMs, () => this.emitAll()))
      return subscription
    }).pipe(share())
  }

  watch(symbol: string): void {
    this.#symbols.add(symbol)
  }

  unwatch(symbol: string): void {
    if (symbol !== DEFAULT_SYMBOL) this.#symbols.delete(symbol)
  }

  emitAll(): void {
    for (const symbol of [...this.#symbols]) this.emit(this.#makeQuote(symbol))
  }

  emit(quote: PriceQuote): void {
    this.#subject.next({ type: 'quote', quote })
  }
}
