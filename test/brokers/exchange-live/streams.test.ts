/** The loops over ccxt's watch calls: whatever these do, nothing ends, nothing is missed, nothing is left unhandled. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AccountStreams, type News } from '../../../src/brokers/exchange-live/streams.ts'
import { ManualTimers } from '../../prices/manual-timers.ts'

type Waiting = { readonly push: () => void; readonly fail: (why: string) => void }

const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)
beforeEach(() => void process.on('unhandledRejection', note))
afterEach(() => {
  process.off('unhandledRejection', note)
  expect(unhandled.splice(0)).toEqual([])
})
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function streams(tells: readonly News[] = ['order', 'fill'], close: () => Promise<void> = () => Promise.resolve()) {
  const timers = new ManualTimers()
  const waiting: Waiting[] = []
  const seen: string[] = []
  let closed = 0
  const client = { close: () => ((closed += 1), close()) }
  const next = (): Promise<unknown> => new Promise((resolve, reject) => waiting.push({ push: () => resolve([]), fail: (why) => reject(new Error(why)) }))
  const onPush = (): void => void seen.push(`push, ${waiting.length} asked`)
  const onState = (topic: string, connected: boolean, why: string): void => void seen.push(connected ? `${topic} up` : `${topic} down: ${why}`)
  const account = new AccountStreams(client, { orders: { next, tells } }, { timers, onPush, onState })
  account.start()
  return { timers, waiting, seen, account, closed: () => closed }
}

describe('a topic of the account', () => {
  it('T20: the next push is asked for before the last one is told', async () => {
    const { waiting, seen } = streams()
    waiting[0]?.push()
    await settled()
    expect(seen).toEqual(['orders up', 'push, 2 asked'])
  })

  it('W8, T19, T21: one that fails is told, looked behind, hung up and asked for again after a pause, and once more when it listens', async () => {
    const { timers, waiting, seen, closed } = streams()
    waiting[0]?.fail('refused')
    await settled()
    expect([seen, closed(), waiting.length]).toEqual([['orders down: refused', 'push, 1 asked'], 1, 1])
    timers.advance(500)
    await settled()
    expect(waiting).toHaveLength(2)
    timers.advance(1500)
    expect(seen.at(-1)).toBe('push, 2 asked')
  })

  it('W8: a client that does not even close holds nothing up', async () => {
    const { timers, waiting, account } = streams(['order'], () => Promise.reject(new Error('no')))
    waiting[0]?.fail('gone')
    await settled()
    timers.advance(500)
    await settled()
    expect(waiting).toHaveLength(2)
    await account.close()
  })

  it.each<readonly [name: string, steps: (each: ReturnType<typeof streams>) => Promise<void> | void, dead: boolean]>([
    ['quiet for an hour, nothing happened', ({ timers }) => timers.advance(3_600_000), false],
    ['quiet while an order was taken', ({ timers, account }) => {
      timers.advance(60_000)
      account.expect('order')
      timers.advance(11_000)
    }, true],
    ['told before the answer came', async ({ timers, account, waiting }) => {
      timers.advance(60_000)
      waiting[0]?.push()
      await settled()
      timers.advance(300)
      account.expect('order')
      timers.advance(11_000)
    }, false],
    ['told behind the answer', async ({ timers, account, waiting }) => {
      timers.advance(60_000)
      account.expect('order')
      timers.advance(5000)
      waiting[0]?.push()
      await settled()
      timers.advance(11_000)
    }, false],
    ['news that it does not tell', ({ timers, account }) => {
      timers.advance(60_000)
      account.expect('conditional-order')
      timers.advance(11_000)
    }, false],
    ['not subscribed yet', ({ timers, account }) => {
      timers.advance(1000)
      account.expect('order')
      timers.advance(11_000)
    }, false],
  ])('W8, W2: %s', async (_name, steps, dead) => {
    const each = streams()
    await steps(each)
    await settled()
    expect(each.seen.some((line) => line === 'orders down: the stream of orders did not tell what happened')).toBe(dead)
    expect(each.closed()).toBe(dead ? 1 : 0)
  })

  it('closed, it is asked for no more', async () => {
    const { timers, waiting, account } = streams()
    await account.close()
    waiting[0]?.fail('closed by user')
    await settled()
    timers.advance(60_000)
    expect([waiting.length, timers.armed]).toEqual([1, 0])
  })
})
