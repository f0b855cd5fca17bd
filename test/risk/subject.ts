/** An account, a signal and limits, as the risk engine sees them; a test states only what matters to it. */
import { WITHOUT_LIMITS, type RiskLimits } from '../../src/domain/core-settings.ts'
import { multiply, type Decimal } from '../../src/domain/decimal.ts'
import type { Signal } from '../../src/domain/signal.ts'
import type { AccountHistory, Exposure, RiskSubject, StrategyRating } from '../../src/risk/risk-check.ts'
import { aSignal, d } from '../support/builders.ts'

export const NOW = Date.UTC(2026, 0, 2, 12)

export type Given = {
  readonly limits?: Partial<RiskLimits>
  readonly signal?: Partial<Signal>
  readonly account?: Partial<Exposure & AccountHistory>
  readonly equity?: Decimal
  readonly live?: boolean
  readonly market?: RiskSubject['market']
  readonly rating?: StrategyRating
}

export function aSubject({ limits, signal: changes, account, equity = d(1000), live = false, market = null, rating }: Given): RiskSubject {
  const signal = aSignal(changes)
  return {
    signal,
    notional: multiply(signal.price, signal.qty),
    at: NOW,
    live,
    account: {
      accountLabel: 'lab_dev',
      openCount: 0,
      openBySymbol: new Map(),
      openByDirection: new Map(),
      notional: d(0),
      notionalBySymbol: new Map(),
      notionalByStrategy: new Map(),
      day: { startEquity: d(1000), signals: 0, signalsBySymbol: new Map() },
      peakEquity: d(1000),
      closedAt: new Map(),
      lossStreak: { count: 0, at: 0 },
      ...account,
    },
    equity: () => equity,
    limits: { ...WITHOUT_LIMITS, ...limits },
    market,
    rating: () => rating,
  }
}
