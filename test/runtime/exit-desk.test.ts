/** What may be asked of open positions, through the engine. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { ExitChange, ExitSignal, PositionAddress } from '../../src/domain/exit-signal.ts'
import { EngineWorld } from '../support/engine-world.ts'
import { d } from '../support/builders.ts'

let world: EngineWorld
beforeEach(() => {
  world = new EngineWorld()
  world.quote('BTCUSDT', 100)
})

const view = (id: number) => world.engine.readModel.position(id)
const asked = (note: string | null = null) => ({ reason: 'manual', note }) as const
const part = (qty: number | string): ExitChange => ({ kind: 'partial_close', qty: d(qty), pct: null })
const percent = (pct: number): ExitChange => ({ kind: 'partial_close', qty: null, pct: d(pct) })
const levels = (stop?: number, target?: number | null): ExitChange => ({
  kind: 'levels',
  ...(stop === undefined ? {} : { stopPrice: d(stop) }),
  ...(target === undefined ? {} : { targetPrice: target === null ? null : d(target) }),
})
/** Asks and lets everything happen; what was refused. */
function ask(id: number, change: ExitChange, note: string | null = null): unknown {
  const refusal = world.exits.request(id, change, asked(note))
  world.settle()
  return refusal
}
const conflict = (code: string) => expect.objectContaining({ kind: 'conflict', code }) as unknown
const invalid = (field: string, message: string) => ({ kind: 'invalid', problems: [{ field, message }] })

describe('a partial close', () => {
  it('closes a quantity, then a percentage of what is left, then all', () => {
    const id = world.open({ qty: 3 })
    expect([ask(id, part(1)), view(id)]).toMatchObject([null, { open_qty: 2, qty: 3, status: 'open', state: 'tp-placed' }])
    expect([ask(id, percent(25)), view(id)]).toMatchObject([null, { open_qty: 1.5 }])
    expect([ask(id, percent(100)), view(id)]).toMatchObject([null, { open_qty: 0, status: 'closed', auto_close_reason: 'manual', pnl: 0 }])
    expect(world.notices.filter(({ type }) => type === 'position.reduced')).toMatchObject([{ role: 'close', qty: '1', price: '100', openQty: '2' }, { qty: '0.5', openQty: '1.5' }])
  })

  it('is refused where more is asked for than is open, counting what is on its way', () => {
    const id = world.open({ qty: 1 })
    expect(ask(id, part('1.00000001'))).toEqual(invalid('qty', 'is more than is open (1)'))
    expect(world.exits.request(id, part('0.6'), asked())).toBeNull()
    expect(world.exits.request(id, part('0.6'), asked())).toEqual(invalid('qty', 'is more than is open (0.4)'))
    expect(world.exits.request(id, part('0.3'), asked())).toBeNull()
    world.settle()
    expect(view(id)).toMatchObject({ open_qty: 0.1, status: 'open' })
  })

  it('of next to nothing is refused', () => {
    const id = world.open({ qty: '0.0000001' })
    expect(ask(id, percent(1))).toEqual(invalid('pct', 'of what is open (0.0000001) is less than 0.00000001'))
  })

  it('is refused for what is finished, unknown, closing, unfilled or without a price', () => {
    const id = world.open({ qty: 1 })
    ask(id, { kind: 'close' })
    expect([ask(id, part(1)), ask(99, part(1))]).toEqual([conflict('position_finished'), { kind: 'unknown_position' }])
    const closing = world.open({ qty: 1, strategy: 'b' })
    world.exits.request(closing, { kind: 'close' }, asked())
    expect(world.exits.request(closing, part(1), asked())).toEqual(conflict('closing'))
    const elsewhere = world.open({ symbol: 'ETHUSDT' })
    expect([ask(elsewhere, part(1)), ask(elsewhere, { kind: 'close' })]).toEqual([conflict('price_unavailable'), conflict('price_unavailable')])
    const dear = new EngineWorld({ PAPER_BROKER: 'exchange' })
    const waiting = dear.open({})
    expect(dear.exits.request(waiting, part(1), asked())).toEqual(conflict('not_filled'))
  })
})

describe('levels', () => {
  it('move, and show what is in force', () => {
    const id = world.open({})
    expect([ask(id, levels(99, 110)), view(id)]).toMatchObject([null, { sl_price: 98.5, tp_price: 104.5, dynamic_sl_price: 99, dynamic_tp_price: 110 }])
    expect([ask(id, levels(undefined, null)), view(id)]).toMatchObject([null, { tp_price: null, dynamic_tp_price: null, state: 'sl-placed' }])
    world.quote('BTCUSDT', 120)
    expect(view(id)?.status).toBe('open')
    world.quote('BTCUSDT', 99)
    expect(view(id)).toMatchObject({ status: 'closed', auto_close_reason: 'sl', close_price: 99 })
  })

  it('of a short are mirrored', () => {
    const id = world.open({ side: 'short' })
    expect(ask(id, levels(101, 95))).toBeNull()
    expect(ask(id, levels(99))).toEqual(invalid('sl_price', 'must be above the price (100) of a short position, or it would be reached at once'))
    expect(ask(id, levels(undefined, 100))).toEqual(invalid('tp_price', 'must be below the price (100) of a short position, or it would be reached at once'))
    expect(ask(id, levels(102))).toEqual(invalid('reason', 'is required: the stop would be looser than it is (101)'))
  })

  it('loosen a stop only with a reason', () => {
    const id = world.open({})
    expect(ask(id, levels(98))).toEqual(invalid('reason', 'is required: the stop would be looser than it is (98.5)'))
    expect(ask(id, levels(98), 'news are over')).toBeNull()
    expect(ask(id, levels(98.2))).toBeNull()
  })

  it('never cross each other, or the price', () => {
    const id = world.open({})
    expect(ask(id, levels(100))).toEqual(invalid('sl_price', 'must be below the price (100) of a long position, or it would be reached at once'))
    expect(ask(id, levels(99, 98.9))).toEqual(invalid('tp_price', 'must be above the price (100) of a long position, or it would be reached at once'))
    const unpriced = world.open({ symbol: 'ETHUSDT' })
    expect(ask(unpriced, levels(104.5))).toEqual(invalid('sl_price', 'must be below the target (104.5) of a long position'))
    expect(ask(unpriced, levels(106, 105))).toEqual(invalid('sl_price', 'must be below the target (105) of a long position'))
    expect(ask(unpriced, levels(undefined, 98.5))).toEqual(invalid('tp_price', 'must be above the stop (98.5) of a long position'))
    expect(ask(unpriced, levels(106, null))).toBeNull()
  })

  it('are measured by the targets that are left', () => {
    const id = world.open({ qty: 2, take_profits: [{ share_pct: 50, price: 102 }, { share_pct: 50, price: 106 }] })
    world.quote('BTCUSDT', 102)
    world.quote('BTCUSDT', 104)
    expect([ask(id, levels(103)), view(id)]).toMatchObject([null, { open_qty: 1, dynamic_sl_price: 103 }])
    world.quote('BTCUSDT', 103)
    expect(view(id)).toMatchObject({ status: 'closed', pnl: 5 })
  })

  it('are measured by where a trailing stop stands now', () => {
    const id = world.open({ exit_strategy: 'tp_sl_trailing_v1', tp_pct: 20 })
    world.quote('BTCUSDT', 105)
    expect(view(id)).toMatchObject({ dynamic_sl_price: 104.16 })
    expect(ask(id, levels(104))).toEqual(invalid('reason', 'is required: the stop would be looser than it is (104.16)'))
    expect([ask(id, levels(101), 'room to breathe'), view(id)]).toMatchObject([null, { dynamic_sl_price: 101 }])
    world.quote('BTCUSDT', 110)
    expect(view(id)).toMatchObject({ dynamic_sl_price: 101, status: 'open' })
  })
})

const ANY: PositionAddress = { positionId: null, symbol: null, strategy: null, accountLabel: null, direction: null }
function send(address: Partial<PositionAddress>, change: ExitChange, more: Partial<ExitSignal> & { readonly header?: string } = {}): unknown {
  const { header = null, ...fields } = more
  const signal: ExitSignal = { address: { ...ANY, ...address }, change, note: null, signalId: null, naturalKey: null, ...fields }
  const outcome = world.exits.signal({ signal, payload: { body: 'as sent' }, idempotencyKey: header })
  world.settle()
  return outcome.kind === 'answered' ? outcome.answer : outcome
}
const answer = (positions: number[], refused: unknown[] = []) => ({ received: true, matched: positions.length, positions, refused })
const CLOSE: ExitChange = { kind: 'close' }

describe('a signal for open positions', () => {
  it('means every open position for which all conditions hold', () => {
    const [a, b, c, e] = [world.open({ strategy: 'x' }), world.open({ strategy: 'y' }), world.open({ strategy: 'x', side: 'short' }), world.open({ symbol: 'ETHUSDT', strategy: 'x' })] as const
    expect(send({ symbol: 'BTCUSDT', strategy: 'x' }, percent(50))).toEqual(answer([a, c]))
    expect([a, b, c].map((id) => view(id)?.open_qty)).toEqual([0.5, 1, 0.5])
    expect(send({ positionId: a, symbol: 'ETHUSDT' }, CLOSE)).toEqual(answer([]))
    expect(send({ symbol: 'BTCUSDT', accountLabel: 'other' }, CLOSE)).toEqual(answer([]))
    expect(send({ symbol: 'BTCUSDT', direction: 'short' }, CLOSE)).toEqual(answer([c]))
    expect(send({ symbol: 'BTCUSDT' }, CLOSE)).toEqual(answer([a, b]))
    expect([a, b, c].map((id) => view(id)?.auto_close_reason)).toEqual(['signal', 'signal', 'signal'])
    expect(view(e)?.status).toBe('open')
  })

  it('finds nothing open when it is repeated, even while the close is under way', () => {
    const id = world.open({})
    const signal: ExitSignal = { address: { ...ANY, positionId: id }, change: CLOSE, note: null, signalId: null, naturalKey: null }
    const request = { signal, payload: {}, idempotencyKey: null }
    expect(world.exits.signal(request)).toMatchObject({ answer: answer([id]) })
    expect(world.exits.signal(request)).toMatchObject({ answer: answer([]) })
  })

  it('says which positions it left as they are', () => {
    const [a, b] = [world.open({ qty: 2, strategy: 'x' }), world.open({ qty: 1, strategy: 'y' })] as const
    expect(send({ symbol: 'BTCUSDT' }, part('1.5'))).toEqual(answer([a, b], [{ position_id: b, code: 'invalid_values', detail: 'qty is more than is open (1)' }]))
    const elsewhere = world.open({ symbol: 'ETHUSDT' })
    expect(send({ symbol: 'ETHUSDT' }, CLOSE)).toMatchObject({ matched: 1, refused: [{ position_id: elsewhere, code: 'price_unavailable' }] })
  })

  it('moves levels, each position judged by its own side', () => {
    const [long, short] = [world.open({ strategy: 'x' }), world.open({ strategy: 'y', side: 'short' })] as const
    expect(send({ symbol: 'BTCUSDT' }, levels(99))).toMatchObject({ matched: 2, refused: [{ position_id: short, code: 'invalid_values' }] })
    expect([view(long)?.dynamic_sl_price, view(short)?.dynamic_sl_price]).toEqual([99, null])
  })

  it.each([
    ['its header', { header: 'k' }],
    ['its id', { signalId: 'k' }],
    ['its natural key', { naturalKey: 'k' }],
  ])('is known again by %s', (_, key) => {
    const id = world.open({ qty: 4 })
    expect(send({ positionId: id }, percent(50), key)).toEqual(answer([id]))
    expect(send({ positionId: id }, percent(50), key)).toEqual({ ...answer([id]), duplicate: true })
    expect(view(id)?.open_qty).toBe(2)
  })

  it('with a known header or id and other content is refused; a natural key is a repeat whatever else differs', () => {
    const id = world.open({ qty: 4 })
    send({ positionId: id }, percent(50), { header: 'h', signalId: 's', naturalKey: 'n' })
    expect(send({ positionId: id }, percent(10), { header: 'h' })).toEqual({ kind: 'key_reused', field: 'Idempotency-Key' })
    expect(send({ positionId: id }, percent(10), { signalId: 's' })).toEqual({ kind: 'key_reused', field: 'signal_id' })
    expect(send({ positionId: id }, percent(10), { naturalKey: 'n' })).toMatchObject({ duplicate: true })
    expect(view(id)?.open_qty).toBe(2)
  })

  it('that changed nothing is judged again under its id; its header stands', () => {
    expect(send({ symbol: 'BTCUSDT' }, CLOSE, { signalId: 's', header: 'h' })).toEqual(answer([]))
    const id = world.open({})
    expect(send({ symbol: 'BTCUSDT' }, CLOSE, { signalId: 's', header: 'h' })).toEqual({ ...answer([]), duplicate: true })
    expect(send({ symbol: 'BTCUSDT' }, CLOSE, { signalId: 's' })).toEqual(answer([id]))
  })

  it('stands in the history of the positions it meant, as it came', () => {
    const id = world.open({})
    send({ positionId: id }, CLOSE, { note: 'target reached' })
    const events = view(id)?.events ?? []
    expect(events.filter(({ type }) => type === 'exit-signal.received' || type === 'exit.requested')).toMatchObject([
      { type: 'exit-signal.received', payload: { body: 'as sent' } },
      { type: 'exit.requested', reason: 'signal', note: 'target reached' },
    ])
  })
})
