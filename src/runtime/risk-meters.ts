/** The limits of an account and how much of each is used. */
import { HUNDRED, ZERO, divide, isPositive, maximum, multiply, subtract, toNumber, type Decimal } from '../domain/decimal.ts'
import type { RiskMeter } from '../http/page/page-port.ts'
import type { CoreSettings } from '../domain/core-settings.ts'
import type { Ledger } from '../../machines/ledger.ts'

type Used = Pick<RiskMeter, 'of' | 'used'>

/** Per symbol and per strategy the fullest one stands for all. `marks`: last known prices, for what equity lost. */
export function riskMeters(ledger: Ledger, { limits }: CoreSettings, marks: ReadonlyMap<string, Decimal>): readonly RiskMeter[] {
  const { day, peakEquity, armed } = ledger
  const equity = ledger.equity(marks)
  const lost = (from: Decimal): Decimal => maximum(subtract(from, equity), ZERO)
  const always: RiskMeter[] = [
    { name: 'Open positions', of: null, used: ledger.openCount, limit: limits.maxOpenPositions, unit: 'positions' },
    { name: 'Open per symbol', ...fullest(ledger.openBySymbol, (count) => count), limit: limits.maxOpenPositionsPerSymbol, unit: 'positions' },
    { name: 'Exposure', of: null, used: toNumber(ledger.notional), limit: optional(limits.maxExposurePerAccountUsdt), unit: 'USDT' },
    { name: 'Loss today', of: null, used: toNumber(lost(day.startEquity)), limit: optional(limits.maxDailyLossUsdt), unit: 'USDT' },
    { name: 'Drawdown', of: null, used: share(lost(peakEquity), peakEquity), limit: optional(limits.maxDrawdownPct), unit: '%' },
    { name: 'Session loss', of: null, used: share(ledger.sessionLoss(), armed.balance), limit: optional(limits.maxSessionLossPct), unit: '%' },
  ]
  const whereSet: RiskMeter[] = [
    { name: 'Exposure per symbol', ...fullest(ledger.notionalBySymbol, toNumber), limit: optional(limits.maxExposurePerSymbolUsdt), unit: 'USDT' },
    { name: 'Exposure per strategy', ...fullest(ledger.notionalByStrategy, toNumber), limit: optional(limits.maxExposurePerStrategyUsdt), unit: 'USDT' },
    { name: 'Signals today', of: null, used: day.signals, limit: limits.maxAlertsPerDay, unit: 'signals' },
    { name: 'Signals today per symbol', ...fullest(day.signalsBySymbol, (count) => count), limit: limits.maxAlertsPerSymbolPerDay, unit: 'signals' },
  ]
  return [...always, ...whereSet.filter(({ limit }) => limit !== null)]
}

const optional = (limit: Decimal | null): number | null => (limit === null ? null : toNumber(limit))
/** Percent to two places; a meter needs no more. */
const share = (part: Decimal, whole: Decimal): number => (isPositive(whole) ? Math.round(toNumber(divide(multiply(part, HUNDRED), whole)) * 100) / 100 : 0)

function fullest<T>(values: ReadonlyMap<string, T>, size: (value: T) => number): Used {
  let most: Used = { of: null, used: 0 }
  for (const [name, value] of values) if (size(value) > most.used) most = { of: name, used: size(value) }
  return most
}
