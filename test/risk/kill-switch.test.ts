/** The trading state: who sets it, what it does to entries and positions, who lifts it. */
import { describe, expect, it } from 'vitest'
import type { Fact } from '../../src/domain/facts.ts'
import type { Notice } from '../../src/domain/notices.ts'
import { Core } from '../../machines/core.ts'
import { canonicalJson } from '../../state/canonical.ts'
import { replay } from '../../state/replay.ts'
import { d } from '../support/builders.ts'
import { EngineWorld } from '../support/engine-world.ts'

let minute = 0
const signal = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({ timestamp: new Date(Date.UTC(2026, 0, 1) + 60_000 * minute++).toISOString(), ...changes })
const take = (world: EngineWorld, fact: Fact): void => {
  world.engine.accept(fact)
  world.settle()
}
const tradingOf = (world: EngineWorld, account = 'lab_dev') => world.engine.core.ledger(account).trading
const closes = (world: EngineWorld) => world.notices.flatMap((notice) => (notice.type === 'position.closed' ? [`${notice.positionId} ${notice.reason}`] : []))
const changes = (world: EngineWorld) => world.notices.filter((notice): notice is Extract<Notice, { type: 'trading.changed' }> => notice.type === 'trading.changed')
function expectExact(world: EngineWorld): void {
  world.settle()
  const { core, sequencer } = world.engine
  const again = replay({ records: () => world.store.read(1, sequencer.durableSeq), until: {} })
  expect(again.outputDifferences).toEqual([])
  expect(again.core.dump()).toEqual(core.dump())
  expect(Core.restore(JSON.parse(canonicalJson(core.dump())) as ReturnType<Core['dump']>).dump()).toEqual(core.dump())
}

describe('a halt by a person', () => {
  it('closes everything with the reason panic and takes no entry until it is reset', () => {
    const world = new EngineWorld()
    for (const symbol of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']) world.open(signal({ symbol }))
    world.quote('BTCUSDT', 101)
    take(world, { type: 'trading.halted', accountLabel: null, reason: 'the exchange is on fire' })
    expect(closes(world).sort()).toEqual(['1 panic', '2 panic', '3 panic'])
    expect(world.engine.core.registry.size).toBe(0)
    expect(world.answer(signal())).toEqual({ received: true, oms_enabled: false, risk_ok: false, reason: 'halted: the exchange is on fire' })
    take(world, { type: 'trading.resumed', accountLabel: null, reason: 'reflex' })
    take(world, { type: 'trading.paused', accountLabel: null, reason: 'weaker' })
    expect(tradingOf(world)).toEqual({ state: 'halted', reason: 'the exchange is on fire' })
    expect(world.answer(signal({ account_label: 'named_later' }))).toMatchObject({ oms_enabled: false })
    take(world, { type: 'kill-switch.armed', accountLabel: null, balance: null, reason: 'the fire is out' })
    expect(changes(world).map(({ accountLabel, from, to, automatic }) => [accountLabel, from, to, automatic])).toEqual([
      ['lab_dev', 'active', 'halted', false], ['lab_dev', 'halted', 'active', false], ['named_later', 'halted', 'active', false],
    ])
    expect(world.answer(signal())).toMatchObject({ risk_ok: true })
    expect(world.answer(signal({ account_label: 'named_later' }))).toMatchObject({ risk_ok: true })
    expectExact(world)
  })

  it('of one account leaves the others alone', () => {
    const world = new EngineWorld()
    world.open(signal({ account_label: 'one' }))
    const other = world.open(signal({ account_label: 'two' }))
    take(world, { type: 'trading.halted', accountLabel: 'one', reason: 'only this' })
    expect(closes(world)).toEqual(['1 panic'])
    expect(world.context(other)).toBeDefined()
    expect([tradingOf(world, 'one').state, tradingOf(world, 'two').state, tradingOf(world).state]).toEqual(['halted', 'active', 'active'])
    expectExact(world)
  })

  it('takes back an entry that is not filled, and leaves a close that is under way alone', () => {
    const world = new EngineWorld({ PAPER_BROKER: 'exchange' })
    // Nothing is quoted: the entry waits at the broker.
    const waiting = world.answer(signal())
    world.settle()
    expect(waiting).toMatchObject({ risk_ok: true })
    take(world, { type: 'trading.halted', accountLabel: null, reason: 'stop' })
    expect(world.notices.some((notice) => notice.type === 'position.cancelled')).toBe(true)
    expect([world.engine.core.registry.size, world.engine.core.ledger('lab_dev').openCount]).toEqual([0, 0])
    expectExact(world)
  })
})

describe('the kill switch', () => {
  const lose = (world: EngineWorld, symbol: string, loss: number): void => {
    world.open(signal({ symbol, sl_pct: loss }))
    world.quote(symbol, 100 - loss)
  }

  it('trips at the limit exactly: 5 % of the balance at arming, realised', () => {
    const world = new EngineWorld({ PAPER_START_BALANCE_USDT: '1000', MAX_LEVEL_PCT: '60' })
    lose(world, 'BTCUSDT', 49.99)
    expect(tradingOf(world).state).toBe('active')
    const open = world.open(signal({ symbol: 'ETHUSDT' }))
    const bystander = world.open(signal({ symbol: 'SOLUSDT' }))
    world.exits.request(open, { kind: 'levels', stopPrice: d('99.99') }, { reason: 'manual', note: 'to the cent' })
    world.settle()
    world.quote('ETHUSDT', 99.99)
    expect(tradingOf(world)).toEqual({ state: 'halted', reason: 'max_session_loss_reached (loss=50.0000, limit=50.0000)' })
    expect(closes(world)).toContain(`${bystander} kill_switch`)
    expect(changes(world)).toMatchObject([{ from: 'active', to: 'halted', automatic: true }])
    expect(world.answer(signal())).toMatchObject({ oms_enabled: false, reason: 'halted: max_session_loss_reached (loss=50.0000, limit=50.0000)' })
    expectExact(world)
  })

  it('counts anew from a reset, in percent of what is left; a paper account keeps its book', () => {
    const world = new EngineWorld({ PAPER_START_BALANCE_USDT: '1000' })
    lose(world, 'BTCUSDT', 50)
    expect(tradingOf(world).state).toBe('halted')
    take(world, { type: 'kill-switch.armed', accountLabel: null, balance: null, reason: 'stop was too wide' })
    expect(world.engine.core.ledger('lab_dev').armed).toMatchObject({ balance: '950', realised: '-50' })
    lose(world, 'BTCUSDT', 47)
    expect(tradingOf(world).state).toBe('active')
    lose(world, 'BTCUSDT', 0.5)
    expect(tradingOf(world)).toMatchObject({ state: 'halted', reason: 'max_session_loss_reached (loss=47.5000, limit=47.5000)' })
    expectExact(world)
  })

  it('takes the venue\'s word for the balance, and leaves equity at it', () => {
    const world = new EngineWorld()
    lose(world, 'BTCUSDT', 10)
    take(world, { type: 'kill-switch.armed', accountLabel: 'lab_dev', balance: d(100), reason: 'armed' })
    const { core } = world.engine
    expect([core.ledger('lab_dev').armed.balance, core.ledger('lab_dev').equity(core.marks)]).toEqual(['100', '100'])
    lose(world, 'BTCUSDT', 5)
    expect(tradingOf(world).state).toBe('halted')
    expectExact(world)
  })

  it('is off without a limit', () => {
    const world = new EngineWorld({ PAPER_START_BALANCE_USDT: '100', MAX_SESSION_LOSS_PCT: '' })
    lose(world, 'BTCUSDT', 50)
    expect(tradingOf(world).state).toBe('active')
  })

  it('of one account leaves the others alone', () => {
    const world = new EngineWorld({ PAPER_START_BALANCE_USDT: '1000' })
    const other = world.open(signal({ account_label: 'two', symbol: 'ETHUSDT' }))
    lose(world, 'BTCUSDT', 50)
    expect([tradingOf(world).state, tradingOf(world, 'two').state]).toEqual(['halted', 'active'])
    expect(world.context(other)).toBeDefined()
  })
})

describe('a journal from before the limits', () => {
  it('folds as if none of them were set', () => {
    const world = new EngineWorld({ MAX_DAILY_LOSS_USDT: '1' })
    const { limits: { maxOpenPositions, maxOpenPositionsPerSymbol, maxSizePerPositionUsdt, maxExposurePerSymbolUsdt, maxExposurePerStrategyUsdt }, ...settings } = world.engine.core.settings
    const old = { maxOpenPositions, maxOpenPositionsPerSymbol, maxSizePerPositionUsdt, maxExposurePerSymbolUsdt, maxExposurePerStrategyUsdt }
    take(world, { type: 'settings.changed', settings: { ...settings, limits: old } } as Fact)
    world.open(signal({ sl_pct: 50 }))
    world.quote('BTCUSDT', 50)
    expect([tradingOf(world).state, world.answer(signal())]).toMatchObject(['active', { risk_ok: true }])
    expectExact(world)
  })
})
