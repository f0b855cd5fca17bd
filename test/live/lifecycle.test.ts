/** A position's life on each venue where nothing goes wrong on the wire. */
import { describe, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import { scenario } from './scenario.ts'
import { NEVER } from './oracle.ts'
import { VENUES } from './venues.ts'

describe.concurrent.each(VENUES)('a position on %s', (venue) => {
  it('long: opened, protected, given a target and closed by its stop', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    // One may be under way that began before the stop was placed.
    await world.looked(2)
    expect(world.findings).toEqual([])
    world.price('BTCUSDT', { last: 48_900 })
    expect(await world.closed(id)).toMatchObject({ reason: 'sl', entryPrice: '50000', closePrice: '48900', qty: '0.01' })
  }))

  it('short: closed by its target', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition({ side: 'short' })
    world.price('BTCUSDT', { last: 47_990 })
    expect(await world.closed(id)).toMatchObject({ reason: 'tp', closePrice: '47990' })
    await world.until('retired', () => world.state(id) === 'retired')
    expect(world.resting('stop-loss')).toEqual([])
  }))

  it('the mark price decides on the stop, not a wick of the last price', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.price('BTCUSDT', { last: 48_000, mark: 49_500, bid: 49_400, ask: 49_500 })
    world.price('BTCUSDT', { last: 49_500 })
    expect(world.resting('stop-loss')).toHaveLength(1)
    expect(world.state(id)).toBe('tp-placed')
  }))

  it('closed by a person: target first, then the market close, flat proven twice, the stop last', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    const before = world.emulator.seen.length
    world.engine.requestExit(id, 'manual', null)
    expect(await world.closed(id)).toMatchObject({ reason: 'manual' })
    const calls = world.emulator.seen.slice(before).filter(({ call }) => call === 'close' || call === 'cancel' || call === 'cancel_plan' || call === 'positions')
    const order = calls.map(({ call, params }) => (/s1/.test(JSON.stringify(params)) ? 'cancel stop' : /t1/.test(JSON.stringify(params)) ? 'cancel target' : call))
    // Bitget removes it with the position: seen in time, nothing is left to cancel.
    const stopAt = venue === 'bitget' && !order.includes('cancel stop') ? order.length : order.indexOf('cancel stop')
    expect(order.indexOf('close')).toBeLessThan(stopAt)
    expect(order.slice(order.indexOf('close') + 1, stopAt).filter((call) => call === 'positions').length).toBeGreaterThanOrEqual(2)
    expect(order).toContain('cancel target')
  }))

  it('quantity down to the step, prices to the tick', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition({ qty: 0.012789, sl_pct: 1.23456, tp_pct: 2.34567 })
    const [stop] = world.resting('stop-loss')
    const [target] = world.resting('take-profit')
    expect([stop?.qty, stop?.trigger?.price, target?.qty, target?.price]).toEqual(venue === 'bybit' ? ['0.012', '49382.7', '0.012', '51172.8'] : ['0.0127', '49382.7', '0.0127', '51172.8'])
    world.engine.requestExit(id, 'manual', null)
    expect(await world.closed(id)).toMatchObject({ qty: stop?.qty })
  }))

  it('too small for the exchange: never sent', scenario({ venue }, async (world, expect) => {
    expect(() => world.signal({ qty: 0.00009 })).toThrow('below_minimum')
    await world.until('looked', () => world.looks > 1)
    expect(world.sent('entry')).toEqual([])
  }))

  it('a stop that is moved is replaced without an instant in which none rests', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    for (const stopPrice of [49_200, 49_400, 49_600]) {
      world.engine.accept({ type: 'levels.requested', positionId: id, stopPrice: decimal(stopPrice), note: null })
      await world.until(`stop at ${stopPrice}`, () => world.resting('stop-loss').length === 1 && world.resting('stop-loss')[0]?.trigger?.price === String(stopPrice))
    }
    world.price('BTCUSDT', { last: 49_550 })
    expect(await world.closed(id)).toMatchObject({ reason: 'sl', closePrice: '49550' })
  }))

  it('X-5: a trailing stop follows the best price at the exchange, the last one of a burst included', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition({ tp_pct: 10, exit_strategy: 'tp_sl_trailing_v1' })
    world.oracle.startAnew()
    for (const last of [50_600, 51_100, 51_500, 51_600, 51_700]) world.price('BTCUSDT', { last })
    await world.until('trailed', () => world.resting('stop-loss').length === 1 && world.resting('stop-loss')[0]?.trigger?.price === '51286.4')
    world.price('BTCUSDT', { last: 51_280 })
    expect(await world.closed(id)).toMatchObject({ reason: 'trailing', closePrice: '51280' })
  }))

  it('a stop that a person loosens does not trigger where it was', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.engine.accept({ type: 'levels.requested', positionId: id, stopPrice: decimal(48_000), note: 'room' })
    await world.until('only the loosened stop', () => world.resting('stop-loss')[0]?.trigger?.price === '48000' && [...world.emulator.model.account('main').open.values()].every(({ trigger, kind }) => kind !== 'market' || trigger?.price === '48000'))
    world.price('BTCUSDT', { last: 48_900 })
    world.price('BTCUSDT', { last: 49_500 })
    expect(world.state(id)).toBe('tp-placed')
  }))
})
