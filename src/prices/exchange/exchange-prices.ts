/**
 * Prices of an exchange: websocket tickers of the wanted symbols; one REST request for all tickers while the stream is
 * down or a symbol is quiet in it; its own watch over silence, because a socket that answers pings and pushes nothing
 * looks healthy to ccxt.
 */
// By file: the package's index loads two hundred of them, a third of the service's start.
import { Observable } from 'rxjs/internal/Observable'
import { share } from 'rxjs/internal/operators/share'
import { Subject } from 'rxjs/internal/Subject'
import type { ExchangeClient } from '../../exchange/client.ts'
import { loadLinearMarkets, venueSymbol } from '../../exchange/linear-markets.ts'
import { within } from '../../exchange/request-scope.ts'
import type { Venue } from '../../exchange/venue.ts'
import type { PriceErrorCode, PriceSource, SourceEvent } from '../price-source.ts'
import type { PriceTimers } from '../timers.ts'
import { LastPrices } from './last-prices.ts'
import { priceFailure, RetryDelay } from './price-failure.ts'
import { TickerStream } from './ticker-stream.ts'
import { TICKER_WIRES, type VenueTicker } from './venue-ticker.ts'

const CHECK_MS = 250
/** Subscriptions sent per check: Bitget ends connections that send more than ten messages a second. */
const SUBSCRIPTIONS_AT_ONCE = 2
/** A stream without a push for this long is dialled again; so is one that is silent on a symbol whose price has moved. */
const SILENCE_MS = 15_000
/** A symbol without a push for this long is asked for by REST beside the stream. */
const QUIET_MS = 3000
/** Listings change. */
const MARKETS_AGE_MS = 3_600_000
/** Least time for the several requests that make up the list of markets. */
const MARKETS_WITHIN_MS = 10_000

export type ExchangePricesOptions = {
  readonly venue: Venue
  readonly client: ExchangeClient
  readonly timers: PriceTimers
  /** Period of REST requests while the stream is down. */
  readonly restIntervalMs: number
  /** Time limit of a request. */
  readonly httpTimeoutMs: number
}

/** What is known of a wanted symbol's supply. Times in milliseconds, 0: never. */
type Supply = { pushedAt: number; quotedAt: number; subscribedAt: number; movedUnseen: boolean; refused: boolean }

export class ExchangePrices implements PriceSource {
  readonly name: string
  readonly events: Observable<SourceEvent>
  readonly #options: ExchangePricesOptions
  readonly #subject = new Subject<SourceEvent>()
  readonly #stream: TickerStream
  readonly #last: LastPrices
  readonly #wanted = new Map<string, Supply>()
  readonly #redial = new RetryDelay()
  readonly #retry = new RetryDelay()
  #markets: ReadonlyMap<string, string> | null = null
  #marketsAt = 0
  #marketFailure = 'not asked yet'
  #loading: Promise<boolean> | null = null
  #asking: Promise<void> | null = null
  #running = false
  #dialAt = 0
  #askAt = 0
  #streamUp = false

  constructor(options: ExchangePricesOptions) {
    this.#options = options
    this.name = options.venue
    this.#last = new LastPrices(options.venue)
    const { client, venue } = options
    this.#stream = new TickerStream({ client, wire: TICKER_WIRES[venue], onTicker: (ticker) => this.#pushed(ticker), onLost: (symbol, error) => this.#lost(symbol, error) })
    this.events = new Observable<SourceEvent>((subscriber) => {
      const subscription = this.#subject.subscribe(subscriber)
      this.#running = true
      const stopChecks = options.timers.every(CHECK_MS, () => this.#check())
      this.#check()
      subscription.add(() => {
        stopChecks()
        this.#running = false
        this.#stream.close()
      })
      return subscription
    }).pipe(share())
  }

  /** Asks for the exchange's markets; false: it does not answer now. Asked again by itself while the source is subscribed. */
  loadMarkets(): Promise<boolean> {
    this.#loading ??= this.#load().finally(() => (this.#loading = null))
    return this.#loading
  }

  /** Why no symbol can be judged now; null: the markets are known. */
  get unavailable(): string | null {
    return this.#markets ? null : this.#marketFailure
  }

  /** The venue's name of the perpetual. While its markets are not known, the name a known symbol would have. */
  resolve(symbol: string): string | undefined {
    const name = venueSymbol(symbol)
    return !this.#markets || this.#markets.has(name) ? name : undefined
  }

  watch(feedSymbol: string): void {
    if (this.#wanted.has(feedSymbol)) return
    const now = this.#options.timers.now()
    this.#wanted.set(feedSymbol, { pushedAt: 0, quotedAt: now, subscribedAt: now, movedUnseen: false, refused: false })
  }

  unwatch(feedSymbol: string): void {
    this.#wanted.delete(feedSymbol)
    this.#last.forget(feedSymbol)
  }

  /** Asks for all tickers now. Resolves when the answer, or what came of it, has been reported. */
  refresh(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null))
    return this.#asking
  }

  #check(): void {
    const now = this.#options.timers.now()
    if (now >= this.#askAt && now - this.#marketsAt >= MARKETS_AGE_MS) void this.loadMarkets()
    if (!this.#markets) return
    this.#watchSilence(now)
    this.#subscribe()
    const { restIntervalMs } = this.#options
    const due = this.#streamUp ? Math.max(QUIET_MS, restIntervalMs) : restIntervalMs
    const hungry = this.#traded().some(([, supply]) => now - supply.quotedAt >= (supply.refused ? restIntervalMs : due))
    if (hungry && now >= this.#askAt) void this.refresh()
  }

  /** The wanted symbols that the exchange has. */
  #traded(): readonly (readonly [string, Supply])[] {
    return [...this.#wanted].filter(([symbol]) => this.#markets?.has(symbol))
  }

  #subscribe(): void {
    if (this.#options.timers.now() < this.#dialAt) return
    let sent = 0
    for (const [symbol, supply] of this.#traded()) {
      if (!supply.refused && this.#stream.watch(symbol, this.#markets?.get(symbol) as string)) sent += 1
      if (sent === SUBSCRIPTIONS_AT_ONCE) return
    }
  }

  #watchSilence(now: number): void {
    const supplies = this.#traded().filter(([, supply]) => !supply.refused)
    if (supplies.length === 0 || now < this.#dialAt) return
    const silent = supplies.filter(([, supply]) => now - Math.max(supply.pushedAt, supply.subscribedAt, this.#dialAt) >= SILENCE_MS)
    const frozen = silent.find(([, supply]) => supply.movedUnseen)
    if (silent.length < supplies.length && !frozen) return
    const message = `no push ${frozen ? `of ${frozen[0]} ` : ''}for ${SILENCE_MS} ms; the stream is dialled again`
    this.#drop(frozen?.[0] ?? null, 'stale', message)
  }

  #pushed(ticker: VenueTicker): void {
    const supply = this.#wanted.get(ticker.symbol)
    if (!supply) return
    const now = this.#options.timers.now()
    supply.pushedAt = now
    supply.movedUnseen = false
    this.#streamUp = true
    this.#redial.reset()
    this.#emit(ticker, supply, now)
  }

  #emit(ticker: VenueTicker, supply: Supply, now: number): void {
    supply.quotedAt = now
    this.#subject.next({ type: 'quote', quote: this.#last.quote(ticker, now) })
  }

  /** A refused subscription names its symbol; anything else is the connection. */
  #lost(symbol: string, error: unknown): void {
    const { code, message } = priceFailure(error)
    const refused = refusedSymbol(message, [...this.#wanted.keys()])
    const supply = refused === undefined ? undefined : this.#wanted.get(refused)
    if (refused !== undefined && supply) supply.refused = true
    this.#drop(refused ?? (code === 'unknown_symbol' ? symbol : null), refused === undefined ? code : 'unknown_symbol', message)
  }

  #drop(symbol: string | null, code: PriceErrorCode, message: string): void {
    const wait = this.#redial.take()
    this.#dialAt = this.#options.timers.now() + wait
    this.#streamUp = false
    this.#stream.close()
    this.#fail(symbol, code, message, wait)
  }

  #fail(symbol: string | null, code: PriceErrorCode, message: string, retryInMs: number | null): void {
    this.#subject.next({ type: 'error', error: { code, symbol, message, retryInMs } })
  }

  async #load(): Promise<boolean> {
    try {
      this.#markets = await within(Math.max(MARKETS_WITHIN_MS, 4 * this.#options.httpTimeoutMs), () => loadLinearMarkets(this.#options.client))
      this.#marketsAt = this.#options.timers.now()
      this.#retry.reset()
      for (const symbol of this.#wanted.keys()) if (!this.#markets.has(symbol)) this.#fail(symbol, 'unknown_symbol', `${this.name} has no USDT perpetual ${symbol}`, null)
      if (this.#running) this.#check()
      return true
    } catch (error) {
      this.#marketFailure = this.#retryLater(error)
      return false
    }
  }

  async #ask(): Promise<void> {
    const { client, venue, httpTimeoutMs, timers, restIntervalMs } = this.#options
    this.#askAt = timers.now() + restIntervalMs
    try {
      const tickers = await within(httpTimeoutMs, () => TICKER_WIRES[venue].fetchAll(client))
      this.#retry.reset()
      for (const ticker of tickers) this.#asked(ticker)
    } catch (error) {
      this.#retryLater(error)
    }
  }

  #asked(ticker: VenueTicker): void {
    const supply = this.#wanted.get(ticker.symbol)
    const now = this.#options.timers.now()
    // What the stream said a moment ago is newer than this answer.
    if (!supply || now - supply.pushedAt < this.#options.restIntervalMs) return
    if (this.#last.differs(ticker)) supply.movedUnseen = true
    this.#emit(ticker, supply, now)
  }

  #retryLater(error: unknown): string {
    const { code, message } = priceFailure(error)
    const wait = this.#retry.take()
    this.#askAt = this.#options.timers.now() + wait
    this.#fail(null, code, message, wait)
    return message
  }
}

/** The symbol that an error of a subscription names (`"instId":"X"`, `topic:tickers.X`); undefined: none of these. */
function refusedSymbol(message: string, symbols: readonly string[]): string | undefined {
  const named = /"instId":\s*"([^"]+)"|tickers\.([A-Za-z0-9]+)/.exec(message)
  return named ? symbols.find((symbol) => symbol === (named[1] ?? named[2])) : undefined
}
