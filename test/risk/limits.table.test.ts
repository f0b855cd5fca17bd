/** Every limit at its exact edge: the last value that passes, and the first that does not. */
import { describe, expect, it } from 'vitest'
import { RISK_SCOPES } from '../../src/risk/risk-check.ts'
import { RISK_CHECKS, assess, explain } from '../../src/risk/risk-engine.ts'
import { d } from '../support/builders.ts'
import { NOW, aSubject, type Given } from './subject.ts'

/** Signals cost 100 (price 100, quantity 1) and have their stop at 98.5 where nothing else is said. */
type Row = readonly [scope: (typeof RISK_SCOPES)[number], passes: Given, blocked: Given, reason: string]

const LIVE: Given = { live: true, limits: { liveStrategies: ['bounce_ema10_strict'], liveSymbols: ['BTCUSDT'] } }
const live = (given: Given): Given => ({ ...LIVE, ...given, limits: { ...LIVE.limits, ...given.limits } })
const adaptive = { minTrades: 3, minProfitFactor: d(1) }
const tenth = '0.0001'

const ROWS: readonly Row[] = [
  ['total', { limits: { maxOpenPositions: 2 }, account: { openCount: 1 } }, { limits: { maxOpenPositions: 2 }, account: { openCount: 2 } }, 'max_total_open_reached (total=2, limit=2)'],
  [
    'symbol', { limits: { maxOpenPositionsPerSymbol: 3 }, account: { openBySymbol: new Map([['BTCUSDT', 2], ['ETHUSDT', 9]]) } },
    { limits: { maxOpenPositionsPerSymbol: 3 }, account: { openBySymbol: new Map([['BTCUSDT', 3]]) } }, 'max_symbol_open_reached (symbol=BTCUSDT, count=3, limit=3)',
  ],
  ['size', { limits: { maxSizePerPositionUsdt: d(100) } }, { limits: { maxSizePerPositionUsdt: d('99.9999') } }, 'max_size_per_position_exceeded (notional=100.0000, limit=99.9999)'],
  ['minimum', { signal: { qty: d(tenth) } }, { signal: { qty: d(0) } }, 'below_minimum (symbol=BTCUSDT, qty=0)'],
  [
    'symbol_exposure', { limits: { maxExposurePerSymbolUsdt: d(300) }, account: { notionalBySymbol: new Map([['BTCUSDT', d(200)]]) } },
    { limits: { maxExposurePerSymbolUsdt: d(300) }, account: { notionalBySymbol: new Map([['BTCUSDT', d('200.0001')]]) } }, 'max_symbol_exposure_exceeded (symbol=BTCUSDT, exposure=300.0001, limit=300.0000)',
  ],
  [
    'strategy_exposure', { limits: { maxExposurePerStrategyUsdt: d(300) }, account: { notionalByStrategy: new Map([['bounce_ema10_strict', d(200)]]) } },
    { limits: { maxExposurePerStrategyUsdt: d(300) }, account: { notionalByStrategy: new Map([['bounce_ema10_strict', d('200.0001')]]) } },
    'max_strategy_exposure_exceeded (strategy=bounce_ema10_strict, exposure=300.0001, limit=300.0000)',
  ],
  [
    'account_exposure', { limits: { maxExposurePerAccountUsdt: d(300) }, account: { notional: d(200) } }, { limits: { maxExposurePerAccountUsdt: d(300) }, account: { notional: d('200.0001') } },
    'max_account_exposure_exceeded (exposure=300.0001, limit=300.0000)',
  ],
  ['alerts', { limits: { maxAlertsPerDay: 5 }, account: signals(4) }, { limits: { maxAlertsPerDay: 5 }, account: signals(5) }, 'max_alerts_per_day_reached (total=5, limit=5)'],
  [
    'symbol_alerts', { limits: { maxAlertsPerSymbolPerDay: 2 }, account: signals(1) }, { limits: { maxAlertsPerSymbolPerDay: 2 }, account: signals(2) },
    'max_symbol_alerts_per_day_reached (symbol=BTCUSDT, count=2, limit=2)',
  ],
  ['daily_loss', { limits: { maxDailyLossUsdt: d(5) }, equity: d('995.0001') }, { limits: { maxDailyLossUsdt: d(5) }, equity: d(995) }, 'max_daily_loss_reached (loss=5.0000, limit=5.0000)'],
  ['drawdown', { limits: { maxDrawdownPct: d(10) }, equity: d('900.0001') }, { limits: { maxDrawdownPct: d(10) }, equity: d(900) }, 'max_drawdown_reached (drawdown_pct=10.0000, limit=10.0000)'],
  [
    'margin', { limits: { checkMargin: true, leverage: d(2) }, account: { notional: d(1900) } }, { limits: { checkMargin: true, leverage: d(2) }, account: { notional: d('1900.0001') } },
    'insufficient_margin (needed=50.0000, free=50.0000)',
  ],
  ['live_position', live({}), live({ account: { openBySymbol: new Map([['BTCUSDT', 1]]) } }), 'position_already_open (symbol=BTCUSDT, account=lab_dev)'],
  ['live_strategy', live({}), live({ limits: { liveStrategies: [] } }), 'not_allowed_live (strategy=bounce_ema10_strict)'],
  ['live_symbol', live({}), live({ limits: { liveSymbols: ['ETHUSDT'] } }), 'not_allowed_live (symbol=BTCUSDT)'],
  [
    'direction', { limits: { maxSameDirectionPerGroup: 2 }, account: { openByDirection: new Map([['long ETHUSDT', 1], ['short SOLUSDT', 7]]) } },
    { limits: { maxSameDirectionPerGroup: 2 }, account: { openByDirection: new Map([['long ETHUSDT', 1], ['long SOLUSDT', 1]]) } }, 'max_same_direction_reached (group=rest, direction=long, count=2, limit=2)',
  ],
  [
    'direction', { limits: { maxSameDirectionPerGroup: 1, symbolGroups: [['BTCUSDT', 'ETHUSDT']] }, account: { openByDirection: new Map([['long SOLUSDT', 3]]) } },
    { limits: { maxSameDirectionPerGroup: 1, symbolGroups: [['BTCUSDT', 'ETHUSDT']] }, account: { openByDirection: new Map([['long ETHUSDT', 1]]) } },
    'max_same_direction_reached (group=BTCUSDT+ETHUSDT, direction=long, count=1, limit=1)',
  ],
  [
    'cooldown', { limits: { cooldownMs: 60_000 }, account: { closedAt: new Map([['BTCUSDT', NOW - 60_000], ['ETHUSDT', NOW]]) } },
    { limits: { cooldownMs: 60_000 }, account: { closedAt: new Map([['BTCUSDT', NOW - 59_999]]) } }, 'cooldown (symbol=BTCUSDT, remaining_sec=1)',
  ],
  [
    'loss_streak', { limits: { maxLossStreak: 3, lossStreakPauseMs: 60_000 }, account: { lossStreak: { count: 2, at: NOW } } },
    { limits: { maxLossStreak: 3, lossStreakPauseMs: 60_000 }, account: { lossStreak: { count: 3, at: NOW } } }, 'max_loss_streak_reached (streak=3, limit=3, remaining_sec=60)',
  ],
  [
    'loss_streak', { limits: { maxLossStreak: 3, lossStreakPauseMs: 60_000 }, account: { lossStreak: { count: 4, at: NOW - 60_000 } } },
    { limits: { maxLossStreak: 3, lossStreakPauseMs: 60_000 }, account: { lossStreak: { count: 4, at: NOW - 59_000 } } }, 'max_loss_streak_reached (streak=4, limit=3, remaining_sec=1)',
  ],
  [
    'liquidation', live({ limits: { leverage: d(50) }, signal: { slPrice: d('98.5001') } }), live({ limits: { leverage: d(50) }, signal: { slPrice: d('98.5') } }),
    'stop_beyond_liquidation (stop_pct=1.5000, liquidation_pct=1.5000)',
  ],
  [
    'strategy_results', live({ limits: { adaptive }, rating: { eligible: true, share: d(1) } }), live({ limits: { adaptive }, rating: { eligible: false, share: d(1) } }),
    'strategy_not_eligible (strategy=bounce_ema10_strict)',
  ],
  [
    'strategy_share', live({ limits: { adaptive }, rating: { eligible: true, share: d('0.1') } }), live({ limits: { adaptive }, rating: { eligible: true, share: d('0.09') } }),
    'strategy_share_exceeded (strategy=bounce_ema10_strict, exposure=100.0000, share=90.0000)',
  ],
]

function signals(count: number): NonNullable<Given['account']> {
  return { day: { startEquity: d(1000), signals: count, signalsBySymbol: new Map([['BTCUSDT', count]]) } }
}

describe('a limit', () => {
  it.each(ROWS)('%s: the last that passes and the first that does not', (scope, passes, blocked, reason) => {
    expect(assess(aSubject(passes))).toMatchObject({ ok: true })
    expect(assess(aSubject(blocked))).toMatchObject({ ok: false, scope, reason })
  })

  it('of every kind is in the table', () => {
    expect(new Set(ROWS.map(([scope]) => scope))).toEqual(new Set(RISK_SCOPES))
    expect(RISK_CHECKS.map(({ scope }) => scope)).toEqual(RISK_SCOPES)
  })
})

describe('the smallest order of the venue', () => {
  const market = { minQty: d('0.5'), minNotional: d(5) }
  it.each<[string, Given, string | null]>([
    ['quantity at the minimum', { signal: { qty: d('0.5') }, market }, null],
    ['quantity below it', { signal: { qty: d('0.4') }, market }, 'below_minimum (symbol=BTCUSDT, qty=0.4, minimum=0.5)'],
    ['worth enough at the entry, not at the stop', { signal: { price: d(10), qty: d('0.5'), slPrice: d('9.9') }, market }, 'below_minimum (symbol=BTCUSDT, notional_at_stop=4.9500, minimum=5.0000)'],
    ['a short\'s entry is worth less than its stop', { signal: { direction: 'short', price: d('9.9'), qty: d('0.5'), slPrice: d(11) }, market }, 'below_minimum (symbol=BTCUSDT, notional_at_stop=4.9500, minimum=5.0000)'],
  ])('%s', (_, given, reason) => {
    expect(assess(aSubject(given))).toMatchObject(reason === null ? { ok: true } : { ok: false, reason })
  })
})

describe('the order of the checks', () => {
  it('is the order in which they block: of several the first is named', () => {
    const everything = aSubject({ limits: { maxOpenPositions: 1, maxSizePerPositionUsdt: d(1), maxDailyLossUsdt: d(5) }, account: { openCount: 1 }, equity: d(0) })
    expect(assess(everything)).toMatchObject({ ok: false, scope: 'total' })
    expect(explain(everything).filter(({ ok }) => ok === false).map(({ scope }) => scope)).toEqual(['total', 'size', 'daily_loss'])
  })

  it('live checks are not in force on paper, and nothing is without limits but the minimum', () => {
    expect(explain(aSubject({})).filter(({ ok }) => ok !== null)).toEqual([{ scope: 'minimum', ok: true, value: '1', limit: 'above 0', reason: null }])
  })

  it('a limit that only warns is noted and passes; what comes after it still blocks', () => {
    const limits = { maxAlertsPerDay: 1, alertLimitMode: 'log' as const, maxDailyLossUsdt: d(5) }
    const noted = [{ scope: 'alerts', reason: 'max_alerts_per_day_reached (total=1, limit=1)' }]
    expect(assess(aSubject({ limits, account: signals(1) }))).toMatchObject({ ok: true, noted })
    expect(assess(aSubject({ limits, account: signals(1), equity: d(1) }))).toMatchObject({ ok: false, scope: 'daily_loss', noted })
  })

  it('a peak of nothing, or of debt, blocks', () => {
    expect(assess(aSubject({ limits: { maxDrawdownPct: d(10) }, account: { peakEquity: d(0) }, equity: d(0) }))).toMatchObject({ ok: false, scope: 'drawdown' })
  })
})
