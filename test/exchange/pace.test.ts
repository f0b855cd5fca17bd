/** More is asked of a venue than may leave, by callers who give up and ask again: the real ccxt client and its throttle. */
import { afterEach, expect, it, vi } from 'vitest'
import { openClient } from '../../src/exchange/client.ts'
import { Pace } from '../../src/exchange/pace.ts'
import { within } from '../../src/exchange/request-scope.ts'
import { startEmulator, type Emulator } from '../../src/exchange-emulator/server.ts'

let emulator: Emulator | null = null
afterEach(() => emulator?.stop())

it('whoever gives up and asks again is answered in the end', async () => {
  emulator = await startEmulator({ venue: 'bybit' })
  const client = await openClient({ venue: 'bybit', purpose: 'public', credentials: null, sandbox: false, emulatorUrl: emulator.httpUrl, timeoutMs: 2000, owns: () => true })
  const read = () => within(1200, () => client.publicGetV5MarketTime())
  let answered = 0
  const ask = async (): Promise<void> => {
    while (!(await read().then(() => true, () => false)));
    answered += 1
  }
  await Promise.all(Array.from({ length: 50 }, ask))
  await client.close()
  expect(answered).toBe(50)
})

it.each([[1, 3], [4, 12], [5, 12], [10, 30], [20, 60], [50, 120]])('an endpoint that takes %i a second never gets more in any second, and nearly as many as it takes', async (perSecond, asked) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
  try {
    const pace = new Pace()
    const left: number[] = []
    for (let n = 0; n < asked; n++) void pace.turn('GET orders', perSecond).then(() => left.push(performance.now()))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(left).toHaveLength(asked)
    const inASecond = left.map((from) => left.filter((at) => at >= from && at < from + 1000).length)
    expect(Math.max(...inASecond)).toBeLessThanOrEqual(perSecond)
    expect(Math.max(...inASecond)).toBeGreaterThanOrEqual(Math.ceil(perSecond * 0.8))
  } finally {
    vi.useRealTimers()
  }
})

it('each endpoint has a line of its own', async () => {
  const pace = new Pace()
  const order: string[] = []
  const turns = ['a', 'a', 'b'].map((endpoint) => pace.turn(endpoint, 1).then(() => order.push(endpoint)))
  await Promise.all(turns)
  expect(order).toEqual(['a', 'b', 'a'])
})
