import { describe, expect, it } from 'vitest'
import { Observable, Subject } from 'rxjs'
import { decimal } from '../../src/domain/decimal.ts'
import type { PriceQuote } from '../../src/domain/quote.ts'
import { conflate } from '../../src/prices/conflate.ts'
import { DEFAULT_OUTLIER_LIMITS, FeedGuard } from '../../src/prices/feed-guard.ts'
import { PriceFeed } from '../../src/prices/price-feed.ts'
import type { PriceSource, SourceEvent } from '../../src/prices/price-source.ts'
import { seededRandom } from '../../src/prices/random.ts'
import { PriceSimulator } from '../../src/prices/simulator.ts'
import { ManualTimers } from './manual-timers.ts'

/** A source whose connection the test holds: each subscription is a new connection. */
class HeldSource implements PriceSource {
  readonly name = 'held'
  connections: Subject<SourceEvent>[] = []
  readonly watched: [string, string | undefined][] = []
  readonly events = new Observable<SourceEvent>((subscriber) => {
    const connection = new Subject<SourceEvent>()
    this.connections.push(connection)
    return connection.subscribe(subscriber)
  })
  resolve(symbol: string): string | undefined {
    return symbol === 'A' ? 'A.P' : undefined
  }
  watch(symbol: string, reference?: string): void {
    this.watched.push([symbol, reference])
  }
  unwatch(symbol: string): void {
    this.watched.push([symbol, 'unwatch'])
  }
  get connection(): Subject<SourceEvent> {
    return this.connections.at(-1) as Subject<SourceEvent>
  }
}

function world(guarded = true) {
  const timers = new ManualTimers()
  const source = new HeldSource()
  const seen: string[] = []
  const log: string[] = []
  const feed = new PriceFeed({
    source,
    timers,
    staleAfterMs: 10_000,
    guard: guarded ? new FeedGuard({ staleAfterMs: 10_000, ...DEFAULT_OUTLIER_LIMITS }) : null,
    log: (level, event, fields) => log.push(`${level} ${event} ${fields['symbol'] ?? ''} ${fields['reason'] ?? fields['code'] ?? ''} ${fields['retry_in_ms'] ?? ''}`.replace(/ +/g, ' ').trim()),
    onQuote: (quote) => seen.push(`${quote.symbol} ${quote.last}`),
    onEnded: () => seen.push('ended'),
  })
  const quote = (symbol: string, price: number, fields: Partial<PriceQuote> = {}): void =>
    source.connection.next({ type: 'quote', quote: { symbol, ts: timers.now(), bid: price, ask: price, last: price, mark: price, source: 'held', path: 'point', ...fields } })
  return { timers, source, seen, log, feed, quote }
}

describe('quotes', () => {
  it('arrive one by one, in order, every one; the last of each symbol is kept', () => {
    const { feed, seen, quote } = world()
    feed.start()
    quote('A', 1)
    quote('B', 7)
    quote('A', 2)
    quote('A', 2)
    expect(seen).toEqual(['A 1', 'B 7', 'A 2', 'A 2'])
    expect([feed.latest('A')?.last, feed.latest('B')?.last, feed.latest('C'), feed.symbols()]).toEqual([2, 7, undefined, ['A', 'B']])
  })

  it('that are bad stop at a guard, with one line per symbol and reason until a good one', () => {
    const { feed, seen, log, quote } = world()
    feed.start()
    quote('A', 100)
    quote('A', 100, { bid: 101 })
    quote('A', 100, { bid: 102 })
    quote('A', 100, { last: Infinity })
    quote('A', 101)
    quote('A', 100, { bid: 101 })
    expect(seen).toEqual(['A 100', 'A 101'])
    expect(log).toEqual(['warn price_dropped A crossed', 'warn price_dropped A non_finite', 'warn price_dropped A crossed'])
    expect(feed.health()).toMatchObject({ quotes: 2, errors: { bad_data: 4 }, dropped: { crossed: 3, non_finite: 1 } })
  })

  it('without a guard pass as they are', () => {
    const { feed, seen, quote } = world(false)
    feed.start()
    quote('A', 100)
    quote('A', 0.06, { ts: 5 })
    expect(seen).toEqual(['A 100', 'A 0.06'])
  })

  it('of a simulator whose base moves pass as they are', () => {
    const timers = new ManualTimers()
    const source = new PriceSimulator({ intervalMs: 1000, timers, random: seededRandom(3) })
    const prices: number[] = []
    const feed = new PriceFeed({ source, timers, staleAfterMs: 10_000, guard: null, log: () => undefined, onQuote: (quote) => prices.push(quote.last), onEnded: () => undefined })
    feed.start()
    feed.watch('BTCUSDT', decimal('60000'))
    timers.advance(0)
    expect(prices).toEqual([expect.closeTo(100, -1), 60_000])
  })
})

describe('a source', () => {
  it('that fails or ends without a word is subscribed again after 1, 2, 4, … 30 seconds; a quote starts that anew', () => {
    const { feed, source, timers, log, quote, seen } = world()
    feed.start()
    const waits: number[] = []
    for (let failure = 0; failure < 7; failure += 1) {
      if (failure % 2 === 0) source.connection.error(new Error('reset'))
      else source.connection.complete()
      expect(feed.health().connected).toBe(false)
      const lost = timers.now()
      const connections = source.connections.length
      while (source.connections.length === connections) timers.advance(500)
      waits.push(timers.now() - lost)
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    quote('A', 1)
    source.connection.complete()
    timers.advance(1000)
    quote('A', 2)
    expect(seen).toEqual(['A 1', 'A 2'])
    expect(log[0]).toBe('warn price_source_lost 1000')
    expect(log.at(-1)).toBe('warn price_source_lost 1000')
  })

  it('reports errors as typed events, and goes on', () => {
    const { feed, source, log, seen, quote } = world()
    feed.start()
    source.connection.next({ type: 'error', error: { code: 'rate_limit', symbol: null, message: 'slow down', retryInMs: 500 } })
    quote('A', 1)
    expect(log).toEqual(['warn price_error rate_limit 500'])
    expect([feed.health().errors, seen]).toEqual([{ rate_limit: 1 }, ['A 1']])
  })

  it('that says it has ended is left alone', () => {
    const { feed, source, timers, log, seen, quote } = world()
    feed.start()
    feed.watch('A')
    quote('A', 1)
    source.connection.next({ type: 'ended' })
    source.connection.complete()
    timers.advance(100_000)
    expect([seen, log, source.connections.length, timers.armed]).toEqual([['A 1', 'ended'], ['info price_source_ended'], 1, 0])
  })

  it('is asked for symbols, and left when the feed stops', () => {
    const { feed, source, timers, seen, quote } = world()
    feed.start()
    feed.start()
    feed.watch('A.P', decimal('5'))
    feed.unwatch('A.P')
    expect([feed.resolve('A'), feed.resolve('X'), source.watched]).toEqual(['A.P', undefined, [['A.P', '5'], ['A.P', 'unwatch']]])
    source.connection.complete()
    feed.stop()
    expect([timers.armed, source.connections.length]).toEqual([0, 1])
    feed.start()
    quote('A', 1)
    feed.stop()
    quote('A', 2)
    expect([timers.armed, seen]).toEqual([0, ['A 1']])
  })
})

describe('staleness', () => {
  it('is reported once when it begins and once when it ends, for watched symbols', () => {
    const { feed, timers, log, quote } = world()
    feed.start()
    feed.watch('A')
    quote('B', 1)
    expect([feed.isStale('A'), feed.isStale('C')]).toEqual([false, true])
    timers.advance(10_000)
    expect([log, feed.isStale('A')]).toEqual([[], false])
    timers.advance(30_000)
    expect([log, feed.isStale('A'), feed.health().stale]).toEqual([['warn price_stale A'], true, ['A']])
    quote('A', 1)
    expect([feed.isStale('A'), feed.health().ageMs]).toEqual([false, { A: 0, B: 40_000 }])
    timers.advance(5000)
    expect(log).toEqual(['warn price_stale A', 'info price_fresh A'])
    feed.unwatch('A')
    timers.advance(60_000)
    expect([log.length, feed.health().stale]).toEqual([2, []])
  })
})

describe('user interfaces', () => {
  it('get the newest quote of each symbol once per interval', () => {
    const { feed, timers, quote, seen } = world()
    const batches: string[][] = []
    feed.start()
    const subscription = feed.quotes.pipe(conflate(250, timers)).subscribe((quotes) => batches.push(quotes.map(({ symbol, last }) => `${symbol} ${last}`)))
    quote('A', 1)
    quote('B', 2)
    quote('A', 3)
    timers.advance(250)
    timers.advance(250)
    quote('B', 4)
    timers.advance(250)
    expect(batches).toEqual([['A 3', 'B 2'], ['B 4']])
    expect(seen.length).toBe(4)
    subscription.unsubscribe()
    feed.stop()
    expect(timers.armed).toBe(0)
  })
})
