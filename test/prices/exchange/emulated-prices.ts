/** The real ccxt client against an emulated venue over real sockets, on a clock that the test moves. */
import { afterEach, expect } from 'vitest'
import { openClient } from '../../../src/exchange/client.ts'
import type { Venue } from '../../../src/exchange/venue.ts'
import { startEmulator, type Emulator } from '../../../src/exchange-emulator/server.ts'
import { decimal } from '../../../src/domain/decimal.ts'
import type { PriceQuote } from '../../../src/domain/quote.ts'
import { ExchangePrices } from '../../../src/prices/exchange/exchange-prices.ts'
import type { PriceError } from '../../../src/prices/price-source.ts'
import { ManualTimers } from '../manual-timers.ts'

/** How often the source looks around. */
const CHECK_MS = 250

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

export const eventually = <T>(read: () => T): ReturnType<typeof expect.poll<T>> => expect.poll(read, { interval: 5, timeout: 5000 })

export type Prices = { readonly bid: string; readonly ask: string; readonly last: string; readonly mark: string }
export const prices = (last: number): Prices => ({ bid: String(last - 1), ask: String(last + 1), last: String(last), mark: String(last - 2) })

export class PriceWorld {
  readonly timers = new ManualTimers(Date.now())
  readonly quotes: PriceQuote[] = []
  readonly errors: PriceError[] = []
  readonly emulator: Emulator
  readonly source: ExchangePrices

  private constructor(emulator: Emulator, source: (world: PriceWorld) => ExchangePrices) {
    this.emulator = emulator
    this.source = source(this)
  }

  /** `at`: another address than the emulator's. */
  static async open(venue: Venue, at?: string): Promise<PriceWorld> {
    const emulator = await startEmulator({ venue })
    const options = { purpose: 'public', credentials: null, sandbox: false, emulatorUrl: at ?? emulator.httpUrl, timeoutMs: 2000, owns: () => true } as const
    const client = venue === 'bybit' ? await openClient({ venue, ...options }) : await openClient({ venue, ...options })
    const world = new PriceWorld(emulator, ({ timers }) => new ExchangePrices({ venue, client, timers, restIntervalMs: 1000, httpTimeoutMs: 500 }))
    const subscription = world.source.events.subscribe((event) => {
      if (event.type === 'quote') world.quotes.push(event.quote)
      if (event.type === 'error') world.errors.push(event.error)
    })
    opened.push(async () => {
      subscription.unsubscribe()
      await emulator.stop()
    })
    return world
  }

  /** A world whose stream quotes these symbols. */
  static async streaming(venue: Venue, ...symbols: string[]): Promise<PriceWorld> {
    const world = await PriceWorld.open(venue)
    await world.source.loadMarkets()
    await world.watch(...symbols)
    return world
  }

  async watch(...symbols: string[]): Promise<void> {
    for (const symbol of symbols) this.source.watch(symbol)
    this.timers.advance(CHECK_MS)
    await this.eventuallyQuoted(...symbols)
  }

  async eventuallyQuoted(...symbols: string[]): Promise<void> {
    await eventually(() => symbols.every((symbol) => this.quotes.some((quote) => quote.symbol === symbol))).toBe(true)
  }

  /** The venue's prices change; streams push them. */
  move(symbol: string, to: Prices): void {
    const { bid, ask, last, mark } = to
    this.emulator.model.quote(symbol, { bid: decimal(bid), ask: decimal(ask), last: decimal(last), mark: decimal(mark) }, this.emulator.now())
  }

  last(symbol: string): readonly number[] | undefined {
    const quote = this.quotes.findLast((each) => each.symbol === symbol)
    return quote && [quote.bid, quote.ask, quote.last, quote.mark]
  }

  /** REST requests for tickers that the venue has seen. */
  get asked(): number {
    return this.emulator.seen.filter(({ path }) => path.endsWith('/tickers')).length
  }
}
