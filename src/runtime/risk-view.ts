/** The limits of the settings' account and how much of them is used, for /health and the metrics. */
import { HUNDRED, ZERO, divide, isPositive, maximum, multiply, round, subtract, toNumber, type Decimal } from '../domain/decimal.ts'
import type { JsonObject } from '../domain/signal.ts'
import type { Ledger, TradingState } from '../../machines/ledger.ts'
import type { Service } from './service.ts'

const number = (value: Decimal | null): number | null => (value === null ? null : toNumber(round(value, 8)))

export const killSwitchView = ({ state, reason }: TradingState): JsonObject => ({ engaged: state === 'halted', reason: state === 'halted' ? reason : null })

/** Losses are ≥ 0; a limit of null is none. */
export function riskView({ engine, settings }: Service): JsonObject {
  const { core } = engine
  const { limits } = settings.core
  const ledger = core.ledger(settings.core.accountLabel)
  return {
    account_label: ledger.accountLabel,
    open_positions: { used: ledger.openCount, limit: limits.maxOpenPositions },
    exposure_usdt: { used: number(ledger.notional), limit: number(limits.maxExposurePerAccountUsdt) },
    signals_today: { used: ledger.day.signals, limit: limits.maxAlertsPerDay },
    ...lossView(ledger, core.marks, limits),
    loss_streak: { used: ledger.lossStreak.count, limit: limits.maxLossStreak },
    zombies: [...core.registry.ids()].filter((id) => core.isOverdue(id)),
  }
}

function lossView(ledger: Ledger, marks: ReadonlyMap<string, Decimal>, limits: Service['settings']['core']['limits']): JsonObject {
  const equity = ledger.equity(marks)
  const lost = (from: Decimal): Decimal => maximum(subtract(from, equity), ZERO)
  const percent = (part: Decimal, whole: Decimal): number | null => (isPositive(whole) ? number(divide(multiply(part, HUNDRED), whole)) : null)
  const { peakEquity, armed } = ledger
  return {
    equity_usdt: number(equity),
    daily_loss_usdt: { used: number(lost(ledger.day.startEquity)), limit: number(limits.maxDailyLossUsdt) },
    drawdown_pct: { used: percent(lost(peakEquity), peakEquity), limit: number(limits.maxDrawdownPct) },
    session_loss_pct: { used: percent(ledger.sessionLoss(), armed.balance), limit: number(limits.maxSessionLossPct) },
  }
}
