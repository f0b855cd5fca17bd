/** The price source of the settings, made ready for the engine. Replay has its own run, see `replay-edge.ts`. */
import { randomInt } from 'node:crypto'
import type { Settings } from '../config/settings.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { PriceQuote } from '../domain/quote.ts'
import { DummyExchange } from '../prices/dummy.ts'
import { PriceFeed, type PriceLog } from '../prices/price-feed.ts'
import { seededRandom } from '../prices/random.ts'
import { PriceSimulator } from '../prices/simulator.ts'
import { systemTimers } from '../prices/timers.ts'
import type { Clock } from './clock.ts'

/** Where quotes come from, as the service sees it. */
export interface PriceEdge {
  readonly resolve: (symbol: string) => string | undefined
  readonly watch: (feedSymbol: string, referencePrice: Decimal) => void
  readonly unwatch: (feedSymbol: string) => void
  /** Whether signals are compared with these prices: not where they are invented or recorded. */
  readonly checksMarket: boolean
  /** Whether the symbol's last quote is young enough to decide on; absent: every quote is. */
  readonly isCurrent?: (feedSymbol: string) => boolean
  /** Why no symbol can be judged now; null: they can. Absent: they always can. */
  readonly unavailable?: () => string | null
  /** A signal names the symbol, now or in an earlier run: its prices are wanted. */
  signalled(symbol: string, price: Decimal): void
  /** Resolves when the symbol has a current price, or cannot have one now; null: nothing to wait for. */
  prepare(symbol: string): Promise<void> | null
  start(): void
  /** Resolves when nothing more is written. */
  stop(): void | Promise<void>
  symbols(): readonly string[]
  /** Pins or releases the simulator's price; other sources have none. */
  pin(price: Decimal | null): void
  health(): { readonly source: string; readonly connected: boolean; readonly quotes: number; readonly ageMs: Readonly<Record<string, number>>; readonly stale: readonly string[] }
}

/** Simulator and dummy exchange: prices on the machine's clock. */
export function invented(settings: Settings, clock: Clock, log: PriceLog, onQuote: (quote: PriceQuote) => void): PriceEdge {
  const timers = systemTimers(() => clock.now())
  const options = { intervalMs: settings.autoCloseIntervalSec * 1000, timers, random: seededRandom(randomInt(2 ** 31)) }
  const simulator = settings.priceSource === 'simulator' ? new PriceSimulator(options) : null
  const feed = new PriceFeed({
    source: simulator ?? new DummyExchange(options),
    timers,
    log,
    // A source that quotes rarely is not stale between two of its quotes.
    staleAfterMs: Math.max(settings.priceStaleSec, 3 * settings.autoCloseIntervalSec) * 1000,
    guard: null,
    onQuote,
    onEnded: () => {},
  })
  return {
    checksMarket: false,
    resolve: (symbol) => feed.resolve(symbol),
    watch: (feedSymbol, referencePrice) => feed.watch(feedSymbol, referencePrice),
    unwatch: (feedSymbol) => feed.unwatch(feedSymbol),
    signalled: (symbol, price) => {
      const feedSymbol = feed.resolve(symbol)
      if (feedSymbol !== undefined) feed.watch(feedSymbol, price)
    },
    prepare: () => null,
    start: () => feed.start(),
    stop: () => feed.stop(),
    symbols: () => feed.symbols(),
    pin: (price) => (price === null ? simulator?.release() : simulator?.pin(price)),
    health: () => feed.health(),
  }
}
