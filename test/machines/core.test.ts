/** The fold as tables: what a signal is answered, what accounts and trading states do. */
import { describe, expect, it } from 'vitest'
import { subtract } from '../../src/domain/decimal.ts'
import type { Fact } from '../../src/domain/facts.ts'
import type { ClientOrderId, PositionId, TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import type { Signal } from '../../src/domain/signal.ts'
import { Core } from '../../machines/core.ts'
import { JOURNAL, aSettings, aSignal, d } from '../support/builders.ts'

function aCore(settings = aSettings()): { core: Core; apply: (fact: Fact) => ReturnType<Core['apply']> } {
  const core = new Core()
  let seq = 0
  const apply = (fact: Fact): ReturnType<Core['apply']> => core.apply({ ...fact, seq: ++seq, at: 1000 + seq })
  apply({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
  apply({ type: 'settings.changed', settings })
  return { core, apply }
}

const received = (signal: Signal): Fact => ({ type: 'signal.received', kind: 'bounce_signal', signal, payload: {}, idempotencyKey: null, duplicateOf: null })
const answerOf = ({ outputs }: ReturnType<Core['apply']>): unknown => {
  const found = outputs.find((output) => output.kind === 'notice' && output.body.type === 'signal.answered')
  return found?.body.type === 'signal.answered' ? found.body.answer : undefined
}

describe('a signal', () => {
  it('opens and is answered with the ids and levels', () => {
    const { apply } = aCore()
    expect(answerOf(apply(received(aSignal())))).toEqual({
      received: true, oms_enabled: true, risk_ok: true, order_id: 1, position_id: 1, tp_price: 104.5, sl_price: 98.5, exit_strategy: 'tp_sl_static', state: 'pending',
    })
  })

  it.each([
    ['max_total_open_reached (total=2, limit=2)', { maxOpenPositions: 2 }, {}],
    ['max_symbol_open_reached (symbol=BTCUSDT, count=2, limit=2)', { maxOpenPositionsPerSymbol: 2 }, {}],
    ['max_size_per_position_exceeded (notional=60000.0000, limit=1000.0000)', { maxSizePerPositionUsdt: d(1000) }, { qty: d(600) }],
    ['max_symbol_exposure_exceeded (symbol=BTCUSDT, exposure=300.0000, limit=250.0000)', { maxExposurePerSymbolUsdt: d(250) }, {}],
    ['max_strategy_exposure_exceeded (strategy=bounce_ema10_strict, exposure=300.0000, limit=250.0000)', { maxExposurePerStrategyUsdt: d(250) }, {}],
  ])('is blocked: %s', (reason, limits, signal) => {
    const base = aSettings()
    const { core, apply } = aCore(aSettings({ limits: { ...base.limits, ...limits } }))
    apply(received(aSignal()))
    apply(received(aSignal()))
    expect(answerOf(apply(received(aSignal(signal))))).toEqual({ received: true, oms_enabled: true, risk_ok: false, risk_reason: reason })
    expect(core.registry.size).toBe(2)
  })

  it('at a limit exactly passes: counts block at the limit, notionals above it', () => {
    const { apply } = aCore(aSettings({ limits: { ...aSettings().limits, maxSizePerPositionUsdt: d(100) } }))
    expect(answerOf(apply(received(aSignal())))).toMatchObject({ risk_ok: true })
  })

  it('is not traded while the OMS is disabled or trading is paused', () => {
    const disabled = aCore(aSettings({ omsEnabled: false }))
    expect(answerOf(disabled.apply(received(aSignal())))).toMatchObject({ oms_enabled: false, risk_ok: false })
    const paused = aCore()
    paused.apply({ type: 'trading.paused', accountLabel: 'lab_dev', reason: 'news' })
    expect(answerOf(paused.apply(received(aSignal())))).toEqual({ received: true, oms_enabled: false, risk_ok: false, reason: 'paused: news' })
    paused.apply({ type: 'trading.resumed', accountLabel: 'lab_dev', reason: 'over' })
    expect(answerOf(paused.apply(received(aSignal())))).toMatchObject({ risk_ok: true })
  })

  it('for an account named for the first time meets a pause of the service too', () => {
    const { apply } = aCore()
    apply({ type: 'trading.paused', accountLabel: null, reason: 'news' })
    expect(answerOf(apply(received(aSignal({ accountLabel: 'second' }))))).toMatchObject({ oms_enabled: false, reason: 'paused: news' })
  })

  it('counts against the limits of its own account only', () => {
    const { apply } = aCore(aSettings({ limits: { ...aSettings().limits, maxOpenPositions: 1 } }))
    apply(received(aSignal()))
    expect(answerOf(apply(received(aSignal())))).toMatchObject({ risk_ok: false })
    expect(answerOf(apply(received(aSignal({ accountLabel: 'second' }))))).toMatchObject({ risk_ok: true })
  })
})

describe('the state', () => {
  it('survives a dump and a restore unchanged', () => {
    const { core, apply } = aCore()
    apply(received(aSignal()))
    apply({ type: 'price.peaked', symbol: 'BTCUSDT', high: d(101), low: d(99) })
    apply({ type: 'price.pinned', price: d(100) })
    apply({ type: 'trading.paused', accountLabel: null, reason: 'news' })
    apply({ type: 'trading.halted', accountLabel: 'lab_dev', reason: 'fire', closesApart: true })
    const dump = JSON.parse(JSON.stringify(core.dump())) as ReturnType<Core['dump']>
    expect(Core.restore(dump).dump()).toEqual(core.dump())
  })

  it('counts funding from when it is settled, and once', () => {
    const { core, apply } = aCore()
    apply(received(aSignal()))
    const [positionId, order] = [1 as PositionId, (role: string) => `${JOURNAL}-1-${role}` as ClientOrderId]
    const fill = (tradeId: string, role: string): Fact => ({ type: 'order.filled', positionId, clientOrderId: order(role), venueOrderId: 'v' as VenueOrderId, tradeId: tradeId as TradeId, qty: d(1), price: d(100), fee: d(0), liquidity: 'taker' })
    const money = (): unknown => {
      const { realisedPnl, openRealised } = core.ledger('lab_dev')
      return [subtract(core.ledger('lab_dev').equity(core.marks), core.ledger('lab_dev').startBalance), core.ledger('lab_dev').sessionLoss(), realisedPnl, openRealised]
    }
    apply(fill('t1', 'e1'))
    expect(money()).toEqual(['0', '0', '0', '0'])
    apply({ type: 'funding.settled', positionId, fundingId: 'f', amount: d(0.5) })
    expect(money()).toEqual(['-0.5', '0.5', '0', '-0.5'])
    apply({ type: 'exit.requested', positionId, reason: 'manual', qty: null, note: null })
    apply(fill('t2', 'c1'))
    apply({ type: 'position.reported', positionId, qty: d(0) })
    apply({ type: 'order.rejected', positionId, clientOrderId: order('s1'), code: 'refused', message: 'no' })
    expect(money()).toEqual(['-0.5', '0.5', '-0.5', '0'])
  })

  it('forgets reservations with the positions that held them', () => {
    const { core, apply } = aCore()
    apply(received(aSignal()))
    expect(core.ledger('lab_dev').openCount).toBe(1)
    apply({ type: 'order.rejected', positionId: 1 as never, clientOrderId: 'abcdef-1-e1' as never, code: 'refused', message: 'no' })
    const ledger = core.ledger('lab_dev')
    expect([ledger.openCount, ledger.openBySymbol.size, ledger.notionalBySymbol.size, ledger.notionalByStrategy.size, core.registry.size]).toEqual([0, 0, 0, 0, 0])
  })
})
