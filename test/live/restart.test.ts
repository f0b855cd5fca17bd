/** The process dies at every stage of a position's life and starts again over its journal (SPEC C-1 to C-5, L-9). */
import { describe, it } from 'vitest'
import type { CallFault } from '../../src/exchange-emulator/wire/fault-script.ts'
import type { LiveWorld } from './live-world.ts'
import { scenario } from './scenario.ts'
import { NEVER } from './oracle.ts'
import { VENUES } from './venues.ts'

const fail = (world: LiveWorld, call: string, fault: CallFault): void => world.emulator.faults.add({ match: { call }, do: fault })
const arrived = (world: LiveWorld, call: string): Promise<void> => world.until(`${call} arrived`, () => world.sent(call).length > 0)
const again = async (world: LiveWorld): Promise<void> => {
  await world.kill()
  await world.start()
}

describe.concurrent.each(VENUES)('a restart on %s', (venue) => {
  it('before the answer to the entry: found by its id, protected', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    fail(world, 'entry', { kind: 'delay', ms: 400, when: 'after' })
    const id = world.signal()
    await arrived(world, 'entry')
    await again(world)
    await world.until('tp-placed', () => world.state(id) === 'tp-placed')
    expect(world.sent('entry')).toHaveLength(1)
  }))

  it('the entry never left: sent once, under the same id, after its absence was proven', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    fail(world, 'entry', { kind: 'reset', when: 'before' })
    const id = world.signal()
    await arrived(world, 'entry')
    await again(world)
    await world.until('tp-placed', () => world.state(id) === 'tp-placed', 15_000)
    expect([world.sent('entry').length, new Set(world.sent('entry')).size]).toEqual([2, 1])
  }))

  it('between the fill and the stop: the stop is placed', scenario({ venue }, async (world, expect) => {
    fail(world, 'stop', { kind: 'hang', when: 'before' })
    const id = world.signal()
    await arrived(world, 'stop')
    await again(world)
    await world.until('tp-placed', () => world.state(id) === 'tp-placed')
    expect(new Set(world.sent('stop')).size).toBe(1)
    expect(world.resting('stop-loss')).toHaveLength(1)
  }))

  it('the stop was placed and its answer not heard: it is adopted', scenario({ venue }, async (world, expect) => {
    fail(world, 'stop', { kind: 'delay', ms: 400, when: 'after' })
    const id = world.signal()
    await world.until('stop rests', () => world.resting('stop-loss').length === 1)
    await again(world)
    await world.until('tp-placed', () => world.state(id) === 'tp-placed')
    expect(world.sent('stop')).toHaveLength(1)
  }))

  it('while closing: the close is not sent twice', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    fail(world, 'close', { kind: 'delay', ms: 400, when: 'after' })
    world.engine.requestExit(id, 'manual', null)
    await arrived(world, 'close')
    await again(world)
    expect(await world.closed(id)).toMatchObject({ reason: 'manual' })
    expect(world.sent('close')).toHaveLength(1)
  }))

  it('while the close never left', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    fail(world, 'close', { kind: 'reset', when: 'before' })
    world.engine.requestExit(id, 'manual', null)
    await arrived(world, 'close')
    await again(world)
    expect(await world.closed(id)).toMatchObject({ reason: 'manual' })
  }))

  it('between the new stop and the cancel of the old one: one is left', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    fail(world, venue === 'bybit' ? 'cancel' : 'cancel_plan', { kind: 'hang', when: 'before' })
    world.engine.accept({ type: 'levels.requested', positionId: id, stopPrice: '49500' as never, note: null })
    await world.until('two stops', () => world.resting('stop-loss').length === 2)
    await again(world)
    await world.until('one stop', () => world.resting('stop-loss').length === 1)
    expect(world.resting('stop-loss')[0]?.trigger?.price).toBe('49500')
  }))

  it('C-3: closed by its stop while nobody was there: real fill and price', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    await world.kill()
    world.price('BTCUSDT', { last: 48_800 })
    await world.start()
    expect(await world.closed(id)).toMatchObject({ reason: 'sl', closePrice: '48800' })
  }))

  it('C-1: its stop was cancelled while nobody was there: placed again', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    await world.kill()
    for (const { id: order, kind } of [...world.emulator.model.account('main').open.values()]) if (kind === 'market') world.emulator.model.cancel('main', { id: order }, world.emulator.now())
    await world.start()
    await world.until('a stop', () => world.resting('stop-loss').length === 1)
    await world.until('known', () => world.state(id) === 'tp-placed')
    expect(world.resting('stop-loss')[0]?.clientId).toMatch(/s2$/)
  }))

  it('two starts in a row change nothing', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    const orders = [...world.emulator.model.account('main').orders.keys()]
    await again(world)
    await again(world)
    const looks = world.looks
    await world.until('looked', () => world.looks > looks)
    expect(world.state(id)).toBe('tp-placed')
    expect([...world.emulator.model.account('main').orders.keys()]).toEqual(orders)
  }))

  it('B-7: a stop of the service leaves positions and stops where they are', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    await world.protectedPosition()
    world.oracle.startAnew()
    const before = world.emulator.seen.length
    await world.broker.disconnect()
    expect(world.emulator.seen.slice(before).filter(({ method }) => method === 'POST')).toEqual([])
    expect(world.resting('stop-loss')).toHaveLength(1)
    await world.kill()
    await world.start()
  }))
})
