import { describe, expect, it } from 'vitest'
import type { Venue } from '../../../src/exchange/venue.ts'
import type { CallFault } from '../../../src/exchange-emulator/wire/fault-script.ts'
import type { PriceErrorCode } from '../../../src/prices/price-source.ts'
import { eventually, prices, PriceWorld } from './emulated-prices.ts'

describe.each(['bybit', 'bitget'] as const)('prices of %s', (venue) => {
  it('come by websocket with bid, ask, last and mark, every push, in order', async () => {
    const world = await PriceWorld.streaming(venue, 'BTCUSDT')
    for (let last = 60_001; last <= 60_100; last++) world.move('BTCUSDT', prices(last))
    await eventually(() => world.last('BTCUSDT')).toEqual([60_099, 60_101, 60_100, 60_098])
    expect(world.quotes.slice(-100).map(({ last }) => last)).toEqual(Array.from({ length: 100 }, (_, index) => 60_001 + index))
    expect(world.quotes[0]).toMatchObject({ symbol: 'BTCUSDT', source: venue, path: 'point' })
    expect([world.asked, world.errors]).toEqual([0, []])
  })

  it('names symbols as signals do, knows what the exchange trades, and never guesses', async () => {
    const world = await PriceWorld.open(venue)
    expect(world.source.unavailable).toEqual(expect.any(String))
    await world.source.loadMarkets()
    const { source } = world
    expect(source.unavailable).toBeNull()
    expect(['BTCUSDT', 'BTCUSDT.P', 'BTC/USDT', 'BTC/USDT:USDT', 'BTC', 'BTCUSD', 'NOPEUSDT'].map((symbol) => source.resolve(symbol))).toEqual(['BTCUSDT', 'BTCUSDT', 'BTCUSDT', 'BTCUSDT', undefined, undefined, undefined])
  })

  it('a symbol that is wanted later is subscribed on the same connection; one no longer wanted is not quoted', async () => {
    const world = await PriceWorld.streaming(venue, 'BTCUSDT')
    await world.watch('ETHUSDT')
    expect(world.emulator.streams.connections).toBe(1)
    world.source.unwatch('BTCUSDT')
    world.move('BTCUSDT', prices(61_000))
    world.move('ETHUSDT', prices(3100))
    await eventually(() => world.last('ETHUSDT')?.[2]).toBe(3100)
    expect(world.quotes.some(({ last }) => last === 61_000)).toBe(false)
  })

  it('after a dropped connection REST stands in for all symbols with one request, and the stream is dialled again', async () => {
    const world = await PriceWorld.streaming(venue, 'BTCUSDT', 'ETHUSDT')
    // The first new dial fails too.
    world.emulator.faults.add({ match: { call: 'ws.connect' }, do: { kind: 'reset', when: 'before' } })
    world.emulator.streams.disconnect()
    await eventually(() => world.errors).toMatchObject([{ code: 'http', symbol: null, retryInMs: 1000 }])
    world.move('BTCUSDT', prices(61_000))
    world.move('ETHUSDT', prices(3100))
    world.timers.advance(1000)
    await eventually(() => [world.last('BTCUSDT'), world.last('ETHUSDT')?.[2], world.asked]).toEqual([[60_999, 61_001, 61_000, 60_998], 3100, 1])
    await eventually(() => world.errors[1]).toMatchObject({ code: 'http', retryInMs: 2000 })
    expect(world.emulator.streams.connections).toBe(0)
    world.timers.advance(2000)
    await eventually(() => world.emulator.streams.connections).toBe(1)
    const { asked } = world
    world.move('BTCUSDT', prices(61_001))
    await eventually(() => world.last('BTCUSDT')?.[2]).toBe(61_001)
    expect(world.asked).toBe(asked)
  })

  it('a stream that answers pings and pushes nothing is found silent after 15 s and dialled again; REST bridges', async () => {
    const world = await PriceWorld.streaming(venue, 'BTCUSDT')
    world.emulator.streams.muted = true
    world.move('BTCUSDT', prices(61_000))
    world.timers.advance(2900)
    expect(world.asked).toBe(0)
    world.timers.advance(100)
    await eventually(() => world.last('BTCUSDT')?.[2]).toBe(61_000)
    world.timers.advance(11_750)
    expect(world.errors).toEqual([])
    world.emulator.streams.muted = false
    world.timers.advance(250)
    expect(world.errors).toMatchObject([{ code: 'stale', retryInMs: 1000 }])
    world.timers.advance(1000)
    await eventually(() => world.emulator.streams.connections).toBe(1)
    world.move('BTCUSDT', prices(62_000))
    await eventually(() => world.last('BTCUSDT')?.[2]).toBe(62_000)
  })

  it('a stream that is silent on one symbol whose price moves is dialled again; a quiet market is left alone', async () => {
    const world = await PriceWorld.streaming(venue, 'BTCUSDT', 'ETHUSDT')
    const quotes = (symbol: string): number => world.quotes.filter((quote) => quote.symbol === symbol).length
    const pushBitcoin = async (last: number): Promise<void> => {
      const before = quotes('ETHUSDT')
      world.timers.advance(3000)
      await eventually(() => quotes('ETHUSDT')).toBeGreaterThan(before)
      world.move('BTCUSDT', prices(last))
      await eventually(() => world.last('BTCUSDT')?.[2]).toBe(last)
    }
    for (let last = 60_001; last <= 60_006; last++) await pushBitcoin(last)
    expect(world.errors).toEqual([])
    world.emulator.faults.addPush({ match: { topic: tickerTopic(venue, 'ETHUSDT') }, times: 'always', do: { kind: 'drop' } })
    world.move('ETHUSDT', prices(3100))
    for (let last = 60_011; world.errors.length === 0 && last <= 60_016; last++) await pushBitcoin(last)
    expect(world.last('ETHUSDT')?.[2]).toBe(3100)
    expect(world.errors).toMatchObject([{ code: 'stale', symbol: 'ETHUSDT' }])
  })

  it('a refused subscription takes its symbol out of the stream, and nothing else; that symbol is asked for by REST', async () => {
    const world = await PriceWorld.streaming(venue, 'BTCUSDT')
    const refusal = venue === 'bybit' ? { success: false, ret_msg: 'error:handler not found,topic:tickers.ETHUSDT', op: 'subscribe' } : { event: 'error', arg: { instType: 'USDT-FUTURES', channel: 'ticker', instId: 'ETHUSDT' }, code: 30001, msg: 'channel does not exist' }
    const refuse = { kind: 'raw', when: 'before', body: JSON.stringify(refusal) } as const
    // The new connection subscribes what is left; a second try of the refused one would be the third message.
    world.emulator.faults.add({ match: { call: 'ws.subscribe' }, do: refuse }, { match: { call: 'ws.subscribe' }, nth: 3, times: 'always', do: refuse })
    world.source.watch('ETHUSDT')
    world.timers.advance(250)
    await eventually(() => world.errors).toMatchObject([{ code: 'unknown_symbol', symbol: 'ETHUSDT' }])
    world.timers.advance(1000)
    await world.eventuallyQuoted('ETHUSDT')
    await eventually(() => world.emulator.streams.connections).toBe(1)
    world.move('BTCUSDT', prices(61_000))
    await eventually(() => world.last('BTCUSDT')?.[2]).toBe(61_000)
    world.move('ETHUSDT', prices(3100))
    world.timers.advance(1000)
    await eventually(() => world.last('ETHUSDT')?.[2]).toBe(3100)
    expect(world.errors).toHaveLength(1)
  })
})

const tickerTopic = (venue: Venue, symbol: string): string => (venue === 'bybit' ? `tickers.${symbol}` : `ticker:${symbol}`)

describe('requests', () => {
  const failures = [
    ['timeout', { kind: 'hang', when: 'before' }],
    ['timeout', { kind: 'stall_body', when: 'before' }],
    ['http', { kind: 'reset', when: 'before' }],
    ['http', { kind: 'raw', when: 'before', status: 503, body: '{}' }],
    ['rate_limit', { kind: 'code', when: 'before', code: '10006' }],
    ['rate_limit', { kind: 'html', when: 'before', status: 429 }],
    ['bad_data', { kind: 'empty_list' }],
    ['bad_data', { kind: 'html', when: 'before' }],
  ] as const satisfies readonly (readonly [PriceErrorCode, CallFault])[]

  it.each(failures)('fail as %s after %j, are repeated after 1, 2, … s, and a good answer ends that', async (code, fault) => {
    const world = await PriceWorld.streaming('bybit', 'BTCUSDT')
    world.emulator.streams.muted = true
    world.emulator.faults.add({ match: { path: '/tickers' }, times: 2, do: fault })
    world.timers.advance(3000)
    await eventually(() => world.errors).toMatchObject([{ code, symbol: null, retryInMs: 1000 }])
    world.timers.advance(1000)
    await eventually(() => world.errors).toMatchObject([{ code }, { code, symbol: null, retryInMs: 2000 }])
    world.move('BTCUSDT', prices(61_000))
    world.timers.advance(2000)
    await eventually(() => world.last('BTCUSDT')?.[2]).toBe(61_000)
  })
})

describe('markets that are not known', () => {
  it('are asked for again until the exchange answers; symbols keep the names they would have', async () => {
    const world = await PriceWorld.open('bybit')
    world.emulator.faults.add({ match: { path: 'instruments-info' }, do: { kind: 'reset', when: 'before' } })
    expect(await world.source.loadMarkets()).toBe(false)
    world.source.watch('BTCUSDT')
    world.source.watch('NOPEUSDT')
    expect([world.source.unavailable, world.source.resolve('NOPEUSDT.P')]).toEqual([expect.stringContaining('NetworkError'), 'NOPEUSDT'])
    world.timers.advance(1000)
    await world.eventuallyQuoted('BTCUSDT')
    expect([world.source.unavailable, world.source.resolve('NOPEUSDT')]).toEqual([null, undefined])
    expect(world.errors).toMatchObject([{ code: 'http', retryInMs: 1000 }, { code: 'unknown_symbol', symbol: 'NOPEUSDT' }])
  })
})
