/**
 * The settings that decide, as they enter the core: in the fact `settings.changed`, without secrets. The core reads no
 * environment; a replay finds in the journal what was in force.
 */
import { ONE, type Decimal } from './decimal.ts'
import type { PriceMode } from './quote.ts'

export type MarketType = 'paper_sim' | 'paper_exchange' | 'linear_perp'

/** Limits of one account; null = no limit. */
export type RiskLimits = {
  readonly maxOpenPositions: number | null
  readonly maxOpenPositionsPerSymbol: number | null
  readonly maxSizePerPositionUsdt: Decimal | null
  readonly maxExposurePerSymbolUsdt: Decimal | null
  readonly maxExposurePerStrategyUsdt: Decimal | null
  readonly maxExposurePerAccountUsdt: Decimal | null
  readonly maxAlertsPerDay: number | null
  readonly maxAlertsPerSymbolPerDay: number | null
  /** What happens beyond the numbers of signals. */
  readonly alertLimitMode: 'log' | 'block'
  readonly maxDailyLossUsdt: Decimal | null
  readonly maxDrawdownPct: Decimal | null
  readonly maxSessionLossPct: Decimal | null
  /** What reaching the daily loss or the drawdown does: entries are blocked, or the kill switch is pulled. */
  readonly lossLimitAction: 'block' | 'halt'
  /** Entries need margin that nothing else has reserved. */
  readonly checkMargin: boolean
  readonly maxSameDirectionPerGroup: number | null
  /** Symbols that move together; a symbol that is in none is in the group of the rest. */
  readonly symbolGroups: readonly (readonly string[])[]
  readonly cooldownMs: number | null
  readonly maxLossStreak: number | null
  /** How long a loss streak blocks entries after its last loss. */
  readonly lossStreakPauseMs: number
  /** Live only: who may open what. */
  readonly liveStrategies: readonly string[]
  readonly liveSymbols: readonly string[]
  readonly leverage: Decimal
  readonly adaptive: AdaptiveRules | null
}

/** Which strategies may open live, by what they earned; null: all. */
export type AdaptiveRules = { readonly minTrades: number; readonly minProfitFactor: Decimal }

/** Limits that do not limit: what a journal has in force that was written before these existed. */
export const WITHOUT_LIMITS: RiskLimits = {
  maxOpenPositions: null,
  maxOpenPositionsPerSymbol: null,
  maxSizePerPositionUsdt: null,
  maxExposurePerSymbolUsdt: null,
  maxExposurePerStrategyUsdt: null,
  maxExposurePerAccountUsdt: null,
  maxAlertsPerDay: null,
  maxAlertsPerSymbolPerDay: null,
  alertLimitMode: 'block',
  maxDailyLossUsdt: null,
  maxDrawdownPct: null,
  maxSessionLossPct: null,
  lossLimitAction: 'block',
  checkMargin: false,
  maxSameDirectionPerGroup: null,
  symbolGroups: [],
  cooldownMs: null,
  maxLossStreak: null,
  lossStreakPauseMs: 0,
  liveStrategies: [],
  liveSymbols: [],
  leverage: ONE,
  adaptive: null,
}

export type CoreSettings = {
  readonly accountLabel: string
  /** `OMS_ENABLED`: entries need this and the journaled trading state `active`. */
  readonly omsEnabled: boolean
  readonly marketType: MarketType
  readonly priceMode: PriceMode
  readonly limits: RiskLimits
  readonly startBalanceUsdt: Decimal
  /** Exits are not decided before this age of the fill. */
  readonly exitMinAgeMs: number
  /** How long an entry may stay unfilled before it is cancelled. */
  readonly entryTimeoutMs: number
  /** Pause between two attempts to place a stop. */
  readonly stopRetryMs: number
  /** Attempts after the first before the position is closed at market. */
  readonly stopRetries: number
  /** A position without confirmed stops over all of it for so long is closed at market, whatever is still unanswered. */
  readonly protectWithinMs: number
  readonly takeProfitRetryMs: number
  readonly closeRetryMs: number
  /** Pause between two queries of an unresolved order. */
  readonly queryRetryMs: number
  /** How long a closed position is kept for late fills before it is retired; 0 = retire at once. */
  readonly settleMs: number
}
