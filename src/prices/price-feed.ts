/** The edge of the price side: one source in, guarded quotes out, one call each. */
// By file: the package's index loads two hundred of them, a third of the service's start.
import { Subject } from 'rxjs/internal/Subject'
import type { Observable, Subscription } from 'rxjs'
import type { Decimal } from '../domain/decimal.ts'
import type { PriceQuote } from '../domain/quote.ts'
import type { DropReason, FeedGuard } from './feed-guard.ts'
import type { PriceError, PriceErrorCode, PriceSource, SourceEvent } from './price-source.ts'
import { Staleness } from './staleness.ts'
import type { PriceTimers } from './timers.ts'

export type PriceLogEvent = 'price_error' | 'price_dropped' | 'price_stale' | 'price_fresh' | 'price_source_lost' | 'price_source_ended'
/** Where the feed reports to; event names are stable. */
export type PriceLog = (level: 'info' | 'warn', event: PriceLogEvent, fields: Readonly<Record<string, string | number | null>>) => void

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000
const STALENESS_CHECK_MS = 1_000

export type PriceFeedOptions = {
  readonly source: PriceSource
  readonly timers: PriceTimers
  readonly log: PriceLog
  /** Milliseconds without a quote after which a symbol is stale. */
  readonly staleAfterMs: number
  /** For live sources; null for simulated and recorded prices, which are never altered. */
  readonly guard: FeedGuard | null
  /** Receives every quote, in order, as it arrives. */
  readonly onQuote: (quote: PriceQuote) => void
  /** A replay has no more rows. */
  readonly onEnded: () => void
}

export type PriceFeedHealth = {
  readonly source: string
  readonly connected: boolean
  readonly quotes: number
  readonly errors: Readonly<Partial<Record<PriceErrorCode, number>>>
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>
  /** Milliseconds since the last quote of each symbol. */
  readonly ageMs: Readonly<Record<string, number>>
  readonly stale: readonly string[]
}

/**
 * Subscribes a source and keeps it subscribed: where it fails or ends without saying so, it is subscribed again after 1,
 * 2, 4, … at most 30 seconds. Bad quotes of a guarded source are reported and dropped.
 */
export class PriceFeed {
  /** Quotes that passed, for user interfaces (see `conflate`). */
  readonly quotes: Observable<PriceQuote>
  readonly #options: PriceFeedOptions
  readonly #passed = new Subject<PriceQuote>()
  readonly #staleness: Staleness
  readonly #latest = new Map<string, PriceQuote>()
  readonly #errors: Partial<Record<PriceErrorCode, number>> = {}
  /** Reported once until they change: symbols that are stale, and why a symbol's quotes are dropped. */
  readonly #reportedStale = new Set<string>()
  readonly #reportedDrop = new Map<string, DropReason>()
  #subscription: Subscription | null = null
  #cancelCheck: (() => void) | null = null
  #cancelRetry: (() => void) | null = null
  #retryMs = FIRST_RETRY_MS
  #count = 0
  #state: 'idle' | 'connected' | 'waiting' | 'ended' = 'idle'

  constructor(options: PriceFeedOptions) {
    this.#options = options
    this.#staleness = new Staleness(options.staleAfterMs)
    this.quotes = this.#passed.asObservable()
  }

  start(): void {
    if (this.#state !== 'idle') return
    this.#cancelCheck = this.#options.timers.every(STALENESS_CHECK_MS, () => this.#checkStaleness())
    this.#connect()
  }

  stop(): void {
    this.#cancelCheck?.()
    this.#cancelRetry?.()
    this.#cancelCheck = this.#cancelRetry = null
    this.#state = 'idle'
    this.#subscription?.unsubscribe()
    this.#subscription = null
  }

  resolve(symbol: string): string | undefined {
    return this.#options.source.resolve(symbol)
  }

  /** Wants quotes of this feed symbol from now on. Idempotent. */
  watch(feedSymbol: string, referencePrice?: Decimal): void {
    this.#staleness.expect(feedSymbol, this.#options.timers.now())
    this.#options.source.watch(feedSymbol, referencePrice)
  }

  unwatch(feedSymbol: string): void {
    this.#options.source.unwatch(feedSymbol)
    this.#options.guard?.forget(feedSymbol)
    this.#staleness.forget(feedSymbol)
    this.#reportedStale.delete(feedSymbol)
    this.#reportedDrop.delete(feedSymbol)
  }

  /** The last quote that passed, also of a symbol no longer watched. */
  latest(feedSymbol: string): PriceQuote | undefined {
    return this.#latest.get(feedSymbol)
  }

  /** Symbols that were ever quoted. */
  symbols(): readonly string[] {
    return [...this.#latest.keys()]
  }

  /** Nothing may be decided on the symbol's price: its last quote is too old, or there is none. */
  isStale(feedSymbol: string): boolean {
    return this.#staleness.isStale(feedSymbol, this.#options.timers.now())
  }

  /** There is a quote young enough to decide on. By the quote's own time, which a guard has compared with the clock. */
  isCurrent(feedSymbol: string): boolean {
    const quote = this.#latest.get(feedSymbol)
    return quote !== undefined && this.#options.timers.now() - quote.ts <= this.#options.staleAfterMs
  }

  health(): PriceFeedHealth {
    const now = this.#options.timers.now()
    return {
      source: this.#options.source.name,
      connected: this.#isConnected(),
      quotes: this.#count,
      errors: { ...this.#errors },
      dropped: { ...this.#options.guard?.dropped },
      ageMs: Object.fromEntries(this.#staleness.ages(now)),
      stale: this.#staleness.stale(now),
    }
  }

  #connect(): void {
    this.#state = 'connected'
    const subscription = this.#options.source.events.subscribe({
      next: (event) => this.#receive(event),
      error: (error: unknown) => this.#lost(error instanceof Error ? error.message : String(error)),
      complete: () => this.#lost('the source ended'),
    })
    // A source may end, or a quote may stop the feed, before `subscribe` returns.
    if (this.#isConnected()) this.#subscription = subscription
    else subscription.unsubscribe()
  }

  #isConnected(): boolean {
    return this.#state === 'connected'
  }

  #receive(event: SourceEvent): void {
    if (event.type === 'quote') this.#quote(event.quote)
    else if (event.type === 'error') this.#error(event.error)
    else this.#ended()
  }

  #quote(quote: PriceQuote): void {
    const now = this.#options.timers.now()
    const refused = this.#options.guard?.check(quote, now)
    if (refused) return this.#drop(refused.reason, refused.error)
    this.#reportedDrop.delete(quote.symbol)
    this.#retryMs = FIRST_RETRY_MS
    this.#count += 1
    this.#staleness.seen(quote.symbol, now)
    this.#latest.set(quote.symbol, quote)
    this.#options.onQuote(quote)
    this.#passed.next(quote)
  }

  #drop(reason: DropReason, error: PriceError): void {
    this.#countError(error)
    const symbol = error.symbol ?? ''
    // A feed that stays crossed would otherwise write a line per quote; the counters have them all.
    if (this.#reportedDrop.get(symbol) === reason) return
    this.#reportedDrop.set(symbol, reason)
    this.#options.log('warn', 'price_dropped', { source: this.#options.source.name, symbol: error.symbol, reason, message: error.message })
  }

  #error(error: PriceError): void {
    this.#countError(error)
    const { code, symbol, message, retryInMs } = error
    this.#options.log('warn', 'price_error', { source: this.#options.source.name, code, symbol, message, retry_in_ms: retryInMs })
  }

  #countError(error: PriceError): void {
    this.#errors[error.code] = (this.#errors[error.code] ?? 0) + 1
  }

  #ended(): void {
    this.stop()
    this.#state = 'ended'
    this.#options.log('info', 'price_source_ended', { source: this.#options.source.name, quotes: this.#count })
    this.#options.onEnded()
  }

  #lost(message: string): void {
    if (!this.#isConnected()) return
    this.#state = 'waiting'
    this.#subscription = null
    const retryInMs = this.#retryMs
    this.#retryMs = Math.min(2 * retryInMs, LONGEST_RETRY_MS)
    this.#options.log('warn', 'price_source_lost', { source: this.#options.source.name, message, retry_in_ms: retryInMs })
    this.#cancelRetry = this.#options.timers.after(retryInMs, () => this.#connect())
  }

  #checkStaleness(): void {
    const now = this.#options.timers.now()
    for (const symbol of this.#staleness.expected()) {
      const isStale = this.#staleness.isStale(symbol, now)
      if (isStale === this.#reportedStale.has(symbol)) continue
      if (isStale) this.#reportedStale.add(symbol)
      else this.#reportedStale.delete(symbol)
      const ageMs = this.#staleness.ageMs(symbol, now) ?? null
      const fields = { source: this.#options.source.name, symbol, age_ms: ageMs, stale_after_ms: this.#options.staleAfterMs }
      this.#options.log(isStale ? 'warn' : 'info', isStale ? 'price_stale' : 'price_fresh', fields)
    }
  }
}
