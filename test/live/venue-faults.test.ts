/** What an exchange may do to orders, trades, markets and ids that nobody asked for (reliability.md §2.1). */
import { describe, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import type { Decimal } from '../../src/domain/decimal.ts'
import type { CallFault } from '../../src/exchange-emulator/wire/fault-script.ts'
import type { LiveWorld } from './live-world.ts'
import { NEVER } from './oracle.ts'
import { play, scenario } from './scenario.ts'
import { VENUES } from './venues.ts'

const d = decimal

/** Stops that triggered and still wait to be carried out. */
const fired = ({ emulator: { model } }: LiveWorld): number => {
  const { open, orders } = model.account('main')
  const started = new Set([...orders.values()].map(({ spawnedId }) => spawnedId))
  return [...open.values()].filter((order) => order.kind === 'market' && (order.triggeredAt !== null || started.has(order.id))).length
}

/** The exchange takes the latest trade back. */
function voidLast({ emulator: { model, now } }: LiveWorld): void {
  model.voidFill('main', model.account('main').fills.at(-1)?.id ?? '', now())
}

describe.concurrent.each(VENUES)('the exchange %s', (venue) => {
  it('X16: a stop that triggered and does not fill: closed at market', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.emulator.model.behaviour.triggeredExecution = { ratio: d(0), rest: 'later', afterMs: 3_600_000 }
    world.price('BTCUSDT', { last: 48_900 })
    expect(await world.closed(id, 20_000)).toMatchObject({ reason: 'sl', qty: '0.01', closePrice: '48900' })
    expect([...world.emulator.model.account('main').open.values()]).toEqual([])
  }))

  it('X16: a stop that triggered, does not fill, and whose price comes back unseen, is cancelled, and another one rests', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.emulator.model.behaviour.triggeredExecution = { ratio: d(0), rest: 'later', afterMs: 3_600_000 }
    // Seen by the exchange alone.
    for (const last of [d(48_990), d(49_500)]) world.emulator.model.quote('BTCUSDT', { last }, world.emulator.now())
    await world.until('another stop', () => world.resting('stop-loss').some(({ clientId, status }) => clientId.endsWith('s2') && status === 'untriggered'), 15_000)
    expect(world.logs.map(({ event }) => event)).toContain('triggered_stop_not_filled')
    await world.until('known', () => world.state(id) === 'tp-placed')
    // Bybit's attached stop among them: executed later, it would close what another stop protects.
    await world.until('none is left that triggered', () => fired(world) === 0)
  }))

  it('X16: a stop that triggered, fills in part, and whose price comes back: what is left of it goes, and another one rests over the rest', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.emulator.model.behaviour.triggeredExecution = { ratio: d('0.3'), rest: 'later', afterMs: 3_600_000 }
    for (const last of [d(48_990), d(49_500)]) world.emulator.model.quote('BTCUSDT', { last }, world.emulator.now())
    await world.until('none is left that triggered', () => fired(world) === 0, 15_000)
    const held = world.emulator.model.account('main').positions.get('BTCUSDT')?.qty
    await world.until('another stop', () => world.state(id) === 'tp-placed' && world.resting('stop-loss').some(({ qty, status }) => qty === held && status === 'untriggered'), 15_000)
    expect(world.sent('close')).toEqual([])
  }))

  it('X20: an entry that the exchange declares void: it never counted, its stop and target go, nothing is closed, and it is told', scenario({ venue, nakedAtMostMs: NEVER, restWithinMs: 20_000 }, async (world, expect) => {
    await world.protectedPosition()
    world.oracle.startAnew()
    voidLast(world)
    await world.until('cancelled', () => world.notice('position.cancelled') !== undefined, 15_000)
    expect(world.notice('position.cancelled')).toMatchObject({ reason: 'voided' })
    expect(world.notice('voided-fill.noticed')).toMatchObject({ role: 'entry', qty: '0.01', price: '50000' })
    expect([world.sent('close'), [...world.emulator.model.account('main').open.values()]]).toEqual([[], []])
    expect([...world.engine.core.ledgers.values()].map(({ realisedPnl, fees, openCount }) => [realisedPnl, fees, openCount])).toEqual([['0', '0', 0]])
  }))

  it('X20: a part that was closed and is declared void is held again: covered again, counted once, across a restart', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.engine.requestExit(id, 'manual', null, d('0.004'))
    await world.until('reduced', () => world.resting('stop-loss').map(({ qty }) => qty).join() === '0.006')
    voidLast(world)
    await world.until('the stop follows', () => world.resting('stop-loss').map(({ qty }) => qty).join() === '0.01')
    await world.until('the target follows', () => world.resting('take-profit').map(({ qty }) => qty).join() === '0.01')
    expect(world.notice('voided-fill.noticed')).toMatchObject({ positionId: id, role: 'close', qty: '0.004' })
    await world.kill()
    await world.start()
    await world.looked(3)
    expect(world.notices.filter(({ type }) => type === 'voided-fill.noticed')).toHaveLength(1)
    expect([world.context(id)?.entryQty, world.context(id)?.exitQty, world.context(id)?.voided?.length]).toEqual(['0.01', '0', 1])
    world.price('BTCUSDT', { last: 48_900 })
    expect(await world.closed(id, 15_000)).toMatchObject({ reason: 'sl', qty: '0.01' })
  }))

  it('X20: a close that the exchange declares void: what it holds again is closed, the first result stands, and the sum is right', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.engine.requestExit(id, 'manual', null)
    const closed = await world.closed(id)
    await world.until('retired', () => world.state(id) === 'retired')
    world.price('BTCUSDT', { last: 50_100 })
    voidLast(world)
    const again = await world.closed((id + 1) as typeof id, 15_000)
    expect(world.notice('voided-fill.noticed')).toMatchObject({ positionId: id, role: 'close', qty: '0.01' })
    expect([again.reason, again.entryPrice, again.closePrice]).toEqual(['stray_fill', '50000', '50100'])
    // 0.01 · 100 less the fees of the entry and of the second close; the fee of the void one was given back.
    const [entry, , , second] = world.emulator.model.account('main').fills
    expect(Number(closed.pnl) + Number(again.pnl)).toBeCloseTo(1 - Number(entry?.fee) - Number(second?.fee), 8)
    expect(world.sent('close')).toHaveLength(2)
  }))

  it('X20: a trade by hand that takes exactly back what the entry did is somebody’s, not a void', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.byHand('sell', 0.01, { reduceOnly: true })
    expect(await world.closed(id)).toMatchObject({ reason: 'external', closePrice: '50000' })
    expect(world.notice('voided-fill.noticed')).toBeUndefined()
  }))

  it('X27: a halted market: the entry is refused, the market read again, and no further entry even sent', scenario({ venue }, async (world, expect) => {
    world.emulator.model.changeInstrument('BTCUSDT', { status: 'halted' })
    world.monotonicMs += 31_000
    world.signal()
    await world.until('refused', () => world.notice('position.cancelled') !== undefined)
    await world.until('known', () => world.broker.market('BTCUSDT') === undefined)
    world.notices.length = 0
    world.signal({ timestamp: new Date(Date.now() + 60_000).toISOString(), price: 50_001 })
    await world.until('refused', () => world.notice('position.cancelled') !== undefined)
    expect(world.sent('entry')).toHaveLength(1)
  }))

  it('X27: halted under a position: its stop stays, its close is tried and told until the market opens', scenario({ venue, nakedAtMostMs: NEVER, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.emulator.model.changeInstrument('BTCUSDT', { status: 'halted' })
    world.monotonicMs += 31_000
    world.engine.requestExit(id, 'manual', null)
    await world.until('told', () => world.notice('close.failed') !== undefined)
    await world.until('known', () => world.broker.market('BTCUSDT') === undefined)
    expect(world.resting('stop-loss')).toHaveLength(1)
    const tries = world.sent('close').length
    expect(world.notice('market-change.noticed')).toMatchObject({ positionId: id, from: { takesEntries: true }, to: { takesEntries: false } })
    // The market that takes no entries is no unknown one.
    await world.until('tried again', () => world.sent('close').length > tries)
    world.emulator.model.changeInstrument('BTCUSDT', { status: 'trading' })
    expect(await world.closed(id, 15_000)).toMatchObject({ reason: 'manual', qty: '0.01' })
  }))

  it('X28: another tick while a position is open: the refused stop is rounded anew, and rests', scenario({ venue, nakedAtMostMs: NEVER, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.emulator.model.changeInstrument('BTCUSDT', { tick: d(5), lot: d('0.002') })
    world.monotonicMs += 31_000
    world.engine.accept({ type: 'levels.requested', positionId: id, stopPrice: '49501' as Decimal, note: null })
    await world.until('moved', () => world.resting('stop-loss').some(({ trigger }) => trigger?.price === '49500' || trigger?.price === '49505'))
    expect(world.notice('market-change.noticed')).toMatchObject({ positionId: id, to: { priceTick: '5', qtyStep: '0.002', takesEntries: true }, openQty: '0.01', closable: true })
    expect(world.notice('stop-loss.failed')).toBeUndefined()
  }))

  it('X29: a setting that is not ours stops the entry before it leaves', scenario({ venue }, async (world, expect) => {
    world.refuseEntry = (symbol) => (symbol === 'BTCUSDT' ? 'the leverage of BTCUSDT is 20' : null)
    world.signal()
    await world.until('cancelled', () => world.notice('position.cancelled') !== undefined)
    expect(world.sent('entry')).toEqual([])
    world.price('ETHUSDT', { last: 3000 })
    const other = world.signal({ symbol: 'ETHUSDT', price: 3000, qty: 0.1 })
    await world.until('tp-placed', () => world.state(other) === 'tp-placed')
  }))

  it('X33: the ids of trades and orders are unique on their symbol only', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    const [entry] = world.emulator.model.account('main').fills
    // Bitget names whose a fill is by the order's id alone.
    const fields = venue === 'bybit' ? { execId: entry?.id, orderId: entry?.orderId } : { tradeId: entry?.id }
    world.emulator.faults.add({ match: { call: 'fills', params: { symbol: 'ETHUSDT' } }, times: 'always', do: { kind: 'set_fields', where: {}, fields } })
    world.price('ETHUSDT', { last: 3000 })
    const other = world.signal({ symbol: 'ETHUSDT', price: 3000, qty: 0.1 })
    await world.until('tp-placed', () => world.state(other) === 'tp-placed')
    expect([world.context(id)?.fills.length, world.context(id)?.entryQty, world.context(other)?.entryQty]).toEqual([1, '0.01', '0.1'])
  }))

  it.each<readonly [string, CallFault['kind'], readonly string[]]>([
    ['entry', 'twice', ['entry']],
    ['stop', 'twice', ['stop']],
    ['target', 'twice', ['target']],
    ['close', 'twice', ['close']],
    ['cancels', 'twice', ['cancel', 'cancel_plan']],
  ])('N7: the %s delivered %s by something in between: the exchange takes it once, and so does LOMS', (_name, _kind, call) =>
    play({ venue, restWithinMs: 20_000 }, async (world, expect) => {
      world.emulator.faults.add({ match: { call }, times: 'always', do: { kind: 'twice' } })
      const id = world.signal()
      await world.until('tp-placed', () => world.state(id) === 'tp-placed')
      world.engine.requestExit(id, 'manual', null)
      expect(await world.closed(id, 15_000)).toMatchObject({ reason: 'manual', qty: '0.01' })
      await world.until('retired', () => world.state(id) === 'retired')
      expect(world.emulator.model.account('main').fills).toHaveLength(2)
    }))

  it('T13: a settlement of funding is no trade, whatever side it bears', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    const id = await world.protectedPosition()
    for (const side of ['Sell', 'Buy']) world.emulator.faults.add({ match: { call: 'fills' }, times: 8, do: { kind: 'set_fields', where: { execType: 'Funding' }, fields: { side } } })
    world.emulator.model.fund('BTCUSDT', d('0.0001'), world.emulator.now())
    world.broker.look()
    const looks = world.looks
    world.monotonicMs += 3000
    await world.until('looks', () => world.looks > looks + 1, 15_000)
    expect([world.state(id), world.context(id)?.fills.length]).toEqual(['tp-placed', 1])
  }))

  it('T18: the fills that a stop waits for do not wait behind the reads of the account', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    let read = 0
    const reads = Array.from({ length: 40 }, () => world.api.openOrders().then(() => void (read += 1), () => {}))
    await world.api.fills('BTCUSDT', Date.now() - 60_000)
    const readBefore = read
    await Promise.all(reads)
    expect(readBefore).toBeLessThan(30)
  }))

  it('T17, T27: over a whole life nothing is sent but single orders and their cancels', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.engine.requestExit(id, 'manual', null)
    await world.closed(id)
    const paths = new Set(world.emulator.seen.filter(({ method }) => method === 'POST').map(({ path }) => path))
    expect([...paths].sort()).toEqual(venue === 'bybit'
      ? ['/v5/order/cancel', '/v5/order/create']
      : ['/api/v2/mix/order/cancel-order', '/api/v2/mix/order/cancel-plan-order', '/api/v2/mix/order/place-order', '/api/v2/mix/order/place-tpsl-order'].filter((path) => paths.has(path)))
  }))
})

it('bybit X16: the stop that came with the entry triggers before LOMS’s own rests, and does not fill: closed at market', scenario({ venue: 'bybit', restWithinMs: 20_000 }, async (world, expect) => {
  world.emulator.model.behaviour.triggeredExecution = { ratio: d(0), rest: 'later', afterMs: 3_600_000 }
  world.emulator.faults.add({ match: { call: 'stop' }, times: 'always', do: { kind: 'delay', ms: 400, when: 'before' } })
  const id = world.signal()
  await world.until('filled', () => world.context(id)?.entryQty === '0.01')
  world.price('BTCUSDT', { last: 48_900 })
  expect(await world.closed(id, 15_000)).toMatchObject({ reason: 'sl', qty: '0.01', closePrice: '48900' })
  expect([...world.emulator.model.account('main').open.values()]).toEqual([])
}))

it('bitget T12: a fee that is written as a positive number was paid too', scenario({ venue: 'bitget' }, async (world, expect) => {
  world.emulator.faults.add({ match: { call: 'fills' }, times: 'always', do: { kind: 'set_fields', where: {}, fields: { feeDetail: [{ feeCoin: 'USDT', totalFee: '0.3' }] } } })
  const id = await world.protectedPosition()
  expect(world.context(id)?.fees).toBe('0.3')
  world.engine.requestExit(id, 'manual', null)
  expect(await world.closed(id)).toMatchObject({ fees: '0.6', pnl: '-0.6' })
}))
