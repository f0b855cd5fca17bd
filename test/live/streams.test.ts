/** Streams that are mute in part, flood, come late or contradict the reads (reliability.md §2.2). */
import { describe, it } from 'vitest'
import type { PositionId } from '../../src/domain/ids.ts'
import type { LiveWorld } from './live-world.ts'
import { NEVER } from './oracle.ts'
import { play, scenario } from './scenario.ts'
import { VENUES } from './venues.ts'

/** What each of the account's topics is called on the wire. Bitget's plain orders are woken by the triggers' pushes too. */
const TOPICS = {
  bybit: [['orders', 'order'], ['fills', 'execution'], ['positions', 'position']],
  bitget: [['triggers', 'orders-algo'], ['fills', 'fill'], ['positions', 'positions']],
} as const

const told = (world: LiveWorld, event: string): readonly string[] => world.logs.filter((log) => log.event === event).map(({ fields }) => String(fields['error'] ?? fields['topic']))
const moveStop = (world: LiveWorld, positionId: PositionId, stopPrice: string): Promise<void> => {
  world.engine.accept({ type: 'levels.requested', positionId, stopPrice: stopPrice as never, note: null })
  return world.until(`the stop at ${stopPrice}`, () => world.resting('stop-loss').map(({ trigger }) => trigger?.price).join() === stopPrice)
}
/** Lets things happen until a topic tells of them; while its subscription is being made nobody hears. */
const hearAgain = async (world: LiveWorld, positionId: PositionId, happen: () => void, heard: () => boolean): Promise<void> => {
  for (let step = 1; step <= 5 && !heard(); step += 1) {
    await moveStop(world, positionId, String(49_500 - step))
    happen()
    await world.until('heard again', heard, 1500).catch(() => {})
  }
}

describe.concurrent.each(VENUES)('the streams of %s', (venue) => {
  it.each<readonly [name: string, topic: string]>(TOPICS[venue])('W2: %s mute, all others not: noticed by what it did not tell, dialled anew, and heard again', (name, topic) =>
    play({ venue, nakedAtMostMs: NEVER, restWithinMs: 20_000 }, async (world, expect) => {
      const id = await world.protectedPosition()
      world.oracle.startAnew()
      // The pushes of the opening are long past.
      world.monotonicMs += 30_000
      world.emulator.faults.addPush({ match: { topic }, times: 'always', do: { kind: 'drop' } })
      await moveStop(world, id, '49500')
      world.byHand('sell', 0.004, { reduceOnly: true })
      await world.until('the stop follows', () => world.resting('stop-loss').map(({ qty }) => qty).join() === '0.006')
      expect(told(world, 'stream_lost')).toEqual([])
      world.monotonicMs += 11_000
      await world.until('noticed', () => told(world, 'stream_lost').length > 0)
      expect(told(world, 'stream_lost')[0]).toBe(`the stream of ${name} did not tell what happened`)
      world.emulator.faults.clear()
      const before = told(world, 'stream_connected').length
      const heard = (): boolean => told(world, 'stream_connected').slice(before).includes(name)
      await hearAgain(world, id, () => world.byHand('sell', 0.001, { reduceOnly: true }), heard)
      expect(heard()).toBe(true)
    }))

  it('W8: subscriptions that are never acknowledged end nothing: noticed, and dialled anew', scenario({ venue, nakedAtMostMs: NEVER, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.emulator.faults.add({ match: { call: 'ws.subscribe' }, times: 'always', do: { kind: 'hang', when: 'before' } })
    world.emulator.streams.disconnect()
    await world.until('dialled', () => world.emulator.streams.connections > 0)
    world.monotonicMs += 30_000
    await moveStop(world, id, '49500')
    world.emulator.faults.clear()
    world.monotonicMs += 11_000
    await world.until('noticed', () => told(world, 'stream_lost').some((why) => why.includes('did not tell')))
    const before = told(world, 'stream_connected').length
    await world.until('subscribed', () => world.emulator.streams.isSubscribed(venue === 'bybit' ? 'order' : 'orders-algo:default'))
    const heard = (): boolean => told(world, 'stream_connected').length > before
    await hearAgain(world, id, () => {}, heard)
    expect(heard()).toBe(true)
    expect(world.state(id)).toBe('tp-placed')
  }))

  it('W4: what happens between the look after a cut and the new subscriptions is looked at when these stand', scenario({ venue }, async (world) => {
    const id = await world.protectedPosition()
    world.emulator.faults.add({ match: { call: 'ws.subscribe' }, times: 'always', do: { kind: 'delay', ms: 800, when: 'before' } })
    const looks = world.looks
    world.emulator.streams.disconnect()
    await world.until('the look after the cut', () => world.looks > looks)
    await world.until('dialled', () => world.emulator.streams.connections > 0)
    // Nobody listens yet.
    const { model } = world.emulator
    for (const order of [...model.account('main').open.values()]) if (order.kind === 'market') model.cancel('main', { id: order.id }, world.emulator.now(), 'venue')
    // The next regular look is five seconds after the last.
    await world.until('a stop', () => world.resting('stop-loss').length === 1, 3500)
    await world.until('known', () => world.state(id) === 'tp-placed')
  }))

  it('W6, X26: four thousand pushes at once: read together, in few requests, and the fill among them is booked', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    const { streams, seen } = world.emulator
    const before = seen.length
    for (let burst = 0; burst < 10; burst += 1) streams.replay('', 200)
    world.price('BTCUSDT', { last: 48_900 })
    for (let burst = 0; burst < 10; burst += 1) streams.replay('', 200)
    expect(await world.closed(id, 20_000)).toMatchObject({ reason: 'sl', qty: '0.01' })
    expect(seen.length - before).toBeLessThan(60)
  }))

  it('W7: the streams tell of fills that the lists do not know yet, then forget again: booked once, nothing taken back', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    world.emulator.faults.add({ match: { call: 'fills' }, times: 3, do: { kind: 'empty_list' } })
    const id = await world.protectedPosition()
    expect(world.context(id)).toMatchObject({ entryQty: '0.01', fills: { length: 1 } })
    world.emulator.faults.add({ match: { call: 'fills' }, times: 'always', do: { kind: 'empty_list' } }, { match: { call: 'positions' }, times: 'always', do: { kind: 'empty_list' } })
    for (const topic of ['order', 'execution', 'fill', 'position']) world.emulator.streams.replay(topic, 20)
    const looks = world.looks
    await world.until('looks', () => world.looks > looks)
    expect([world.state(id), world.context(id)?.entryQty, world.resting('stop-loss').length, world.sent('close')]).toEqual(['tp-placed', '0.01', 1, []])
    world.emulator.faults.clear()
    world.price('BTCUSDT', { last: 48_900 })
    expect(await world.closed(id)).toMatchObject({ reason: 'sl', qty: '0.01' })
  }))
})
