/** Limits that depend on what the account has been through: the engine as it runs, with a clock and prices of the test's own. */
import { describe, expect, it } from 'vitest'
import { Core } from '../../machines/core.ts'
import { canonicalJson } from '../../state/canonical.ts'
import { replay } from '../../state/replay.ts'
import { EngineWorld } from '../support/engine-world.ts'

type World = EngineWorld
const HOUR = 3_600_000
let minute = 0
/** A signal nobody sent before; price 100, quantity 1, target 104.5, stop 98.5. */
const signal = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({ timestamp: new Date(Date.UTC(2026, 0, 1) + 60_000 * minute++).toISOString(), ...changes })
const reasonOf = (world: World, changes: Record<string, unknown> = {}): string => {
  const answer = world.answer(signal(changes))
  world.settle()
  return 'risk_reason' in answer ? answer.risk_reason : 'reason' in answer ? answer.reason : 'opened'
}
const ledger = (world: World) => world.engine.core.ledger('lab_dev')
const equity = (world: World): string => ledger(world).equity(world.engine.core.marks)
/** Opens, and loses `loss` by the stop that is set for it. */
function lose(world: World, symbol: string, loss: number): void {
  world.open(signal({ symbol, sl_pct: loss }))
  world.quote(symbol, 100 - loss)
}
function win(world: World, symbol: string): void {
  world.open(signal({ symbol, tp_pct: 1 }))
  world.quote(symbol, 101)
}
/** Nothing of the state is lost in a checkpoint, and a replay of the journal reaches it. */
function expectExact(world: World): void {
  world.settle()
  const { core, sequencer } = world.engine
  const dump = JSON.parse(canonicalJson(core.dump())) as ReturnType<Core['dump']>
  expect(Core.restore(dump).dump()).toEqual(core.dump())
  const again = replay({ records: () => world.store.read(1, sequencer.durableSeq), until: {} })
  expect(again.outputDifferences).toEqual([])
  expect(again.core.dump()).toEqual(core.dump())
}

describe('equity', () => {
  it('is balance, realised and open PnL, and enters by journaled marks', () => {
    const world = new EngineWorld({ MAX_DAILY_LOSS_USDT: '100' })
    expect(equity(world)).toBe('10000')
    world.open(signal())
    world.quote('BTCUSDT', 103)
    expect(equity(world)).toBe('10003')
    world.open(signal({ symbol: 'ETHUSDT', side: 'short', price: 50, qty: 2 }))
    world.quote('ETHUSDT', 50.5)
    expect(equity(world)).toBe('10002')
    world.quote('BTCUSDT', 104.5)
    expect(equity(world)).toBe('10003.5')
    expect(ledger(world).holdings.size).toBe(1)
    world.quote('ETHUSDT', 47)
    expect([equity(world), ledger(world).holdings.size, ledger(world).realisedPnl]).toEqual(['10010.5', 0, '10.5'])
    expectExact(world)
  })

  it('counts a part that was closed, and fees from the fill on', () => {
    const world = new EngineWorld({ MAX_DAILY_LOSS_USDT: '100', PAPER_BROKER: 'exchange', PAPER_TAKER_FEE_PCT: '1', PAPER_MAKER_FEE_PCT: '0' })
    world.quote('BTCUSDT', 100)
    const id = world.open(signal({ qty: 4, tp_pct: 20, sl_pct: 20 }))
    expect([equity(world), ledger(world).sessionLoss()]).toEqual(['9996', '4'])
    world.quote('BTCUSDT', 90)
    world.exits.request(id, { kind: 'partial_close', qty: '1' as never, pct: null }, { reason: 'manual', note: null })
    world.settle()
    // 4 · 100 bought with a fee of 4; 1 sold at 90 with a fee of 0.9; 3 are worth 90.
    expect([equity(world), ledger(world).sessionLoss()]).toEqual(['9955.1', '14.9'])
    expectExact(world)
  })

  it('is marked at most once a second, before every signal, and only where a limit needs it', () => {
    const marks = (environment: Record<string, string>): number => {
      const world = new EngineWorld(environment)
      world.open(signal({ tp_pct: 50, sl_pct: 50 }))
      for (let index = 0; index < 10; index += 1) world.engine.quote({ symbol: 'BTCUSDT', ts: world.clock.now(), bid: 0, ask: 0, last: 100.5 + index, mark: NaN, source: 'test', path: 'point' })
      world.open(signal({ symbol: 'ETHUSDT' }))
      return [...world.store.read(1, world.engine.sequencer.durableSeq)].filter(({ body }) => body.type === 'equity.marked').length
    }
    expect(marks({})).toBe(0)
    expect(marks({ MAX_DRAWDOWN_PCT: '50' })).toBe(2)
  })
})

describe('the daily loss', () => {
  it('counts open losses, is said once, and ends with the UTC day of the journal', () => {
    const world = new EngineWorld({ MAX_DAILY_LOSS_USDT: '5', MAX_SESSION_LOSS_PCT: '' })
    world.open(signal({ sl_pct: 20, tp_pct: 20 }))
    world.quote('BTCUSDT', 95.5)
    expect(reasonOf(world, { symbol: 'ETHUSDT' })).toBe('opened')
    world.quote('BTCUSDT', 95)
    expect(reasonOf(world, { symbol: 'SOLUSDT' })).toBe('max_daily_loss_reached (loss=5.0000, limit=5.0000)')
    world.quote('BTCUSDT', 94)
    expect(reasonOf(world, { symbol: 'SOLUSDT' })).toBe('max_daily_loss_reached (loss=6.0000, limit=5.0000)')
    expect(world.notices.filter(({ type }) => type === 'loss-limit.reached')).toEqual([
      { type: 'loss-limit.reached', accountLabel: 'lab_dev', scope: 'daily_loss', reason: 'max_daily_loss_reached (loss=5.0000, limit=5.0000)' },
    ])
    world.clock.moveTo(Date.UTC(2026, 0, 2) - 1)
    expect(reasonOf(world, { symbol: 'SOLUSDT' })).toMatch(/^max_daily_loss/)
    world.clock.moveTo(Date.UTC(2026, 0, 2))
    expect(reasonOf(world, { symbol: 'SOLUSDT' })).toBe('opened')
    expect(ledger(world).day).toMatchObject({ startEquity: '9994', signals: 1 })
    expectExact(world)
  })

  it('with LOSS_LIMIT_ACTION=halt pulls the kill switch', () => {
    const world = new EngineWorld({ MAX_DAILY_LOSS_USDT: '5', LOSS_LIMIT_ACTION: 'halt' })
    const id = world.open(signal({ sl_pct: 20, tp_pct: 20 }))
    world.quote('BTCUSDT', 95)
    expect(world.context(id)).toBeUndefined()
    expect(reasonOf(world)).toBe('halted: max_daily_loss_reached (loss=5.0000, limit=5.0000)')
    expectExact(world)
  })
})

describe('the drawdown', () => {
  it('is from the highest equity, open profit included', () => {
    const world = new EngineWorld({ MAX_DRAWDOWN_PCT: '10', PAPER_START_BALANCE_USDT: '100', MAX_SESSION_LOSS_PCT: '' })
    world.open(signal({ sl_pct: 45, tp_pct: 49 }))
    world.quote('BTCUSDT', 120)
    world.quote('BTCUSDT', 108.1)
    expect(reasonOf(world, { symbol: 'ETHUSDT' })).toBe('opened')
    world.quote('BTCUSDT', 108)
    expect(reasonOf(world, { symbol: 'SOLUSDT' })).toBe('max_drawdown_reached (drawdown_pct=10.0000, limit=10.0000)')
    expectExact(world)
  })
})

describe('signals per day', () => {
  it('are all that were judged, in all and per symbol; repeats and refused ones do not count', () => {
    const world = new EngineWorld({ RISK_MAX_ALERTS_PER_DAY: '3', RISK_MAX_ALERTS_PER_SYMBOL_PER_DAY: '2', MAX_SIZE_PER_POSITION_USDT: '100' })
    const first = signal()
    world.open(first)
    expect(world.answer(first)).toMatchObject({ duplicate: true })
    world.engine.accept({ type: 'trading.paused', accountLabel: null, reason: 'news' })
    expect(reasonOf(world)).toBe('paused: news')
    world.engine.accept({ type: 'trading.resumed', accountLabel: null, reason: 'over' })
    expect(reasonOf(world, { qty: 2 })).toMatch(/^max_size/)
    expect(reasonOf(world)).toBe('max_symbol_alerts_per_day_reached (symbol=BTCUSDT, count=2, limit=2)')
    expect(reasonOf(world, { symbol: 'ETHUSDT' })).toBe('max_alerts_per_day_reached (total=3, limit=3)')
    world.clock.moveTo(Date.UTC(2026, 0, 2))
    expect(reasonOf(world, { symbol: 'ETHUSDT' })).toBe('opened')
    expectExact(world)
  })

  it('are only noted with RISK_ALERT_LIMIT_MODE=log', () => {
    const world = new EngineWorld({ RISK_MAX_ALERTS_PER_DAY: '1', RISK_ALERT_LIMIT_MODE: 'log' })
    expect([reasonOf(world), reasonOf(world)]).toEqual(['opened', 'opened'])
    expect(world.notices.filter(({ type }) => type === 'risk.noted')).toMatchObject([{ scope: 'alerts', reason: 'max_alerts_per_day_reached (total=1, limit=1)' }])
    expectExact(world)
  })
})

describe('after closes', () => {
  it('a symbol cools down', () => {
    const world = new EngineWorld({ COOLDOWN_SEC: '60' })
    win(world, 'BTCUSDT')
    expect(reasonOf(world)).toBe('cooldown (symbol=BTCUSDT, remaining_sec=60)')
    expect(reasonOf(world, { symbol: 'ETHUSDT' })).toBe('opened')
    world.clock.moveTo(world.clock.now() + 60_000)
    expect(reasonOf(world)).toBe('opened')
    expectExact(world)
  })

  it('a streak of losses pauses entries; a win ends it', () => {
    const world = new EngineWorld({ MAX_LOSS_STREAK: '2', LOSS_STREAK_PAUSE_SEC: '3600' })
    lose(world, 'BTCUSDT', 1)
    win(world, 'BTCUSDT')
    lose(world, 'BTCUSDT', 1)
    expect(reasonOf(world)).toBe('opened')
    world.quote('BTCUSDT', 98)
    expect(reasonOf(world)).toBe('max_loss_streak_reached (streak=2, limit=2, remaining_sec=3600)')
    world.clock.moveTo(world.clock.now() + HOUR)
    expect(reasonOf(world)).toBe('opened')
    expectExact(world)
  })

  it('margin is free again, and direction counts only what is open', () => {
    const world = new EngineWorld({ RISK_CHECK_MARGIN: 'true', PAPER_START_BALANCE_USDT: '150', MAX_SAME_DIRECTION_PER_GROUP: '1', SYMBOL_GROUPS: 'BTCUSDT+ETHUSDT', MAX_SESSION_LOSS_PCT: '' })
    world.open(signal())
    expect(reasonOf(world, { symbol: 'SOLUSDT' })).toBe('insufficient_margin (needed=100.0000, free=50.0000)')
    expect(reasonOf(world, { symbol: 'ETHUSDT', qty: 0.1 })).toBe('max_same_direction_reached (group=BTCUSDT+ETHUSDT, direction=long, count=1, limit=1)')
    world.quote('BTCUSDT', 105)
    expect(reasonOf(world, { symbol: 'ETHUSDT' })).toBe('opened')
    expectExact(world)
  })
})

describe('1,000 signals at once', () => {
  it.each([
    [{ MAX_OPEN_POSITIONS: '5' }, 5],
    [{ MAX_OPEN_POSITIONS_PER_SYMBOL: '7', MAX_OPEN_POSITIONS: '' }, 7],
    [{ MAX_EXPOSURE_PER_SYMBOL_USDT: '950' }, 9],
    [{ MAX_EXPOSURE_PER_STRATEGY_USDT: '300' }, 3],
    [{ MAX_EXPOSURE_PER_ACCOUNT_USDT: '400' }, 4],
    [{ RISK_MAX_ALERTS_PER_DAY: '6' }, 6],
    [{ RISK_MAX_ALERTS_PER_SYMBOL_PER_DAY: '8' }, 8],
    [{ MAX_SAME_DIRECTION_PER_GROUP: '2' }, 2],
    [{ RISK_CHECK_MARGIN: 'true', PAPER_START_BALANCE_USDT: '199.99', MAX_SESSION_LOSS_PCT: '' }, 1],
  ])('%j holds exactly', (environment: Record<string, string>, opened) => {
    const world = new EngineWorld({ MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', ...environment })
    const answers = Array.from({ length: 1000 }, () => world.answer(signal()))
    world.settle()
    expect(answers.filter(({ risk_ok }) => risk_ok)).toHaveLength(opened)
    expect(world.engine.core.registry.size).toBe(opened)
    expectExact(world)
  })
})

describe('a position that nobody closes', () => {
  it('is said to be too old once, also after a restart', () => {
    const world = new EngineWorld({ ZOMBIE_AGE_HOURS: '2' })
    const [first, second] = [world.open(signal()), world.open(signal())]
    const openedAt = world.clock.now()
    expect(world.engine.nextTimerAt()).toBe(openedAt + 2 * HOUR)
    world.clock.moveTo(openedAt + 2 * HOUR)
    while (world.engine.fireTimer(world.clock.now()));
    world.settle()
    const said = world.notices.filter(({ type }) => type === 'position.overdue-noticed')
    expect(said).toEqual([first, second].map((positionId) => ({ type: 'position.overdue-noticed', positionId, symbol: 'BTCUSDT', hours: 2 })))
    expect(world.engine.nextTimerAt()).toBe(Infinity)
    expectExact(world)
    world.quote('BTCUSDT', 98)
    expect(world.engine.core.dump().overdue).toEqual([])
  })
})
