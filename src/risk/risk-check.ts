/** What one check of the risk engine looks at, and what it says. */
import type { RiskLimits } from '../domain/core-settings.ts'
import { round, type Decimal } from '../domain/decimal.ts'
import type { MarketMinimums } from '../domain/market.ts'
import type { Direction, Signal } from '../domain/signal.ts'

/** Every check that can block an entry, in their order. */
export const RISK_SCOPES = [
  'total',
  'symbol',
  'size',
  'minimum',
  'symbol_exposure',
  'strategy_exposure',
  'account_exposure',
  'alerts',
  'symbol_alerts',
  'daily_loss',
  'drawdown',
  'margin',
  'live_position',
  'live_strategy',
  'live_symbol',
  'direction',
  'cooldown',
  'loss_streak',
  'liquidation',
  'strategy_results',
  'strategy_share',
] as const
export type RiskScope = (typeof RISK_SCOPES)[number]

/** What an account holds: every position that is not proven closed or cancelled, pending ones included. */
export type Exposure = {
  readonly accountLabel: string
  readonly openCount: number
  readonly openBySymbol: ReadonlyMap<string, number>
  /** By `directionKey`. */
  readonly openByDirection: ReadonlyMap<string, number>
  readonly notionalBySymbol: ReadonlyMap<string, Decimal>
  readonly notionalByStrategy: ReadonlyMap<string, Decimal>
  readonly notional: Decimal
}

/** What an account has been through. */
export type AccountHistory = {
  /** The UTC day of the journal, its equity at its start, and the signals judged in it. */
  readonly day: { readonly startEquity: Decimal; readonly signals: number; readonly signalsBySymbol: ReadonlyMap<string, number> }
  readonly peakEquity: Decimal
  /** When a position on the symbol was closed last. */
  readonly closedAt: ReadonlyMap<string, number>
  /** Losing positions in a row, and when the last of them was closed. */
  readonly lossStreak: { readonly count: number; readonly at: number }
}

/** What a strategy has earned by its closed positions. `share`: its part of the capital, from 0 to 1. */
export type StrategyRating = { readonly eligible: boolean; readonly share: Decimal }

export type RiskSubject = {
  readonly signal: Signal
  /** Price · quantity of the signal. */
  readonly notional: Decimal
  /** Time of the fact, milliseconds since the epoch. */
  readonly at: number
  readonly live: boolean
  readonly account: Exposure & AccountHistory
  /** Balance, realised and open PnL; asked for only where a limit on it is set. */
  readonly equity: () => Decimal
  readonly limits: RiskLimits
  readonly market: MarketMinimums | null
  readonly rating: (strategy: string) => StrategyRating | undefined
}

/** A check that is in force. `value` and `limit` are for people; `detail` is what stands in the reason. */
export type Measured = { readonly blocked: boolean; readonly value: string; readonly limit: string; readonly detail: () => string }

export type RiskCheck = {
  readonly scope: RiskScope
  /** First word of the `risk_reason`. */
  readonly reason: string
  /** Settings that put it in force. */
  readonly settings: readonly string[]
  /** When it blocks, for the documentation. */
  readonly meaning: string
  /** Beyond this limit entries are only noted. */
  readonly onlyNoted?: (limits: RiskLimits) => boolean
  /** Null where the check is not in force. */
  readonly measure: (subject: RiskSubject) => Measured | null
}

export const directionKey = (symbol: string, direction: Direction): string => `${direction} ${symbol}`

/** Four decimals, as the reason strings have them. */
export const money = (value: Decimal): string => {
  const [whole = '0', fraction = ''] = round(value, 4).split('.')
  return `${whole}.${fraction.padEnd(4, '0')}`
}

/** A count that blocks at its limit. */
export const counted = (count: number, limit: number, detail: () => string): Measured => ({ blocked: count >= limit, value: String(count), limit: String(limit), detail })
