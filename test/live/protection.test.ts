/** The protective procedure (SPEC L-3, L-4, reliability.md §1) where the exchange refuses, delays or forgets. */
import { describe, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import type { CallFault } from '../../src/exchange-emulator/wire/fault-script.ts'
import type { LiveWorld } from './live-world.ts'
import { scenario } from './scenario.ts'
import { NEVER } from './oracle.ts'
import { CODE, VENUES } from './venues.ts'

const fail = (world: LiveWorld, call: string, fault: CallFault, times: number | 'always' = 1, nth = 1): void => world.emulator.faults.add({ match: { call }, nth, times, do: fault })
const times = (world: LiveWorld, call: string): readonly number[] => world.emulator.seen.filter((request) => request.call === call).map(({ at }) => at)

describe.concurrent.each(VENUES)('protection on %s', (venue) => {
  const code = (name: keyof (typeof CODE)['bybit']): CallFault => ({ kind: 'code', when: 'before', code: CODE[venue][name], ...(venue === 'bitget' ? { status: 400 } : {}) })

  it('X10, X11: a refused stop is sent twice more, 200 ms apart, under the same id; then the position is closed and people are told', scenario({ venue }, async (world, expect) => {
    fail(world, 'stop', code('refused'), 'always')
    const id = world.signal()
    expect(await world.closed(id)).toMatchObject({ reason: 'sl_failed' })
    const ids = world.sent('stop')
    expect([ids.length, new Set(ids).size]).toEqual([3, 1])
    const at = times(world, 'stop')
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(200)
    expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(200)
    expect(world.notice('stop-loss.failed')).toMatchObject({ attempts: 3 })
    expect(world.notices.findIndex(({ type }) => type === 'stop-loss.failed')).toBeLessThan(world.notices.findIndex(({ type }) => type === 'position.closed'))
  }))

  it('a stop refused once rests after the second try', scenario({ venue }, async (world, expect) => {
    fail(world, 'stop', code('refused'))
    const id = await world.protectedPosition()
    expect(world.state(id)).toBe('tp-placed')
    expect(world.sent('stop')).toHaveLength(2)
  }))

  it('X9: a stop whose price has been passed is a stop that was hit: closed at once, not tried again', scenario({ venue }, async (world, expect) => {
    fail(world, 'stop', code('wouldTrigger'), 'always')
    const id = world.signal()
    expect(await world.closed(id)).toMatchObject({ reason: 'sl' })
    expect(world.sent('stop')).toHaveLength(1)
    expect(world.notice('stop-loss.failed')).toBeUndefined()
  }))

  it('L-4: a refused target is a warning; the position stays protected and the target is tried again', scenario({ venue }, async (world, expect) => {
    fail(world, 'target', code('refused'), 1)
    const id = world.signal()
    await world.until('warned', () => world.notice('take-profit.failed') !== undefined)
    expect(world.state(id)).toBe('sl-placed')
    await world.until('tp-placed', () => world.state(id) === 'tp-placed')
    expect(new Set(world.sent('target')).size).toBe(1)
  }))

  it('X12: three stops without an answer, all of them placed: one stop rests, nothing is closed', scenario({ venue }, async (world, expect) => {
    fail(world, 'stop', { kind: 'reset', when: 'after' }, 3)
    const id = await world.protectedPosition()
    expect(world.resting('stop-loss')).toHaveLength(1)
    expect(world.sent('close')).toEqual([])
    expect(world.state(id)).toBe('tp-placed')
  }))

  it('stops that get no answer and never arrive: closed within the hard bound', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    fail(world, 'stop', { kind: 'hang', when: 'before' }, 'always')
    const id = world.signal()
    expect(await world.closed(id, 12_000)).toMatchObject({ reason: 'sl_failed' })
    expect(world.notice('stop-loss.failed')).toBeDefined()
    expect(new Set(world.sent('stop')).size).toBe(1)
  }))

  it('X13: a refused close is tried until one goes through, the stop protecting all the while', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    fail(world, 'close', code('refused'), 3)
    world.engine.requestExit(id, 'manual', null)
    expect(await world.closed(id, 12_000)).toMatchObject({ reason: 'manual' })
    expect(world.notice('close.failed')).toMatchObject({ attempts: 3 })
  }))

  it('X14: a stop that the exchange or a person cancelled is placed again', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    const account = world.emulator.model.account('main')
    for (const order of [...account.open.values()]) if (order.kind === 'market') world.emulator.model.cancel('main', { id: order.id }, world.emulator.now(), 'venue')
    await world.until('a new stop', () => world.resting('stop-loss').length === 1)
    await world.until('known', () => world.state(id) === 'tp-placed')
    expect(world.resting('stop-loss')[0]?.clientId).toMatch(/s2$/)
  }))

  it('X15: an acknowledged stop that is in no list is not taken for protection', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    // Bybit's attached stop is forgotten too.
    fail(world, 'entry', { kind: 'ignore_params', names: ['stopLoss', 'slTriggerBy', 'tpslMode', 'slOrderType'] })
    const phantom = venue === 'bybit' ? { retCode: 0, retMsg: 'OK', result: { orderId: 'phantom' }, time: 0 } : { code: '00000', msg: 'success', data: { orderId: '111' } }
    const id = world.signal()
    await world.until('journal id', () => world.engine.core.journalId !== null)
    const named = `${world.engine.core.journalId}-${id}-s1`
    const body = venue === 'bybit' ? { ...phantom, result: { orderId: 'phantom', orderLinkId: named } } : { ...phantom, data: { orderId: '111', clientOid: named } }
    fail(world, 'stop', { kind: 'raw', when: 'before', body: JSON.stringify(body) })
    await world.until('a real stop', () => world.resting('stop-loss').length === 1, 12_000)
    expect(world.sent('close')).toEqual([])
    await world.until('protected', () => world.state(id) === 'tp-placed')
  }))

  it('X7: an entry of which only a part is filled: the part is the position, covered', scenario({ venue }, async (world, expect) => {
    fail(world, 'entry', { kind: 'partial_fill', ratio: '0.4', rest: 'cancel', afterMs: 0 })
    const id = await world.protectedPosition()
    expect(world.resting('stop-loss').map(({ qty }) => qty)).toEqual(['0.004'])
    world.price('BTCUSDT', { last: 48_900 })
    expect(await world.closed(id)).toMatchObject({ qty: '0.004', reason: 'sl' })
  }))

  it('X6: the stop follows the fills of an entry', scenario({ venue }, async (world, expect) => {
    fail(world, 'entry', { kind: 'partial_fill', ratio: '0.4', rest: 'later', afterMs: 800 })
    world.signal()
    await world.until('a stop over the first part', () => world.resting('stop-loss').some(({ qty }) => qty === '0.004'))
    await world.until('one stop over all', () => world.resting('stop-loss').length === 1 && world.resting('stop-loss')[0]?.qty === '0.01')
    await world.until('the target', () => world.resting('take-profit')[0]?.qty === '0.01')
    expect(world.sent('close')).toEqual([])
  }))

  it('a refused entry is the end of it', scenario({ venue }, async (world, expect) => {
    fail(world, 'entry', code('noMargin'))
    world.signal()
    await world.until('cancelled', () => world.notice('position.cancelled') !== undefined)
    expect(world.notice('position.cancelled')).toMatchObject({ reason: 'insufficient_margin' })
    expect([world.sent('entry').length, world.sent('stop').length]).toEqual([1, 0])
  }))

  it('a triggered stop that fills in part is closed to the last step', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.emulator.model.behaviour.triggeredExecution = { ratio: decimal('0.3'), rest: 'cancel', afterMs: 0 }
    world.price('BTCUSDT', { last: 48_900 })
    expect(await world.closed(id, 12_000)).toMatchObject({ reason: 'sl', qty: '0.01' })
  }))

  it('X31: stop and target reached at once: closed once', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.price('BTCUSDT', { last: 52_100, mark: 48_900, bid: 52_000, ask: 52_100 })
    expect((await world.closed(id)).qty).toBe('0.01')
    expect(world.notices.filter(({ type }) => type === 'position.closed')).toHaveLength(1)
  }))
})

it('bybit: the stop that came with the entry stays until LOMS’s own rests, however late the fill is told and however both are rounded', scenario({ venue: 'bybit', behaviour: { fillLagMs: 1000 }, nakedAtMostMs: NEVER }, async (world) => {
  world.signal({ sl_pct: 1.99985 })
  await world.until('its own', () => world.resting('stop-loss').length === 1)
}))
