import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { decimal } from '../../src/domain/decimal.ts'
import type { PriceQuote } from '../../src/domain/quote.ts'
import { DummyExchange } from '../../src/prices/dummy.ts'
import type { PriceSource } from '../../src/prices/price-source.ts'
import { seededRandom } from '../../src/prices/random.ts'
import { drawPrice, PriceSimulator } from '../../src/prices/simulator.ts'
import { ManualTimers } from './manual-timers.ts'

/** The quotes of a source as they come, in a list that grows. */
function listen(source: PriceSource): PriceQuote[] {
  const quotes: PriceQuote[] = []
  source.events.subscribe((event) => event.type === 'quote' && quotes.push(event.quote))
  return quotes
}
const shown = (quotes: readonly PriceQuote[]): string[] => quotes.map((quote) => `${quote.symbol} ${quote.last}`)

function simulator(seed = 7): { timers: ManualTimers; source: PriceSimulator } {
  const timers = new ManualTimers()
  return { timers, source: new PriceSimulator({ intervalMs: 1000, timers, random: seededRandom(seed) }) }
}

describe('the simulator', () => {
  it('quotes BTCUSDT from the start and each interval; all four prices are one', () => {
    const { timers, source } = simulator()
    const quotes = listen(source)
    expect(quotes.length).toBe(1)
    timers.advance(3000)
    expect(quotes.map(({ symbol, ts }) => [symbol, ts])).toEqual([
      ['BTCUSDT', 1_000_000],
      ['BTCUSDT', 1_001_000],
      ['BTCUSDT', 1_002_000],
      ['BTCUSDT', 1_003_000],
    ])
    const { last } = quotes[0] as PriceQuote
    expect(quotes[0]).toEqual({ symbol: 'BTCUSDT', ts: 1_000_000, bid: last, ask: last, last, mark: last, source: 'simulator', path: 'point' })
  })

  it('quotes each watched symbol once per interval, until it is unwatched; BTCUSDT stays', () => {
    const { timers, source } = simulator()
    source.watch('ETHUSDT')
    source.watch('ETHUSDT')
    const quotes = listen(source)
    timers.advance(1000)
    source.unwatch('ETHUSDT')
    source.unwatch('BTCUSDT')
    timers.advance(1000)
    expect(quotes.map((quote) => quote.symbol)).toEqual(['BTCUSDT', 'ETHUSDT', 'BTCUSDT', 'ETHUSDT', 'BTCUSDT'])
  })

  it('draws from 90 to 110 around the base of 100, uniformly and independently', () => {
    const { timers, source } = simulator()
    const quotes = listen(source)
    timers.advance(20_000_000)
    const prices = quotes.map((quote) => quote.last)
    const tenths = Array.from({ length: 10 }, (_, tenth) => prices.filter((price) => Math.min(9, Math.floor((price - 90) / 2)) === tenth).length)
    expect(Math.min(...prices)).toBeGreaterThanOrEqual(90)
    expect(Math.max(...prices)).toBeLessThanOrEqual(110)
    // 2,000 expected in each tenth of the band, standard deviation 42.
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(210)
    const mean = prices.reduce((total, price) => total + price, 0) / prices.length
    const product = prices.slice(1).reduce((total, price, index) => total + (price - mean) * ((prices[index] as number) - mean), 0)
    // Correlation of neighbours: 0 ± 0.007.
    expect(Math.abs(product / prices.length / (100 / 3))).toBeLessThan(0.035)
  })

  it('draws around the price of the last signal on the symbol', () => {
    const { timers, source } = simulator()
    const quotes = listen(source)
    source.watch('ETHUSDT', decimal('2683.81'))
    timers.advance(100_000)
    source.watch('ETHUSDT', decimal('3000'))
    source.watch('ETHUSDT')
    timers.advance(100_000)
    source.unwatch('ETHUSDT')
    source.watch('ETHUSDT')
    timers.advance(100_000)
    const ether = quotes.filter((quote) => quote.symbol === 'ETHUSDT').map((quote) => quote.last)
    expect(ether.length).toBe(302)
    for (const price of ether.slice(0, 101)) expect(Math.abs(price / 2683.81 - 1)).toBeLessThanOrEqual(0.1)
    for (const price of ether.slice(101)) expect(Math.abs(price / 3000 - 1)).toBeLessThanOrEqual(0.1)
    for (const { last } of quotes.filter((quote) => quote.symbol === 'BTCUSDT')) expect(Math.abs(last - 100)).toBeLessThanOrEqual(10)
  })

  it('quotes a new base once, exactly, in the next turn; the same base again is no news', () => {
    const { timers, source } = simulator()
    const quotes = listen(source)
    source.watch('BTCUSDT', decimal('61837.63'))
    expect(quotes.length).toBe(1)
    timers.advance(0)
    expect(shown(quotes.slice(1))).toEqual(['BTCUSDT 61837.63'])
    source.watch('BTCUSDT', decimal('61837.63'))
    timers.advance(0)
    expect(quotes.length).toBe(2)
  })

  it('repeats itself for a seed, and not for another one', () => {
    const run = (seed: number): string[] => {
      const { timers, source } = simulator(seed)
      const quotes = listen(source)
      timers.advance(20_000)
      return shown(quotes)
    }
    expect(run(7)).toEqual(run(7))
    expect(run(7)).not.toEqual(run(8))
  })

  it('quotes a pinned price at once and each interval for all symbols, also for a new base, until released', () => {
    const { timers, source } = simulator()
    source.watch('ETHUSDT')
    const quotes = listen(source)
    quotes.length = 0
    source.pin(decimal('104.5'))
    expect(shown(quotes)).toEqual(['BTCUSDT 104.5', 'ETHUSDT 104.5'])
    expect(source.pinned).toBe(104.5)
    timers.advance(1000)
    expect(shown(quotes.splice(0))).toEqual(['BTCUSDT 104.5', 'ETHUSDT 104.5', 'BTCUSDT 104.5', 'ETHUSDT 104.5'])
    source.watch('SOLUSDT', decimal('150'))
    timers.advance(0)
    expect(shown(quotes.splice(0))).toEqual(['SOLUSDT 104.5'])
    source.release()
    expect([quotes.length, source.pinned]).toEqual([0, null])
    timers.advance(1000)
    const prices = quotes.map((quote) => quote.last)
    expect(prices.every((price) => price !== 104.5)).toBe(true)
    expect(prices[2]).toBeGreaterThanOrEqual(135)
  })

  it('runs its timer for as long as anybody listens', () => {
    const { timers, source } = simulator()
    expect(timers.armed).toBe(0)
    const first = source.events.subscribe()
    const second = source.events.subscribe()
    expect(timers.armed).toBe(1)
    first.unsubscribe()
    expect(timers.armed).toBe(1)
    second.unsubscribe()
    expect(timers.armed).toBe(0)
  })

  it('knows every symbol', () => {
    expect(simulator().source.resolve('WHATEVERUSDT')).toBe('WHATEVERUSDT')
  })
})

describe('a drawn price', () => {
  it('lies within ten percent of any base and shows at most six digits of it', () => {
    const bases = fc.oneof(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), fc.constantFrom(100, 0.00001234, 61837.63, 1, 0.7, 999_999))
    fc.assert(
      fc.property(bases, fc.integer(), (base, seed) => {
        const price = drawPrice(base, seededRandom(seed))
        // A price beside a power of ten has one digit more or less than its base.
        const digits = decimal(price).replace('.', '').replace(/^0+/, '')
        return price >= base * 0.9 && price <= base * 1.1 && (digits.length <= 7 || base >= 1e6)
      }),
      { numRuns: 2000 },
    )
  })
})

it('a draw that rounding would carry out of the band is drawn again', () => {
  const draws = [0, 0.5]
  // The band begins at 111.11111019, which rounds to 111.111.
  expect(drawPrice(123.4567891, () => draws.shift() as number)).toBe(123.457)
  expect(draws).toEqual([])
})

describe('the dummy exchange', () => {
  it('quotes around 100 with bid < last < ask, whatever the signal says', () => {
    const timers = new ManualTimers()
    const source = new DummyExchange({ intervalMs: 500, timers, random: seededRandom(1) })
    source.watch('ETHUSDT')
    const quotes = listen(source)
    timers.advance(100_000)
    expect(quotes.length).toBe(402)
    for (const { bid, ask, last, mark, source: name } of quotes) {
      expect([bid, ask, mark, name]).toEqual([Number((last - 0.01).toFixed(2)), Number((last + 0.01).toFixed(2)), last, 'dummy'])
      expect(Math.abs(last - 100)).toBeLessThanOrEqual(1)
    }
  })
})
