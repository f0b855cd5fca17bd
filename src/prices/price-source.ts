/** Where quotes come from. One interface for simulator, dummy, replay and exchanges. */
import type { Observable } from 'rxjs'
import type { Decimal } from '../domain/decimal.ts'
import type { PriceQuote } from '../domain/quote.ts'

/** Error contract of all sources. `stale`: nothing new for longer than allowed. `bad_data`: a quote was dropped. */
export type PriceErrorCode = 'timeout' | 'http' | 'rate_limit' | 'bad_data' | 'stale' | 'unknown_symbol'
export type PriceError = { readonly code: PriceErrorCode; readonly symbol: string | null; readonly message: string; readonly retryInMs: number | null }

export type SourceEvent =
  | { readonly type: 'quote'; readonly quote: PriceQuote }
  | { readonly type: 'error'; readonly error: PriceError }
  /** A replay has no more rows. */
  | { readonly type: 'ended' }

export interface PriceSource {
  readonly name: string
  /** Hot: starts with the first subscriber, ends with the last. Errors are events; the stream itself never errors. */
  readonly events: Observable<SourceEvent>
  /** The feed's name for a signal's symbol, or undefined if the source does not know the symbol. */
  resolve(symbol: string): string | undefined
  /** Wants quotes of this feed symbol from now on; `referencePrice` sets a simulator's base. Idempotent. */
  watch(feedSymbol: string, referencePrice?: Decimal): void
  unwatch(feedSymbol: string): void
}
