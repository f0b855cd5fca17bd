/** Which strategies may open live, by what they earned (SPEC R-6). */
import { describe, expect, it } from 'vitest'
import type { PositionClosed } from '../../src/domain/notices.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { Accounts } from '../../machines/accounts.ts'
import { aSettings, aSignal, d } from '../support/builders.ts'

const RULES = { minTrades: 3, minProfitFactor: d(2) }
const MINUTE = 60_000
const settings = aSettings({ marketType: 'linear_perp' })
const closed = (pnl: number): PositionClosed => ({
  type: 'position.closed', positionId: 1 as PositionId, symbol: 'BTCUSDT', direction: 'long', entryPrice: d(100), closePrice: d(100), qty: d(1), pnl: d(pnl), fees: d(0), reason: 'tp', durationMs: 1,
})

/** Accounts in which strategies earned this. */
function after(results: Readonly<Record<string, readonly number[]>>): Accounts {
  const accounts = new Accounts()
  const ledger = accounts.account('live', settings, MINUTE)
  for (const [strategy, pnls] of Object.entries(results)) for (const pnl of pnls) accounts.bookClosed(ledger, strategy, closed(pnl), MINUTE)
  return accounts
}
const rating = (accounts: Accounts, strategy: string) => accounts.subject(aSignal({ strategy }), MINUTE, settings, undefined).rating(strategy)

describe('a strategy', () => {
  it.each<[string, readonly number[], boolean]>([
    ['too few', [5, 5], false],
    ['enough', [5, 5, 5], true],
    ['in all nothing won', [4, -2, -2], false],
    ['profit factor at the limit', [4, -1, -1], true],
    ['profit factor below it', [3.99, -1, -1], false],
  ])('%s', (_, pnls, eligible) => {
    const accounts = after({ one: pnls })
    accounts.rate(MINUTE, RULES)
    expect(rating(accounts, 'one')?.eligible).toBe(eligible)
  })

  it('is rated every five minutes, and a change is said', () => {
    const accounts = after({ one: [5, 5, 5] })
    expect(accounts.rate(MINUTE, RULES)).toEqual([{ type: 'strategy.rated', strategy: 'one', eligible: true, trades: 3, net: '15', profitFactor: null }])
    accounts.bookClosed(accounts.account('live', settings, MINUTE), 'one', closed(-20), MINUTE)
    expect(accounts.rate(6 * MINUTE - 1, RULES)).toEqual([])
    expect(rating(accounts, 'one')?.eligible).toBe(true)
    expect(accounts.rate(6 * MINUTE, RULES)).toMatchObject([{ strategy: 'one', eligible: false, net: '-5', profitFactor: '0.75' }])
    expect(Accounts.restore(JSON.parse(JSON.stringify(accounts.dump())) as ReturnType<Accounts['dump']>).dump()).toEqual(accounts.dump())
  })

  it('shares the capital with the other eligible ones by net profit; without rules nobody is rated', () => {
    const accounts = after({ one: [5, 5, 5], two: [2, 2, 1], three: [-1, -1, -1] })
    expect(accounts.rate(MINUTE, null)).toEqual([])
    accounts.rate(MINUTE, RULES)
    expect(['one', 'two', 'three', 'four'].map((name) => rating(accounts, name)?.share)).toEqual(['0.75', '0.25', '0', undefined])
  })
})
