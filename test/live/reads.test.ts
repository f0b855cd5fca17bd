/** What the account's lists may say wrongly, late or not at all, and streams that lie or fall silent (reliability.md §2.1, 2.2). */
import { describe, it } from 'vitest'
import type { CallFault } from '../../src/exchange-emulator/wire/fault-script.ts'
import { NEVER } from './oracle.ts'
import { play, scenario } from './scenario.ts'
import type { LiveWorld } from './live-world.ts'
import { VENUES } from './venues.ts'

const fail = (world: LiveWorld, call: string | readonly string[], fault: CallFault, times: number | 'always' = 'always'): void => world.emulator.faults.add({ match: { call }, times, do: fault })

/** So many complete looks at the account from now on. */
describe.concurrent.each(VENUES)('reads on %s', (venue) => {
  const openOrders = ['open_orders', 'open_plan_orders']
  const orderLists = venue === 'bybit' ? ['order', 'order_history'] : ['order', 'open_plan_orders', 'plan_history']

  it('X22: an empty list of positions, with success, proves nothing', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    fail(world, 'positions', { kind: 'empty_list' })
    await world.looked(3)
    expect([world.state(id), world.findings[0]?.kind]).toEqual(['tp-placed', 'vanished'])
    expect([world.sent('close'), world.resting('stop-loss').length]).toEqual([[], 1])
    world.emulator.faults.clear()
    await world.looked(1)
    expect(world.findings).toEqual([])
  }))

  it('X24: empty lists of open orders: each order is asked for by its own id', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    fail(world, venue === 'bybit' ? 'open_orders' : openOrders, { kind: 'empty_list' }, venue === 'bybit' ? 'always' : 2)
    await world.looked(2)
    world.emulator.faults.clear()
    await world.looked(1)
    expect([world.state(id), world.sent('stop').length, world.sent('target').length]).toEqual(['tp-placed', 1, 1])
  }))

  it('X23: reads that fail change nothing, and are told', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    fail(world, ['positions', 'fills', ...openOrders], { kind: 'html', when: 'before', status: 502 }, 2)
    world.broker.look()
    await world.until('a failed look', () => world.failedLooks > 0)
    expect(world.state(id)).toBe('tp-placed')
  }))

  it('X23: fills that cannot be read for a while are booked once, when they can', scenario({ venue }, async (world, expect) => {
    fail(world, 'fills', { kind: 'reset', when: 'before' }, 4)
    const id = await world.protectedPosition()
    expect(world.context(id)?.fills).toHaveLength(1)
  }))

  it.each([300, 1200])('X3: orders and fills that are listed %i ms late', (lag) => play({ venue, behaviour: { orderLagMs: lag, historyLagMs: lag, fillLagMs: lag }, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    expect([world.sent('entry').length, world.sent('stop').length, world.resting('stop-loss').length]).toEqual([1, 1, 1])
    world.engine.requestExit(id, 'manual', null)
    await world.closed(id, 15_000)
    expect(world.sent('close')).toHaveLength(1)
  }))

  it('X1 with X3: the answer is lost and every list is late: still one entry', scenario({ venue, behaviour: { orderLagMs: 2500, historyLagMs: 2500, fillLagMs: 2500 }, restWithinMs: 25_000, }, async (world, expect) => {
    fail(world, 'entry', { kind: 'reset', when: 'after' }, 1)
    const id = world.signal()
    await world.until('protected', () => world.state(id) === 'tp-placed' || world.state(id) === 'retired', 20_000)
    expect(new Set(world.sent('entry')).size).toBe(1)
  }))

  it('N3: an exchange that takes 700 ms for everything', scenario({ venue, latencyMs: 700, restWithinMs: 25_000 }, async (world, expect) => {
    const id = world.signal()
    await world.until('tp-placed', () => world.state(id) === 'tp-placed', 20_000)
    expect([world.sent('entry').length, world.sent('stop').length]).toEqual([1, 1])
  }))

  it('T7: no order is known to the lists by which it is asked for, though all rest', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    fail(world, orderLists, { kind: 'empty_list' }, 6)
    fail(world, 'stop', { kind: 'reset', when: 'after' }, 1)
    await world.protectedPosition()
    expect([new Set(world.sent('stop')).size, world.resting('stop-loss').length]).toEqual([1, 1])
  }))

  it('X30: the exchange is down for a while with a position open', scenario({ venue, nakedAtMostMs: NEVER, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.emulator.faults.add({ match: {}, times: 'always', do: { kind: 'html', when: 'before', status: 503 } })
    world.emulator.streams.disconnect()
    world.engine.requestExit(id, 'manual', null)
    await world.until('close tried', () => world.sent('close').length >= 1)
    await world.until('told', () => world.notices.some(({ type }) => type === 'order.unresolved-noticed' || type === 'close.failed'))
    world.emulator.faults.clear()
    expect(await world.closed(id, 15_000)).toMatchObject({ reason: 'manual', qty: '0.01' })
  }))
})

describe.concurrent.each(VENUES)('streams on %s', (venue) => {
  it('W1: mute, the socket open: the polling carries everything', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    world.emulator.streams.muted = true
    const id = await world.protectedPosition()
    world.byHand('sell', 0.01, { reduceOnly: true })
    expect(await world.closed(id)).toMatchObject({ reason: 'external' })
  }))

  it('never connected at all', scenario({ venue, restWithinMs: 20_000 }, async (world) => {
    world.emulator.faults.add({ match: { call: 'ws.connect' }, times: 'always', do: { kind: 'reset', when: 'before' } })
    world.emulator.streams.disconnect()
    const id = await world.protectedPosition()
    world.engine.requestExit(id, 'manual', null)
    await world.closed(id)
  }))

  it('W3: every push twice and the old ones again', scenario({ venue }, async (world, expect) => {
    world.emulator.faults.addPush({ match: {}, times: 'always', do: { kind: 'duplicate' } })
    const id = await world.protectedPosition()
    for (const topic of ['order', 'execution', 'fill', 'position']) world.emulator.streams.replay(topic, 20)
    world.price('BTCUSDT', { last: 48_900 })
    await world.closed(id)
    for (const topic of ['order', 'execution', 'fill', 'position']) world.emulator.streams.replay(topic, 20)
    await world.until('retired', () => world.state(id) === 'retired')
    expect(world.notices.filter(({ type }) => type === 'position.closed')).toHaveLength(1)
  }))

  it('W3: pushes in the wrong order', scenario({ venue }, async (world) => {
    world.emulator.faults.addPush({ match: {}, times: 'always', do: { kind: 'swap' } })
    const id = await world.protectedPosition()
    world.price('BTCUSDT', { last: 52_100 })
    await world.closed(id)
  }))

  it('W5: cut again and again, logins refused', scenario({ venue }, async (world, expect) => {
    world.emulator.faults.add({ match: { call: 'ws.auth' }, times: 2, do: { kind: 'hang', when: 'before' } })
    const id = await world.protectedPosition()
    for (let cut = 0; cut < 3; cut += 1) {
      world.emulator.streams.disconnect(cut === 0 ? 1006 + 5 : undefined)
      await world.looked(1)
    }
    world.price('BTCUSDT', { last: 48_900 })
    expect(await world.closed(id)).toMatchObject({ reason: 'sl' })
  }))

  it('field 20: after a cut stream the account is looked at at once, and a stop that is gone is placed again', scenario({ venue }, async (world) => {
    await world.protectedPosition()
    await world.looked(1)
    world.emulator.streams.muted = true
    for (const { id, kind } of [...world.emulator.model.account('main').open.values()]) if (kind === 'market') world.emulator.model.cancel('main', { id }, world.emulator.now(), 'venue')
    world.emulator.streams.disconnect()
    await world.until('a stop', () => world.resting('stop-loss').length === 1, 3000)
  }))
})

describe.concurrent.each(VENUES)('a small difference of clocks on %s', (venue) => {
  it.each([-900, 900])('the exchange’s clock %i ms off: nothing is lost', (clockSkewMs) => play({ venue }, async (world, expect) => {
    world.emulator.settings.clockSkewMs = clockSkewMs
    const id = await world.protectedPosition()
    world.byHand('sell', 0.01, { reduceOnly: true })
    expect(await world.closed(id)).toMatchObject({ reason: 'external' })
  }))
})
