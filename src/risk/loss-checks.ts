/**
 * What the account has lost, and what it has left. Losses are of equity, open PnL included; every loss limit blocks when
 * it is reached, not only when it is passed.
 */
import { HUNDRED, ZERO, atLeast, divide, greater, isPositive, maximum, multiply, percentOf, subtract, add, type Decimal } from '../domain/decimal.ts'
import type { RiskLimits } from '../domain/core-settings.ts'
import { counted, money, type AccountHistory, type Measured, type RiskCheck, type RiskSubject } from './risk-check.ts'

type Losses = { readonly account: AccountHistory; readonly equity: () => Decimal; readonly limits: RiskLimits }

/** Loss since the start of the UTC day. */
export function dailyLoss({ account, equity, limits }: Losses): Measured | null {
  const limit = limits.maxDailyLossUsdt
  if (limit === null) return null
  const loss = maximum(subtract(account.day.startEquity, equity()), ZERO)
  return { blocked: atLeast(loss, limit), value: money(loss), limit: money(limit), detail: () => `loss=${money(loss)}, limit=${money(limit)}` }
}

/** Loss from the peak since the account was armed, in percent of the peak. */
export function drawdown({ account, equity, limits }: Losses): Measured | null {
  const limit = limits.maxDrawdownPct
  if (limit === null) return null
  const { peakEquity } = account
  const loss = maximum(subtract(peakEquity, equity()), ZERO)
  const pct = isPositive(peakEquity) ? divide(multiply(loss, HUNDRED), peakEquity) : HUNDRED
  const blocked = !isPositive(peakEquity) || atLeast(loss, percentOf(peakEquity, limit))
  return { blocked, value: money(pct), limit: money(limit), detail: () => `drawdown_pct=${money(pct)}, limit=${money(limit)}` }
}

/** Entries reserve notional / leverage; what is left of equity must cover this one too. */
function margin({ account, notional, equity, limits }: RiskSubject): Measured | null {
  if (!limits.checkMargin) return null
  const free = subtract(equity(), divide(account.notional, limits.leverage))
  const needed = divide(notional, limits.leverage)
  const blocked = greater(add(account.notional, notional), multiply(equity(), limits.leverage))
  return { blocked, value: money(needed), limit: money(free), detail: () => `needed=${money(needed)}, free=${money(free)}` }
}

const seconds = (ms: number): number => Math.ceil(ms / 1000)

function cooldown({ signal: { symbol }, account, at, limits: { cooldownMs } }: RiskSubject): Measured | null {
  if (cooldownMs === null) return null
  const closedAt = account.closedAt.get(symbol)
  const remaining = closedAt === undefined ? 0 : Math.max(0, closedAt + cooldownMs - at)
  return { blocked: remaining > 0, value: `${seconds(remaining)} s left`, limit: `${seconds(cooldownMs)} s`, detail: () => `symbol=${symbol}, remaining_sec=${seconds(remaining)}` }
}

function lossStreak({ account: { lossStreak: streak }, at, limits: { maxLossStreak: limit, lossStreakPauseMs } }: RiskSubject): Measured | null {
  if (limit === null) return null
  const remaining = streak.count >= limit ? Math.max(0, streak.at + lossStreakPauseMs - at) : 0
  return { blocked: remaining > 0, value: String(streak.count), limit: String(limit), detail: () => `streak=${streak.count}, limit=${limit}, remaining_sec=${seconds(remaining)}` }
}

const onlyLogged = ({ alertLimitMode }: RiskLimits): boolean => alertLimitMode === 'log'

export const ALERT_CHECKS: readonly RiskCheck[] = [
  {
    scope: 'alerts', reason: 'max_alerts_per_day_reached', settings: ['RISK_MAX_ALERTS_PER_DAY', 'RISK_ALERT_LIMIT_MODE'], onlyNoted: onlyLogged,
    meaning: 'As many signals were judged since 00:00 UTC, whatever became of them; repeats do not count. `log`: only noted.',
    measure: ({ account: { day }, limits: { maxAlertsPerDay: limit } }) => (limit === null ? null : counted(day.signals, limit, () => `total=${day.signals}, limit=${limit}`)),
  },
  {
    scope: 'symbol_alerts', reason: 'max_symbol_alerts_per_day_reached', settings: ['RISK_MAX_ALERTS_PER_SYMBOL_PER_DAY', 'RISK_ALERT_LIMIT_MODE'], onlyNoted: onlyLogged,
    meaning: 'The same for the symbol.',
    measure: ({ signal: { symbol }, account: { day }, limits: { maxAlertsPerSymbolPerDay: limit } }) => {
      const count = day.signalsBySymbol.get(symbol) ?? 0
      return limit === null ? null : counted(count, limit, () => `symbol=${symbol}, count=${count}, limit=${limit}`)
    },
  },
]

export const LOSS_CHECKS: readonly RiskCheck[] = [
  {
    scope: 'daily_loss', reason: 'max_daily_loss_reached', settings: ['MAX_DAILY_LOSS_USDT', 'LOSS_LIMIT_ACTION'],
    meaning: 'Equity, open PnL included, is so much below its value at 00:00 UTC. Ends with the day.', measure: dailyLoss,
  },
  {
    scope: 'drawdown', reason: 'max_drawdown_reached', settings: ['MAX_DRAWDOWN_PCT', 'LOSS_LIMIT_ACTION'],
    meaning: 'Equity, open PnL included, is so much below its peak. The peak begins anew when the kill switch is reset.', measure: drawdown,
  },
  {
    scope: 'margin', reason: 'insufficient_margin', settings: ['RISK_CHECK_MARGIN', 'LEVERAGE'],
    meaning: 'Equity less the margin that open positions have reserved (notional / leverage) does not cover this one.', measure: margin,
  },
]

export const PAUSE_CHECKS: readonly RiskCheck[] = [
  { scope: 'cooldown', reason: 'cooldown', settings: ['COOLDOWN_SEC'], meaning: 'A position on the symbol was closed less than so long ago.', measure: cooldown },
  {
    scope: 'loss_streak', reason: 'max_loss_streak_reached', settings: ['MAX_LOSS_STREAK', 'LOSS_STREAK_PAUSE_SEC'],
    meaning: 'As many positions in a row lost, and the last of them was closed less than `LOSS_STREAK_PAUSE_SEC` ago.', measure: lossStreak,
  },
]
