/** Facts that are no report about an order: what each does to the state, and what is said of it. */
import { describe, expect, it } from 'vitest'
import type { Fact, PositionAdopted, StrayFilled } from '../../src/domain/facts.ts'
import type { ClientOrderId, PositionId, TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import { Core } from '../../machines/core.ts'
import { stateOf } from '../../machines/registry.ts'
import { JOURNAL, aSettings, aSignal, d } from '../support/builders.ts'

/** A core, and what each fact made it say: positions' commands and notices by name. */
function aCore(settings = aSettings()) {
  const core = new Core()
  let seq = 0
  const apply = (fact: Fact) => core.apply({ ...fact, seq: ++seq, at: 1000 + seq })
  const said = (fact: Fact): string => apply(fact).outputs.map(({ body }) => `${'positionId' in body && body.type !== 'order.submit' ? `${body.positionId} ` : ''}${body.type === 'order.submit' ? `${body.clientOrderId} ${body.side} ${body.qty}` : body.type}`).join(', ')
  apply({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
  apply({ type: 'settings.changed', settings })
  const state = (id: number): string | undefined => {
    const snapshot = core.registry.get(id as PositionId)
    return snapshot && stateOf(snapshot)
  }
  return { core, apply, said, state }
}
let timestampMs = 0
const signal = (changes: Parameters<typeof aSignal>[0] = {}): Fact => ({ type: 'signal.received', kind: 'bounce_signal', signal: aSignal({ timestampMs: timestampMs++, ...changes }), payload: {}, idempotencyKey: null, duplicateOf: null })
const filled = (id: number, role: string, qty: number, price: number): Fact => ({
  type: 'order.filled', positionId: id as PositionId, clientOrderId: `${JOURNAL}-${id}-${role}` as ClientOrderId, venueOrderId: 'v' as VenueOrderId, tradeId: `${id}-${role}` as TradeId, qty: d(qty), price: d(price), fee: d(0), liquidity: 'taker',
})
const HELD = { accountLabel: 'lab_dev', exchange: 'bybit', strategy: 'by_hand', symbol: 'ETHUSDT', direction: 'short', qty: d(2), price: d(50) } as const
const stray: StrayFilled = { ...HELD, type: 'stray.filled', clientOrderId: 'zzzzzz-9-e1' as ClientOrderId, tradeId: 'late' as TradeId, fee: d('0.1') }
const adopted: PositionAdopted = { ...HELD, type: 'position.adopted', stopPrice: d(52), targetPrice: d(45), note: 'mine from now on' }

describe('a fill for a finished position', () => {
  it('is a position of its own that is closed at once, and counts for the account', () => {
    const { core, said, state } = aCore()
    expect(said(stray)).toBe('1 position.moved, 1 stray-fill.noticed, abcdef-1-c1 buy 2')
    const { context } = core.registry.get(1 as PositionId) as never as { context: { signal: unknown } }
    expect(context).toMatchObject({ stray: true, entryQty: '2', entryValue: '100', fees: '0.1', firstFillAt: 1003, firstFillSeq: 0, closing: { reason: 'stray_fill' }, signal: { symbol: 'ETHUSDT', direction: 'short', slPrice: '50', targets: [], exitStrategy: 'tp_sl_static', timestampMs: null } })
    expect([state(1), core.ledger('lab_dev').openCount, core.ledger('lab_dev').equity(core.marks)]).toEqual(['rolling-back', 1, '9999.9'])
    expect(said(filled(1, 'c1', 2, 49))).toBe('1 position.query')
    expect(said({ type: 'position.reported', positionId: 1 as PositionId, qty: d(0) })).toBe('1 position.moved, 1 position.closed, 1 position.retired')
    expect([core.ledger('lab_dev').openCount, core.ledger('lab_dev').realisedPnl]).toEqual([0, '1.9'])
  })

  it('that the venue took back is told first', () => {
    expect(aCore().said({ ...stray, voids: 'taken' as TradeId })).toMatch(/voided-fill\.noticed.*stray-fill\.noticed/)
  })

  it('opens one position, however often it is reported', () => {
    const { core, said } = aCore()
    said(stray)
    expect([said(stray), core.registry.size]).toEqual(['', 1])
    expect([said({ ...stray, tradeId: 'another' as TradeId }), core.registry.size]).toEqual(['2 position.moved, 2 stray-fill.noticed, abcdef-2-c1 buy 2', 2])
  })
})

describe('a position that a person hands over', () => {
  it('is held already: it gets its stop and its target, and no entry leaves', () => {
    const { core, said, state } = aCore()
    expect(said(adopted)).toBe('1 position.moved, 1 position.opened, abcdef-1-s1 buy 2')
    expect(said({ type: 'order.accepted', positionId: 1 as PositionId, clientOrderId: 'abcdef-1-s1' as ClientOrderId, venueOrderId: 'v' as VenueOrderId })).toBe('1 position.moved, 1 position.protected, abcdef-1-t1 buy 2')
    expect(core.registry.get(1 as PositionId)?.context).toMatchObject({ stray: false, entryQty: '2', stopPrice: '52', targets: [{ price: '45', sharePct: '100' }], orders: [{ clientOrderId: 'adopted-1', role: 'entry', side: 'sell', status: 'filled' }, {}, {}], fills: [{ tradeId: 'adopted-1', qty: '2', price: '50', fee: '0' }] })
    expect([state(1), core.marks.get('ETHUSDT'), core.ledger('lab_dev').openBySymbol.get('ETHUSDT')]).toEqual(['sl-placed', '50', 1])
  })

  it('may have no target', () => {
    const { core, said } = aCore()
    said({ ...adopted, targetPrice: null })
    expect(core.registry.get(1 as PositionId)?.context.targets).toEqual([])
  })

  it('that trails begins at the price it was held at', () => {
    const { core, said } = aCore()
    said(adopted)
    expect(core.registry.get(1 as PositionId)?.context.extremes).toBeNull()
  })
})

describe('a position that is too old', () => {
  it('is said once; one that nobody knows is not said at all', () => {
    const { core, said } = aCore()
    said(signal())
    const overdue = (id: number): string => said({ type: 'position.overdue', positionId: id as PositionId, hours: 24 })
    expect([overdue(1), overdue(1), overdue(2), core.isOverdue(1 as PositionId), core.isOverdue(2 as PositionId)]).toEqual(['1 position.overdue-noticed', '', '', true, false])
    expect(Core.restore(core.dump()).isOverdue(1 as PositionId)).toBe(true)
  })

  it('is forgotten when it leaves', () => {
    const { core, said } = aCore()
    said(signal())
    said({ type: 'position.overdue', positionId: 1 as PositionId, hours: 24 })
    said({ type: 'order.rejected', positionId: 1 as PositionId, clientOrderId: 'abcdef-1-e1' as ClientOrderId, code: 'refused', message: 'no' })
    expect([core.registry.size, core.isOverdue(1 as PositionId)]).toEqual([0, false])
  })
})

describe('a halt', () => {
  const halted = { type: 'trading.halted', accountLabel: null, reason: 'enough' } as const

  it('closes all that is open, in the order of their ids', () => {
    const { core, apply, said } = aCore()
    for (let count = 0; count < 3; count++) apply(signal({ symbol: `S${count}` }))
    for (const id of [3, 1, 2]) apply(filled(id, 'e1', 1, 100))
    expect(said(halted)).toBe('trading.changed, 1 position.moved, abcdef-1-c1 sell 1, 2 position.moved, abcdef-2-c1 sell 1, 3 position.moved, abcdef-3-c1 sell 1')
    expect([core.registry.get(2 as PositionId)?.context.closing?.reason, core.ledger('lab_dev').trading]).toEqual(['panic', { state: 'halted', reason: 'enough' }])
    expect(said(halted)).toBe('trading.changed')
    expect(said({ type: 'kill-switch.armed', accountLabel: null, balance: null, reason: 'looked at' })).toBe('trading.changed')
    expect(core.ledger('lab_dev').trading.state).toBe('active')
  })

  it('by a loss closes all of that account, as the kill switch', () => {
    const { core, apply, said } = aCore(aSettings({ limits: { ...aSettings().limits, maxDailyLossUsdt: d(5), lossLimitAction: 'halt' } }))
    for (const accountLabel of ['lab_dev', 'lab_dev', 'second']) apply(signal({ accountLabel, symbol: `of ${accountLabel}` }))
    for (const id of [1, 2, 3]) apply(filled(id, 'e1', 1, 100))
    expect(said({ type: 'equity.marked', marks: [['of lab_dev', d(97)]] })).toBe('loss-limit.reached, trading.changed, 1 position.moved, abcdef-1-c1 sell 1, 2 position.moved, abcdef-2-c1 sell 1')
    expect([1, 2, 3].map((id) => core.registry.get(id as PositionId)?.context.closing?.reason)).toEqual(['kill_switch', 'kill_switch', undefined])
  })

  it('whose closes are facts of their own closes nothing itself', () => {
    const { apply, said, state } = aCore()
    apply(signal())
    apply(filled(1, 'e1', 1, 100))
    expect([said({ ...halted, closesApart: true }), state(1)]).toEqual(['trading.changed', 'entry-filled'])
  })

  it('of another account, or of a position on its way out, asks for nothing', () => {
    const { apply, said } = aCore()
    apply(signal())
    apply(filled(1, 'e1', 1, 100))
    expect(said({ ...halted, accountLabel: 'second' })).toBe('trading.changed')
    apply({ type: 'exit.requested', positionId: 1 as PositionId, reason: 'manual', qty: null, note: null })
    expect(said({ ...halted, accountLabel: 'lab_dev' })).toBe('trading.changed')
  })

  it('skips a position that this fact has made throw before', () => {
    const { core, apply, said } = aCore()
    apply(signal())
    core.skip(4, 1 as PositionId)
    expect(said(halted)).toBe('trading.changed')
  })
})

describe('a restart', () => {
  it('asks for every order whose fate is unknown, in the order of the ids, and for nothing else', () => {
    const { apply, said } = aCore()
    for (let count = 0; count < 3; count++) apply(signal({ symbol: `S${count}` }))
    apply({ type: 'order.accepted', positionId: 2 as PositionId, clientOrderId: 'abcdef-2-e1' as ClientOrderId, venueOrderId: 'v' as VenueOrderId })
    const started = { type: 'run.started', version: 'test', machineVersion: 1 } as const
    expect(said(started)).toBe('1 order.query, 3 order.query')
    expect(said(started)).toBe('1 order.query, 3 order.query')
  })

  it.each<readonly [string, Fact, string]>([
    ['a cancel that was under way', { type: 'exit.requested', positionId: 1 as PositionId, reason: 'manual', qty: null, note: null }, '1 order.cancel'],
    ['nothing where everything is known', { type: 'price.pinned', price: null }, ''],
  ])('asks again for %s', (_, before, asked) => {
    const { apply, said } = aCore()
    apply(signal())
    apply({ type: 'order.accepted', positionId: 1 as PositionId, clientOrderId: 'abcdef-1-e1' as ClientOrderId, venueOrderId: 'v' as VenueOrderId })
    apply(before)
    expect(said({ type: 'run.started', version: 'test', machineVersion: 1 })).toBe(asked)
  })

  it('with a clock behind the last one\'s reaches positions that wait for a deadline, and no others', () => {
    const { core, apply } = aCore()
    for (const fact of [signal(), signal()]) apply(fact)
    for (const id of [1, 2]) apply({ type: 'order.accepted', positionId: id as PositionId, clientOrderId: `abcdef-${id}-e1` as ClientOrderId, venueOrderId: 'v' as VenueOrderId })
    for (const fact of [filled(2, 'e1', 1, 100), { type: 'order.accepted', positionId: 2, clientOrderId: 'abcdef-2-s1', venueOrderId: 'v' }, { type: 'order.accepted', positionId: 2, clientOrderId: 'abcdef-2-t1', venueOrderId: 'v' }]) apply(fact as Fact)
    const started = (at: number) => core.apply({ type: 'run.started', version: 'test', machineVersion: 1, seq: 99, at }).touched.map(({ context }) => [context.id, context.deadlines])
    expect(started(5000)).toEqual([])
    expect(started(500)).toEqual([[1, { entry: 31_003 - 505 }]])
  })

  it('asks again for the proof that nothing is held', () => {
    const { apply, said } = aCore()
    for (const fact of [signal(), filled(1, 'e1', 1, 98), filled(1, 'c1', 1, 98)]) apply(fact)
    expect(said({ type: 'run.started', version: 'test', machineVersion: 1 })).toBe('1 position.query')
  })
})

describe('other facts', () => {
  it.each<readonly [string, Fact, string]>([
    ['what a comparison with the account found is said', { type: 'account.compared', findings: [] }, 'reconciliation.found'],
    ['a condition that begins is said', { type: 'condition.raised', kind: 'PRICE_STALE', subject: 'BTCUSDT', severity: 'urgent', detail: '' }, 'condition.raised'],
    ['a condition that ends and did not stand is not', { type: 'condition.cleared', kind: 'PRICE_STALE', subject: 'BTCUSDT' }, ''],
    ['a signal for open positions asks by the facts behind it', { type: 'exit-signal.received', signal: {} as never, payload: {}, idempotencyKey: null, answer: { received: true, matched: 0, positions: [], refused: [] } }, ''],
    ['the life of the process is no state: it was compared', { type: 'run.reconciled' }, ''],
    ['nor that it stops', { type: 'run.stopping' }, ''],
    ['a price of the simulator', { type: 'price.pinned', price: d(7) }, ''],
    ['a report for a position that is not there is told', { type: 'position.reported', positionId: 7 as PositionId, qty: d(0) }, '7 fact.ignored'],
    ['a failure of a position that is not there is nothing', { type: 'fact.failed', failedSeq: 1, positionId: 7 as PositionId, error: 'boom' }, ''],
  ])('%s', (_, fact, expected) => expect(aCore().said(fact)).toBe(expected))

  it('a repeated signal opens nothing, an entry that was refused is counted', () => {
    const { core, apply, said } = aCore()
    expect([said({ ...signal(), duplicateOf: 2 } as Fact), core.registry.size]).toEqual(['', 0])
    expect(apply(signal()).touched.map(({ context }) => context.id)).toEqual([1])
    const ended = apply({ type: 'order.rejected', positionId: 1 as PositionId, clientOrderId: 'abcdef-1-e1' as ClientOrderId, code: 'refused', message: 'no' })
    expect([ended.touched.length, core.ledger('lab_dev').cancelledCount, core.ledger('lab_dev').openCount]).toEqual([1, 1, 0])
  })

  it('somebody else\'s fill is a mark too', () => {
    const { core, apply } = aCore()
    for (const fact of [signal(), filled(1, 'e1', 1, 100)]) apply(fact)
    apply({ type: 'external.filled', positionId: 1 as PositionId, venueOrderId: null, tradeId: 'x' as TradeId, qty: d('0.5'), price: d(104), fee: d(0), liquidity: 'taker', cause: 'external' })
    expect([core.marks.get('BTCUSDT'), core.ledger('lab_dev').equity(core.marks)]).toEqual(['104', '10004'])
  })

  it('of an unknown kind is the failure of its position, not of the service', () => {
    const { apply } = aCore()
    apply(signal())
    expect(apply({ type: 'moon.landed', positionId: 1 } as never)).toMatchObject({ outputs: [], failures: [{ positionId: 1, error: expect.stringContaining('unexpected case') as string }] })
  })

  it('a journal is created once', () => {
    const { apply, core } = aCore()
    expect(() => apply({ type: 'journal.created', journalId: JOURNAL, clock: 'real' })).toThrow('created once')
    expect([core.journalId, core.clock, new Core().hasSettings, core.hasSettings]).toEqual([JOURNAL, 'virtual', false, true])
    expect(() => new Core().settings).toThrow('settings.changed came first')
    const early = new Core()
    early.apply({ type: 'settings.changed', settings: aSettings(), seq: 1, at: 1 })
    expect(() => early.apply({ ...signal(), seq: 2, at: 2 })).toThrow('journal.created came first')
  })
})

describe('the whole state', () => {
  const symbols = ['SOLUSDT', 'BTCUSDT', 'ETHUSDT']
  /** Positions, accounts, strategies, marks, peaks, strays and alerts in this order. */
  function lived(order: readonly string[]): Core {
    const { core, apply } = aCore(aSettings({ limits: { ...aSettings().limits, maxDrawdownPct: d(90) } }))
    const ids = new Map<string, number>()
    for (const symbol of order) {
      apply(signal({ symbol, accountLabel: `of ${symbol}`, strategy: `on ${symbol}` }))
      ids.set(symbol, core.lastPositionId)
    }
    for (const symbol of order) {
      const id = ids.get(symbol) as number
      apply(filled(id, 'e1', 1, 98))
      apply(filled(id, 'c1', 1, 97))
      apply({ type: 'position.reported', positionId: id as PositionId, qty: d(0) })
      apply({ type: 'price.peaked', symbol, high: d(101), low: d(99) })
      apply({ ...stray, symbol, tradeId: symbol as TradeId })
      apply({ type: 'condition.raised', kind: 'PRICE_STALE', subject: symbol, severity: 'urgent', detail: '' })
      apply({ type: 'alerts.delivered', lane: symbol, upTo: 1 })
    }
    return core
  }

  it('is dumped in one order, whatever the order of the facts, and restored to the letter', () => {
    const [one, other] = [lived(symbols).dump(), lived([...symbols].reverse()).dump()]
    const names = (dump: typeof one) => [dump.signalPrices, dump.accounts.marks, dump.accounts.results, dump.peaks.bySymbol, dump.alerts?.delivered].map((pairs) => pairs?.map(([name]) => name))
    expect(names(one)).toEqual(names(other))
    expect(names(one)).toEqual(names(one).map((each) => each?.toSorted()))
    expect(one.accounts.ledgers.map(({ accountLabel }) => accountLabel)).toEqual(['lab_dev', ...symbols.map((symbol) => `of ${symbol}`).sort()])
    expect([one.strayTrades, one.alerts?.standing.map(({ subject }) => subject)]).toEqual([[...symbols].sort(), [...symbols].sort()])
    const restored = Core.restore(JSON.parse(JSON.stringify(one)) as typeof one)
    expect(restored.dump()).toEqual(one)
    // A stray fill that is known is known after the restart too.
    expect(restored.apply({ ...stray, tradeId: 'BTCUSDT' as TradeId, seq: 999, at: 9999 }).outputs).toEqual([])
  })

  it('equity is marked for accounts that hold something only', () => {
    const { core, apply } = aCore(aSettings({ limits: { ...aSettings().limits, maxDailyLossUsdt: d(5) } }))
    apply(signal())
    apply(filled(1, 'e1', 1, 100))
    apply(signal({ accountLabel: 'second', symbol: 'ETHUSDT' }))
    const marked = apply({ type: 'equity.marked', marks: [['BTCUSDT', d(94)]] })
    expect(marked.outputs.map(({ body }) => body)).toMatchObject([{ type: 'loss-limit.reached', accountLabel: 'lab_dev', scope: 'daily_loss' }])
    expect([core.ledger('lab_dev').equity(core.marks), core.ledger('second').equity(core.marks), core.ledger('third').startBalance]).toEqual(['9994', '10000', '10000'])
    expect([...core.ledgers.keys()]).toEqual(['lab_dev', 'second'])
  })
})

it('a signal without a target is answered so', () => {
  const { apply } = aCore()
  expect(apply(signal({ targets: [] })).outputs[0]).toMatchObject({ body: { type: 'signal.answered', answer: { tp_price: null, sl_price: 98.5 } } })
})
