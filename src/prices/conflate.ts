/** Fewer quotes for the eyes of people. Decisions never see conflated prices. */
import { Observable, type OperatorFunction } from 'rxjs'
import type { PriceQuote } from '../domain/quote.ts'
import type { PriceTimers } from './timers.ts'

/** The newest quote of each symbol that was quoted, once per interval; nothing in an interval without quotes. */
export function conflate(intervalMs: number, timers: PriceTimers): OperatorFunction<PriceQuote, readonly PriceQuote[]> {
  return (quotes) =>
    new Observable((subscriber) => {
      const newest = new Map<string, PriceQuote>()
      const flush = (): void => {
        if (newest.size === 0) return
        const batch = [...newest.values()]
        newest.clear()
        subscriber.next(batch)
      }
      const cancel = timers.every(intervalMs, flush)
      const subscription = quotes.subscribe({
        next: (quote) => newest.set(quote.symbol, quote),
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          flush()
          subscriber.complete()
        },
      })
      return () => {
        cancel()
        subscription.unsubscribe()
      }
    })
}
