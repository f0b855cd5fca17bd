/** What others do to the account: a person at the venue's page, the venue itself, other programs. */
import { describe, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import type { LiveWorld } from './live-world.ts'
import { scenario } from './scenario.ts'
import { NEVER } from './oracle.ts'
import { VENUES } from './venues.ts'

const d = decimal
const now = (world: LiveWorld): number => world.emulator.now()

describe.concurrent.each(VENUES)('an account on %s', (venue) => {
  it('X32: a position closed by hand is booked with its real fill; stop and target are removed', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.price('BTCUSDT', { last: 50_500 })
    world.byHand('sell', 0.01, { reduceOnly: true })
    expect(await world.closed(id, 8000)).toMatchObject({ reason: 'external', closePrice: '50500', qty: '0.01' })
    expect(world.sent('close')).toEqual([])
  }))

  it('reduced by hand: stop and target follow', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.byHand('sell', 0.004, { reduceOnly: true })
    await world.until('resized', () => world.resting('stop-loss').length === 1 && world.resting('stop-loss')[0]?.qty === '0.006' && world.resting('take-profit')[0]?.qty === '0.006')
    expect(world.notice('position.reduced-externally')).toMatchObject({ cause: 'external', qty: '0.004' })
    world.engine.requestExit(id, 'manual', null)
    expect((await world.closed(id)).qty).toBe('0.01')
  }))

  it('X19: liquidated', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.price('BTCUSDT', { last: 49_900 })
    world.emulator.model.liquidate('main', 'BTCUSDT', now(world))
    expect(await world.closed(id)).toMatchObject({ reason: 'liquidation', closePrice: '49900' })
  }))

  it('X18: deleveraged in part, then wholly', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.emulator.model.deleverage('main', 'BTCUSDT', d('0.003'), d(50_100), now(world))
    await world.until('resized', () => world.resting('stop-loss').length === 1 && world.resting('stop-loss')[0]?.qty === '0.007')
    expect(world.notice('position.reduced-externally')).toMatchObject({ cause: 'adl', price: '50100' })
    world.emulator.model.deleverage('main', 'BTCUSDT', d('0.007'), d(50_100), now(world))
    expect(await world.closed(id)).toMatchObject({ reason: 'adl' })
  }))

  it('X18: deleveraged while a part of its entry is listed late: counted once all of the entry is', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    world.emulator.faults.add({ match: { call: 'entry' }, times: 1, do: { kind: 'partial_fill', ratio: '0.4', rest: 'later', afterMs: 500 } })
    world.emulator.faults.add({ match: { call: 'fills' }, times: 'always', do: { kind: 'omit_rows', where: venue === 'bybit' ? { execQty: '0.006' } : { baseVolume: '0.006' } } })
    const id = world.signal()
    await world.until('filled in part', () => world.context(id)?.entryQty === '0.004')
    await world.until('filled', () => world.emulator.model.account('main').positions.get('BTCUSDT')?.qty === '0.01')
    world.emulator.model.deleverage('main', 'BTCUSDT', d('0.01'), d(50_100), now(world))
    await world.looked(3)
    expect(world.context(id)?.exitQty).toBe('0')
    world.emulator.faults.clear()
    expect(await world.closed(id, 15_000)).toMatchObject({ reason: 'adl', qty: '0.01' })
  }))

  it('T13, X21: funding is no fill', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.emulator.model.fund('BTCUSDT', d('0.0003'), now(world))
    const looks = world.looks
    world.broker.look()
    await world.until('looked', () => world.looks > looks + 1)
    expect([world.state(id), world.context(id)?.fills.length]).toEqual(['tp-placed', 1])
    world.engine.requestExit(id, 'manual', null)
    expect((await world.closed(id)).fees).toBe(venue === 'bybit' ? '0.55' : '0.6')
  }))

  it('C-2: positions and orders of others are told and left alone', scenario({ venue }, async (world, expect) => {
    world.price('ETHUSDT', { last: 3000 })
    world.byHand('buy', 0.5, { symbol: 'ETHUSDT' })
    world.byHand('sell', 0.5, { symbol: 'ETHUSDT', reduceOnly: true, trigger: { price: d(2900), source: 'last', direction: 'falling' }, ...(venue === 'bitget' ? { purpose: 'partial_stop' } : {}) })
    const foreign = world.byHand('buy', 0.01, { kind: 'limit', price: d(45_000) })
    const id = await world.protectedPosition()
    await world.until('told', () => world.findings.length === 1 && world.findings[0]?.kind === 'orphan')
    expect(world.findings).toMatchObject([{ kind: 'orphan', symbol: 'ETHUSDT', direction: 'long', found: '0.5' }])
    world.engine.requestExit(id, 'manual', null)
    await world.closed(id)
    await world.until('retired', () => world.state(id) === 'retired')
    expect(world.emulator.model.account('main').open.has(foreign.id)).toBe(true)
    expect(world.emulator.model.account('main').positions.get('ETHUSDT')?.qty).toBe('0.5')
    expect([...world.emulator.model.account('main').open.values()].map(({ symbol }) => symbol).sort()).toEqual(['BTCUSDT', 'ETHUSDT'])
  }))

  it('C-5: an own order without a position is cancelled, another LOMS’s is not', scenario({ venue }, async (world, expect) => {
    const journal = world.engine.core.journalId ?? ''
    world.oracle.ignored.add(`${journal}-77-e1`).add('zzzzzz-77-e1')
    const stray = world.byHand('buy', 0.01, { kind: 'limit', price: d(45_000), clientId: `${journal}-77-e1` })
    const other = world.byHand('buy', 0.01, { kind: 'limit', price: d(45_000), clientId: 'zzzzzz-77-e1' })
    const open = world.emulator.model.account('main').open
    world.broker.look()
    await world.until('cancelled', () => !open.has(stray.id), 12_000)
    expect(open.has(other.id)).toBe(true)
    world.emulator.model.cancel('main', { id: other.id }, now(world), 'venue')
  }))

  it('a target cancelled by hand is placed again', scenario({ venue }, async (world) => {
    await world.protectedPosition()
    const [target] = world.resting('take-profit')
    world.emulator.model.cancel('main', { id: target?.id }, now(world))
    await world.until('a new target', () => world.resting('take-profit').length === 1 && world.resting('take-profit')[0]?.id !== target?.id)
  }))
})
