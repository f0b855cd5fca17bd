/** The figures of a dry run: what a limit compares with what, whether it blocks or not. */
import { describe, expect, it } from 'vitest'
import { explain, valuesPositions } from '../../src/risk/risk-engine.ts'
import { WITHOUT_LIMITS } from '../../src/domain/core-settings.ts'
import { d } from '../support/builders.ts'
import { NOW, aSubject, type Given } from './subject.ts'

const adaptive = { minTrades: 3, minProfitFactor: d('1.2') }
const groups = [['BTCUSDT', 'ETHUSDT'], ['SOLUSDT']]
const line = (scope: string, given: Given) => explain(aSubject(given)).find((each) => each.scope === scope)

describe('a line of a dry run', () => {
  it.each<[scope: string, given: Given, value: string, limit: string, reason: string | null]>([
    ['cooldown', { limits: { cooldownMs: 60_000 } }, '0 s left', '60 s', null],
    ['cooldown', { limits: { cooldownMs: 60_000 }, account: { closedAt: new Map([['BTCUSDT', NOW - 20_000]]) } }, '40 s left', '60 s', 'cooldown (symbol=BTCUSDT, remaining_sec=40)'],
    ['minimum', {}, '1', 'above 0', null],
    ['minimum', { market: { minQty: d('0.5'), minNotional: d(1) } }, '1', '0.5', null],
    ['live_symbol', { live: true, limits: { liveSymbols: ['BTCUSDT'] } }, 'BTCUSDT', 'BTCUSDT', null],
    ['live_symbol', { live: true, limits: { liveSymbols: ['ETHUSDT', 'SOLUSDT'] } }, 'BTCUSDT', 'ETHUSDT,SOLUSDT', 'not_allowed_live (symbol=BTCUSDT)'],
    ['live_strategy', { live: true, limits: { liveStrategies: [] } }, 'bounce_ema10_strict', 'none', 'not_allowed_live (strategy=bounce_ema10_strict)'],
    ['live_position', { live: true }, '0', '1', null],
    ['strategy_results', { live: true, limits: { adaptive }, rating: { eligible: true, share: d(1) } }, 'eligible', '3 trades, profit factor 1.2', null],
    ['strategy_results', { live: true, limits: { adaptive } }, 'not eligible', '3 trades, profit factor 1.2', 'strategy_not_eligible (strategy=bounce_ema10_strict)'],
    ['strategy_share', { live: true, limits: { adaptive } }, '100.0000', '0.0000', 'strategy_share_exceeded (strategy=bounce_ema10_strict, exposure=100.0000, share=0.0000)'],
    ['direction', { limits: { maxSameDirectionPerGroup: 1, symbolGroups: groups }, signal: { symbol: 'XRPUSDT' }, account: { openByDirection: new Map([['long ADAUSDT', 1], ['long SOLUSDT', 2]]) } }, '1', '1', 'max_same_direction_reached (group=rest, direction=long, count=1, limit=1)'],
  ])('%s %o', (scope, given, value, limit, reason) => {
    expect(line(scope, given)).toEqual({ scope, ok: reason === null, value, limit, reason })
  })
})

describe('open positions are valued', () => {
  it.each([
    ['for no limit at all', {}, false],
    ['for the loss of a day', { maxDailyLossUsdt: d(1) }, true],
    ['for the distance from the peak', { maxDrawdownPct: d(1) }, true],
    ['for the margin', { checkMargin: true }, true],
    ['for the shares of strategies', { adaptive }, true],
  ])('%s', (_, limits, valued) => {
    expect(valuesPositions({ ...WITHOUT_LIMITS, ...limits })).toBe(valued)
  })
})
