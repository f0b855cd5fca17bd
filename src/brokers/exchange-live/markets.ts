/** What the exchange demands of orders. Steps and limits change while positions are open, and markets are halted or go. */
import { within } from '../../exchange/request-scope.ts'
import type { Market } from '../../domain/market.ts'
import type { Row } from './answer.ts'
import { messageOf } from './outcome.ts'
import type { StreamTimers } from './streams.ts'
import type { VenueApi, VenueMarket } from './venue-api.ts'

/** Market data is large. */
const LOAD_MS = 15_000
const RELOAD_MS = 3_600_000
/** After refused orders it is read again no sooner than this. */
const RELOAD_GAP_MS = 30_000

/** Markets by name. What an exchange says of one that takes no entries may be incomplete: then nothing is known of it. */
export function marketsOf(sources: readonly Row[], read: (source: Row) => Market, takesEntries: (source: Row) => boolean): ReadonlyMap<string, VenueMarket> {
  const markets = new Map<string, VenueMarket>()
  for (const source of sources) {
    const open = takesEntries(source)
    try {
      const market = read(source)
      markets.set(market.symbol, { ...market, takesEntries: open })
    } catch (error) {
      if (open) throw error
    }
  }
  return markets
}

const MISS_GAP_MS = 2000
/** So long a refused order waits for them. */
const DOUBT_MS = 1500

export type MarketsPorts = {
  readonly api: Pick<VenueApi, 'markets'>
  readonly timers: StreamTimers
  readonly log: (level: 'info' | 'warn' | 'error', event: string, fields: Readonly<Record<string, unknown>>) => void
  readonly onChanged: (before: VenueMarket, after: VenueMarket) => void
}

export class Markets {
  readonly #ports: MarketsPorts
  #offered: ReadonlyMap<string, Market> = new Map()
  /** Every market that the exchange ever named, as it was last. */
  readonly #known = new Map<string, VenueMarket>()
  #loadedAt = -Infinity
  #loading = false
  #stop: () => void = () => {}

  constructor(ports: MarketsPorts) {
    this.#ports = ports
  }

  /** How many can be traded; 0: not loaded yet. */
  get size(): number {
    return this.#offered.size
  }

  /** A market that takes entries now, by the venue's name. */
  offered(symbol: string): Market | undefined {
    return this.#offered.get(symbol)
  }

  /** Any market: a position on one that takes no entries has to be closed all the same. */
  known(symbol: string): Market | undefined {
    return this.#known.get(symbol)
  }

  /** Rejects as the exchange does. */
  async load(): Promise<void> {
    const { api, timers, log, onChanged } = this.#ports
    this.#loadedAt = timers.now()
    const offered = new Map<string, Market>()
    const changes: (readonly [before: VenueMarket, after: VenueMarket])[] = []
    for (const [symbol, terms] of await within(LOAD_MS, () => api.markets())) {
      const { takesEntries, ...market } = terms
      if (takesEntries) offered.set(symbol, market)
      const before = this.#known.get(symbol)
      if (before && JSON.stringify(before) !== JSON.stringify(terms)) changes.push([before, terms])
      this.#known.set(symbol, terms)
    }
    // An exchange that offers nothing has answered nonsense.
    if (offered.size === 0) throw new Error('the exchange names no market')
    for (const symbol of this.#offered.keys()) if (!offered.has(symbol)) log('warn', 'market_withdrawn', { symbol })
    this.#offered = offered
    for (const [before, after] of changes) {
      log('warn', 'market_changed', { symbol: after.symbol, before, after })
      onChanged(before, after)
    }
  }

  /** From now on it is read again every hour. */
  start(): void {
    this.#stop = this.#ports.timers.every(RELOAD_MS, () => void this.#reload())
  }

  stop(): void {
    this.#stop()
  }

  /** An order was meant for a market that was not named: the list may have been cut short. Whoever sent it tries again. */
  miss(): void {
    if (this.#ports.timers.now() - this.#loadedAt >= MISS_GAP_MS) void this.#reload()
  }

  /** An order was refused: perhaps for steps and limits that hold no more. Resolves with true where they were read anew just now. */
  async doubt(): Promise<boolean> {
    if (this.#ports.timers.now() - this.#loadedAt < RELOAD_GAP_MS) return false
    return within(DOUBT_MS, () => this.#reload()).catch(() => false)
  }

  async #reload(): Promise<boolean> {
    if (this.#loading) return false
    this.#loading = true
    try {
      await this.load()
      return true
    } catch (error) {
      this.#ports.log('warn', 'markets_not_read', { error: messageOf(error) })
      return false
    } finally {
      this.#loading = false
    }
  }
}
