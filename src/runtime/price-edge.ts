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
  start(): void
  stop(): void
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
    resolve: (symbol) => feed.resolve(symbol),
    watch: (feedSymbol, referencePrice) => feed.watch(feedSymbol, referencePrice),
    unwatch: (feedSymbol) => feed.unwatch(feedSymbol),
    start: () => feed.start(),
    stop: () => feed.stop(),
    symbols: () => feed.symbols(),
    pin: (price) => (price === null ? simulator?.release() : simulator?.pin(price)),
    health: () => feed.health(),
  }
}
