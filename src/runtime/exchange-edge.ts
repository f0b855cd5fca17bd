/** An exchange's prices as the service's source: guarded, on tape, watched for a day after a signal, never replaced by invented ones. */
import { join } from 'node:path'
import type { Settings } from '../config/settings.ts'
import type { PriceQuote } from '../domain/quote.ts'
import type { ExchangePrices } from '../prices/exchange/exchange-prices.ts'
import { DEFAULT_OUTLIER_LIMITS, FeedGuard } from '../prices/feed-guard.ts'
import { PriceFeed, type PriceLog } from '../prices/price-feed.ts'
import { Tape } from '../prices/tape/tape.ts'
import { systemTimers, type PriceTimers } from '../prices/timers.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import type { PriceEdge } from './price-edge.ts'

/** Prices of a symbol are wanted this long after its last signal or position (SPEC P-6). */
const WANTED_MS = 24 * 3_600_000
const SWEEP_MS = 60_000
/** A bot waits five seconds for its answer. */
const PREPARED_WITHIN_MS = 2000

export type OpenedExchange = { readonly source: ExchangePrices; readonly failure: string | null }

/** Connects the exchange of the settings. `failure`: why it does not answer now; the source goes on asking once it runs. */
export async function openExchange(settings: Settings, clock: Clock): Promise<OpenedExchange> {
  // Loaded only where an exchange is configured: ccxt costs most of a second.
  const [{ openClient }, { ExchangePrices }] = await Promise.all([import('../exchange/client.ts'), import('../prices/exchange/exchange-prices.ts')])
  const venue = settings.priceExchange === 'bybit' ? 'bybit' : 'bitget'
  const httpTimeoutMs = settings.priceHttpTimeoutSec * 1000
  const shared = { purpose: 'public', credentials: null, sandbox: false, emulatorUrl: settings.exchangeEmulatorUrl, timeoutMs: httpTimeoutMs, owns: () => true } as const
  const client = venue === 'bybit' ? await openClient({ venue, ...shared }) : await openClient({ venue, ...shared })
  const timers = systemTimers(() => clock.now())
  const source = new ExchangePrices({ venue, client, timers, restIntervalMs: settings.autoCloseIntervalSec * 1000, httpTimeoutMs })
  return { source, failure: (await source.loadMarkets()) ? null : source.unavailable }
}

export class ExchangeEdge implements PriceEdge {
  readonly checksMarket = true
  readonly #source: ExchangePrices
  readonly #feed: PriceFeed
  readonly #tape: Tape
  readonly #clock: Clock
  /** Feed symbols with an open position, and until when those with a signal or a former position are wanted. */
  readonly #held = new Set<string>()
  readonly #until = new Map<string, number>()
  readonly #timers: PriceTimers
  #stopSweep: (() => void) | null = null

  constructor(source: ExchangePrices, settings: Settings, clock: Clock, logger: Logger, onQuote: (quote: PriceQuote) => void) {
    const log: PriceLog = (level, event, fields) => logger[level](event, fields)
    this.#source = source
    this.#clock = clock
    this.#timers = systemTimers(() => clock.now())
    const staleAfterMs = settings.priceStaleSec * 1000
    const guard = new FeedGuard({ staleAfterMs, ...DEFAULT_OUTLIER_LIMITS })
    this.#tape = new Tape({ directory: join(settings.dataDir, 'tape'), venue: source.name, timers: this.#timers, log: (level, event, fields) => logger[level](event, fields) })
    const decided = (quote: PriceQuote): void => {
      onQuote(quote)
      this.#tape.record(quote)
    }
    this.#feed = new PriceFeed({ source, timers: this.#timers, log, staleAfterMs, guard, onQuote: decided, onEnded: () => {} })
  }

  readonly resolve = (symbol: string): string | undefined => this.#feed.resolve(symbol)
  readonly watch = (feedSymbol: string): void => {
    this.#held.add(feedSymbol)
    this.#feed.watch(feedSymbol)
  }
  /** Wanted for another day. */
  readonly unwatch = (feedSymbol: string): void => {
    this.#held.delete(feedSymbol)
    this.#until.set(feedSymbol, this.#clock.now() + WANTED_MS)
  }
  readonly isCurrent = (feedSymbol: string): boolean => this.#feed.isCurrent(feedSymbol)
  readonly unavailable = (): string | null => {
    const failure = this.#source.unavailable
    return failure === null ? null : `the markets of ${this.#source.name} are not known yet (${failure}); LOMS goes on asking`
  }
  /** Invented prices only. */
  pin(): void {}

  signalled(symbol: string): void {
    const feedSymbol = this.resolve(symbol)
    if (feedSymbol === undefined) return
    this.#until.set(feedSymbol, this.#clock.now() + WANTED_MS)
    this.#feed.watch(feedSymbol)
  }

  prepare(symbol: string): Promise<void> | null {
    const feedSymbol = this.resolve(symbol)
    if (feedSymbol === undefined || this.#source.unavailable !== null) return null
    this.signalled(symbol)
    if (this.isCurrent(feedSymbol)) return null
    return new Promise((resolve) => {
      const cancel = this.#timers.after(PREPARED_WITHIN_MS, resolve)
      void this.#source.refresh().then(() => {
        cancel()
        resolve()
      })
    })
  }

  start(): void {
    this.#feed.start()
    this.#tape.start()
    this.#stopSweep = this.#timers.every(SWEEP_MS, () => this.#forgetOld())
  }

  stop(): Promise<void> {
    this.#feed.stop()
    this.#stopSweep?.()
    return this.#tape.stop()
  }

  symbols(): readonly string[] {
    return this.#feed.symbols()
  }

  health(): ReturnType<PriceEdge['health']> {
    return this.#feed.health()
  }

  #forgetOld(): void {
    const now = this.#clock.now()
    for (const [feedSymbol, until] of [...this.#until]) {
      if (now < until) continue
      this.#until.delete(feedSymbol)
      if (!this.#held.has(feedSymbol)) this.#feed.unwatch(feedSymbol)
    }
  }
}
