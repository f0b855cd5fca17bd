/** Clocks that are wrong: this machine's, the exchange's, or the time that a process was not there (reliability.md §2.3). */
import { describe, it } from 'vitest'
import { NEVER } from './oracle.ts'
import { play, scenario } from './scenario.ts'
import { CODE, VENUES } from './venues.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe.concurrent.each(VENUES)('clocks on %s', (venue) => {
  it.each([-60_000, HOUR_MS])('C2: %i ms apart, requests are refused for their time: the exchange’s is read and taken, a position is protected and closed', (apart) =>
    play({ venue, nakedAtMostMs: NEVER, restWithinMs: 20_000 }, async (world, expect) => {
      const id = await world.protectedPosition()
      world.oracle.startAnew()
      world.emulator.settings.clockSkewMs = apart
      world.engine.accept({ type: 'levels.requested', positionId: id, stopPrice: '49500' as never, note: null })
      await world.until('the new stop', () => world.resting('stop-loss').some(({ trigger }) => trigger?.price === '49500'))
      world.byHand('sell', 0.004, { reduceOnly: true })
      world.engine.requestExit(id, 'manual', null)
      expect(await world.closed(id, 15_000)).toMatchObject({ reason: 'manual', qty: '0.01' })
      expect(Math.abs(world.api.clockAheadMs - apart)).toBeLessThan(1000)
    }))

  it('C2: an hour apart, a cut stream logs in by the exchange’s clock and tells again', scenario({ venue, nakedAtMostMs: NEVER, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.emulator.settings.clockSkewMs = HOUR_MS
    await world.until('the exchange’s clock', () => Math.abs(world.api.clockAheadMs - HOUR_MS) < 1000)
    world.emulator.streams.disconnect()
    const topics = venue === 'bybit' ? ['order', 'execution', 'position'] : ['orders:default', 'orders-algo:default', 'fill:default', 'positions:default']
    await world.until('subscribed', () => topics.every((topic) => world.emulator.streams.isSubscribed(topic)))
    world.engine.requestExit(id, 'manual', null)
    expect(await world.closed(id, 15_000)).toMatchObject({ reason: 'manual' })
  }))

  it('C2: an entry that is refused for its time is not sent again', scenario({ venue }, async (world, expect) => {
    world.emulator.settings.clockSkewMs = HOUR_MS
    world.signal()
    await world.until('cancelled', () => world.notice('position.cancelled') !== undefined)
    expect(world.sent('entry')).toHaveLength(1)
  }))

  it.each([-DAY_MS, -HOUR_MS, DAY_MS])('C1: this machine’s clock jumps %i ms under a position: its stop is moved, fills are booked, the journal stays in order', (jump) =>
    play({ venue, nakedAtMostMs: NEVER, restWithinMs: 20_000 }, async (world, expect) => {
      const id = await world.protectedPosition()
      world.oracle.startAnew()
      world.wallMs = jump
      world.engine.accept({ type: 'levels.requested', positionId: id, stopPrice: '49500' as never, note: null })
      await world.until('the new stop alone', () => world.resting('stop-loss').map(({ trigger }) => trigger?.price).join() === '49500')
      world.price('BTCUSDT', { last: 49_400 })
      expect(await world.closed(id, 15_000)).toMatchObject({ reason: 'sl', closePrice: '49400', qty: '0.01' })
    }))

  it('C1: set back an hour while a stop is refused: it is tried again in its time, not an hour later', scenario({ venue }, async (world, expect) => {
    world.emulator.faults.add({ match: { call: 'stop' }, do: { kind: 'code', when: 'before', code: CODE[venue].refused, ...(venue === 'bitget' ? { status: 400 } : {}) } })
    const id = world.signal()
    await world.until('refused', () => world.emulator.faults.list().calls.some((rule) => 'hits' in rule && rule.hits === 1))
    world.wallMs = -HOUR_MS
    await world.until('protected', () => world.state(id) === 'tp-placed', 5000)
    expect([new Set(world.sent('stop')).size, world.resting('stop-loss').length]).toEqual([1, 1])
  }))

  it('C3: half a minute in which the process was frozen: the streams are not trusted, the account is looked at', scenario({ venue, nakedAtMostMs: NEVER, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.emulator.streams.muted = true
    const looks = world.looks
    world.monotonicMs += 30_000
    await world.until('a look', () => world.looks > looks, 4000)
    world.byHand('sell', 0.01, { reduceOnly: true })
    world.monotonicMs += 30_000
    expect(await world.closed(id)).toMatchObject({ reason: 'external' })
  }))
})
