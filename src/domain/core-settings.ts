/**
 * The settings that decide, as they enter the core: in the fact `settings.changed`, without secrets. The core reads no
 * environment; a replay finds in the journal what was in force.
 */
import type { Decimal } from './decimal.ts'
import type { PriceMode } from './quote.ts'

export type MarketType = 'paper_sim' | 'paper_exchange' | 'linear_perp'

/** Limits of one account; null = no limit. */
export type RiskLimits = {
  readonly maxOpenPositions: number | null
  readonly maxOpenPositionsPerSymbol: number | null
  readonly maxSizePerPositionUsdt: Decimal | null
  readonly maxExposurePerSymbolUsdt: Decimal | null
  readonly maxExposurePerStrategyUsdt: Decimal | null
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
