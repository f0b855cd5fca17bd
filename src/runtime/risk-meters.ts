/** The limits of an account and how much of each is used. */
import { toNumber, type Decimal } from '../domain/decimal.ts'
import type { RiskMeter } from '../http/page/page-port.ts'
import type { CoreSettings } from '../domain/core-settings.ts'
import type { Ledger } from '../../machines/ledger.ts'

/** Per symbol and per strategy the fullest one stands for all. */
export function riskMeters(ledger: Ledger, { limits }: CoreSettings): readonly RiskMeter[] {
  const symbol = fullest(ledger.openBySymbol, (count) => count)
  const exposure = fullest(ledger.notionalBySymbol, toNumber)
  const strategy = fullest(ledger.notionalByStrategy, toNumber)
  return [
    { name: 'Open positions', of: null, used: ledger.openCount, limit: limits.maxOpenPositions, unit: 'positions' },
    { name: 'Open per symbol', ...symbol, limit: limits.maxOpenPositionsPerSymbol, unit: 'positions' },
    { name: 'Exposure per symbol', ...exposure, limit: optional(limits.maxExposurePerSymbolUsdt), unit: 'USDT' },
    { name: 'Exposure per strategy', ...strategy, limit: optional(limits.maxExposurePerStrategyUsdt), unit: 'USDT' },
  ]
}

const optional = (limit: Decimal | null): number | null => (limit === null ? null : toNumber(limit))

function fullest<T>(values: ReadonlyMap<string, T>, size: (value: T) => number): { readonly of: string | null; readonly used: number } {
  let most: { readonly of: string | null; readonly used: number } = { of: null, used: 0 }
  for (const [name, value] of values) if (size(value) > most.used) most = { of: name, used: size(value) }
  return most
}
