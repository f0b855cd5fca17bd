/** All accounts together: trading states, the kill switch, loss limits, days. */
import { describe, expect, it } from 'vitest'
import { Accounts, type LossAlarm } from '../../machines/accounts.ts'
import { ACTIVE, type Ledger, type TradingState } from '../../machines/ledger.ts'
import { WITHOUT_LIMITS, type RiskLimits } from '../../src/domain/core-settings.ts'
import type { Notice } from '../../src/domain/notices.ts'
import { aSettings, aSignal, d } from '../support/builders.ts'

const NOON = Date.UTC(2026, 0, 2, 12)
const DAY = 86_400_000
const settingsWith = (limits: Partial<RiskLimits> = {}) => aSettings({ accountLabel: 'one', limits: { ...WITHOUT_LIMITS, ...limits }, startBalanceUsdt: d(1000) })
const SETTINGS = settingsWith()
const paused = (reason: string): TradingState => ({ state: 'paused', reason })
const halted = (reason: string): TradingState => ({ state: 'halted', reason })
const changes = (notices: readonly Notice[]): string[] => notices.map((notice) => (notice.type === 'trading.changed' ? `${notice.accountLabel} ${notice.from}→${notice.to} ${notice.reason}${notice.automatic ? ' by itself' : ''}` : notice.type))
/** Accounts `one` and `two`. */
function two(): Accounts {
  const accounts = new Accounts()
  for (const label of ['one', 'two']) accounts.account(label, SETTINGS, NOON)
  return accounts
}
const states = (accounts: Accounts): string[] => [...accounts.ledgers.values()].map(({ accountLabel, trading }) => `${accountLabel} ${trading.state}`)

describe('looking at an account', () => {
  it('changes nothing; naming it begins it', () => {
    const accounts = new Accounts()
    expect([accounts.look('one', SETTINGS).startBalance, accounts.ledgers.size]).toEqual(['1000', 0])
    const ledger = accounts.account('one', SETTINGS, NOON)
    expect([accounts.account('one', SETTINGS, NOON + 1), accounts.look('one', SETTINGS), ledger.armed.at]).toEqual([ledger, ledger, NOON])
  })

  it('of a signal shows what the risk engine sees', () => {
    const accounts = two()
    accounts.mark('BTCUSDT', d(7))
    const signal = aSignal({ accountLabel: 'one', qty: d(3) })
    const subject = accounts.subject(signal, NOON, SETTINGS, undefined)
    expect(subject).toMatchObject({ signal, notional: '300', at: NOON, live: false, limits: SETTINGS.limits, market: null })
    expect([subject.account, subject.equity(), subject.rating('none')]).toEqual([accounts.ledgers.get('one'), '1000', undefined])
    const market = { minQty: d(1), minNotional: d(5) }
    expect(accounts.subject(signal, NOON, { ...SETTINGS, marketType: 'linear_perp' }, market)).toMatchObject({ live: true, market })
  })
})

describe('a person sets the state', () => {
  it.each<readonly [string, string | null, TradingState, readonly string[], readonly string[]]>([
    ['of one account', 'one', paused('news'), ['one active→paused news'], ['one paused', 'two active']],
    ['of all', null, paused('news'), ['one active→paused news', 'two active→paused news'], ['one paused', 'two paused']],
    ['of one that nobody has named yet', 'three', halted('enough'), ['three active→halted enough'], ['one active', 'two active', 'three halted']],
  ])('%s', (_, label, to, said, after) => {
    const accounts = two()
    expect(changes(accounts.setTrading(label, to, SETTINGS, NOON))).toEqual(said)
    expect(states(accounts)).toEqual(after)
  })

  it('of all, where none was named yet: of the account of the settings', () => {
    const accounts = new Accounts()
    expect(accounts.setTrading(null, halted('enough'), SETTINGS, NOON)).toHaveLength(1)
    expect(states(accounts)).toEqual(['one halted'])
  })

  it('and a halt is lifted by neither pause nor resume, but may be said again', () => {
    const accounts = two()
    accounts.setTrading('one', halted('enough'), SETTINGS, NOON)
    expect([paused('x'), ACTIVE].flatMap((to) => changes(accounts.setTrading('one', to, SETTINGS, NOON)))).toEqual([])
    expect(changes(accounts.setTrading('one', halted('again'), SETTINGS, NOON))).toEqual(['one halted→halted again'])
    expect(changes(accounts.setTrading('two', paused('x'), SETTINGS, NOON).concat(accounts.setTrading('two', ACTIVE, SETTINGS, NOON)))).toEqual(['two active→paused x', 'two paused→active '])
  })

  it('of all, and accounts that are named later begin with it; with one account\'s they do not', () => {
    const accounts = two()
    accounts.setTrading('one', paused('mine'), SETTINGS, NOON)
    expect(accounts.look('later', SETTINGS).trading).toEqual(ACTIVE)
    accounts.setTrading(null, halted('all'), SETTINGS, NOON)
    accounts.setTrading(null, ACTIVE, SETTINGS, NOON)
    expect(accounts.look('later', SETTINGS).trading).toEqual(halted('all'))
  })
})

describe('arming', () => {
  const arm = (accounts: Accounts, accountLabel: string | null, balance: number | null = null): string[] =>
    changes(accounts.arm({ type: 'kill-switch.armed', accountLabel, balance: balance === null ? null : d(balance), reason: 'checked', seq: 1, at: NOON + 5 }, SETTINGS))

  it('ends the halt of one account, or of all and of those to come', () => {
    const accounts = two()
    accounts.setTrading(null, halted('all'), SETTINGS, NOON)
    expect(arm(accounts, 'one')).toEqual(['one halted→active checked'])
    expect([states(accounts), accounts.look('later', SETTINGS).trading.state]).toEqual([['one active', 'two halted'], 'halted'])
    expect(arm(accounts, null)).toEqual(['one active→active checked', 'two halted→active checked'])
    expect(accounts.look('later', SETTINGS).trading).toEqual(ACTIVE)
  })

  it('takes the venue\'s balance, and leaves a pause of those to come', () => {
    const accounts = two()
    accounts.setTrading(null, paused('all'), SETTINGS, NOON)
    expect(arm(accounts, null, 500)).toHaveLength(2)
    expect(accounts.ledgers.get('one')?.armed).toEqual({ at: NOON + 5, balance: '500', realised: '0' })
    expect(accounts.look('later', SETTINGS).trading).toEqual(paused('all'))
  })
})

describe('a loss limit', () => {
  /** Accounts whose first one holds a BTCUSDT bought at 100. */
  function holding(): { accounts: Accounts; ledger: Ledger; marked: (price: number, limits: Partial<RiskLimits>) => readonly LossAlarm[] } {
    const accounts = two()
    const ledger = accounts.account('one', SETTINGS, NOON)
    accounts.mark('BTCUSDT', d(100))
    accounts.restake(ledger, null, { symbol: 'BTCUSDT', qty: d(1), cash: d(-100), realised: d(0) })
    const marked = (price: number, limits: Partial<RiskLimits>): readonly LossAlarm[] => {
      accounts.markAll({ type: 'equity.marked', marks: [['BTCUSDT', d(price)]] })
      return accounts.takeAlarms(settingsWith(limits))
    }
    accounts.takeAlarms(SETTINGS)
    return { accounts, ledger, marked }
  }
  const said = (alarms: readonly LossAlarm[]): unknown[] => alarms.map(({ notices, halted: of }) => [...notices.map((notice) => (notice.type === 'loss-limit.reached' ? `${notice.accountLabel} ${notice.scope}: ${notice.reason}` : changes([notice])[0])), of])

  it.each<readonly [string, Partial<RiskLimits>, number, unknown[]]>([
    ['none', {}, 10, []],
    ['of the day, not yet', { maxDailyLossUsdt: d(5) }, 95.01, []],
    ['of the day', { maxDailyLossUsdt: d(5) }, 95, [['one daily_loss: max_daily_loss_reached (loss=5.0000, limit=5.0000)', null]]],
    ['of the day, with a halt', { maxDailyLossUsdt: d(5), lossLimitAction: 'halt' }, 95, [['one daily_loss: max_daily_loss_reached (loss=5.0000, limit=5.0000)', 'one active→halted max_daily_loss_reached (loss=5.0000, limit=5.0000) by itself', 'one']]],
    ['of the drawdown', { maxDrawdownPct: d(1) }, 90, [['one drawdown: max_drawdown_reached (drawdown_pct=1.0000, limit=1.0000)', null]]],
    [
      'both at once: the first is the reason', { maxDailyLossUsdt: d(5), maxDrawdownPct: d(1), lossLimitAction: 'halt' }, 90,
      [['one daily_loss: max_daily_loss_reached (loss=10.0000, limit=5.0000)', 'one drawdown: max_drawdown_reached (drawdown_pct=1.0000, limit=1.0000)', 'one active→halted max_daily_loss_reached (loss=10.0000, limit=5.0000) by itself', 'one']],
    ],
    ['of the session, by what is realised only', { maxSessionLossPct: d(1) }, 10, []],
  ])('%s', (_, limits, price, expected) => expect(said(holding().marked(price, limits))).toEqual(expected))

  it('is said once a day, and again the next', () => {
    const { accounts, marked } = holding()
    const limits = { maxDailyLossUsdt: d(5) }
    expect([marked(95, limits).length, marked(94, limits).length, marked(99, limits).length, marked(90, limits).length]).toEqual([1, 0, 0, 0])
    accounts.begin(NOON + DAY)
    expect([marked(86, limits).length, marked(85, limits).length]).toEqual([0, 1])
  })

  it('of the session halts at the limit, and an account that is halted is left alone', () => {
    const { accounts, ledger } = holding()
    const lose = (pnl: number): unknown[] => {
      accounts.bookClosed(ledger, 's', { type: 'position.closed', positionId: 1 as never, symbol: 'X', direction: 'long', entryPrice: d(1), closePrice: d(1), qty: d(1), pnl: d(pnl), fees: d(0), reason: 'sl', durationMs: 1 }, NOON)
      return said(accounts.takeAlarms(settingsWith({ maxSessionLossPct: d(5) })))
    }
    expect([lose(-49.99), lose(-0.01), lose(-1)]).toEqual([[], [['one active→halted max_session_loss_reached (loss=50.0000, limit=50.0000) by itself', 'one']], []])
  })

  it('of a session without a loss is not reached, however small the balance', () => {
    const { accounts } = holding()
    accounts.arm({ type: 'kill-switch.armed', accountLabel: 'one', balance: d(0), reason: '', seq: 1, at: NOON }, SETTINGS)
    accounts.markAll({ type: 'equity.marked', marks: [['BTCUSDT', d(100)]] })
    expect(accounts.takeAlarms(settingsWith({ maxSessionLossPct: d(5) }))).toEqual([])
  })

  it('of the drawdown is from the peak, which is followed only where that is limited, also while halted', () => {
    const { accounts, ledger, marked } = holding()
    marked(150, {})
    expect(ledger.peakEquity).toBe('1000')
    accounts.setTrading('one', halted('x'), SETTINGS, NOON)
    expect([marked(150, { maxDrawdownPct: d(1) }), ledger.peakEquity]).toEqual([[], '1050'])
  })

  it('is looked at only of accounts that changed', () => {
    const { accounts } = holding()
    expect(accounts.quiet).toBe(true)
    accounts.markAll({ type: 'equity.marked', marks: [] })
    expect(accounts.quiet).toBe(false)
    accounts.takeAlarms(SETTINGS)
    expect(accounts.quiet).toBe(true)
  })
})

describe('a day', () => {
  it('begins for every account with the first fact of it, once', () => {
    const accounts = two()
    accounts.begin(NOON)
    for (const ledger of accounts.ledgers.values()) ledger.countSignal('BTCUSDT')
    accounts.begin(NOON + 1)
    accounts.begin(NOON - DAY)
    expect([...accounts.ledgers.values()].map(({ day }) => day.signals)).toEqual([1, 1])
    accounts.begin(NOON + DAY)
    expect([...accounts.ledgers.values()].map(({ day }) => day.signals)).toEqual([0, 0])
  })
})
