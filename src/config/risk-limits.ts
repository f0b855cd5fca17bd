/** The limits of the risk engine from their settings. */
import type { RiskLimits } from '../domain/core-settings.ts'
import { decimal, type Decimal } from '../domain/decimal.ts'
import type { SettingName } from './schema.ts'

export function riskLimits(value: (name: SettingName) => string): RiskLimits {
  const limit = (name: SettingName): Decimal | null => (value(name) === '' ? null : decimal(value(name)))
  const count = (name: SettingName): number | null => (value(name) === '' ? null : Number(value(name)))
  const milliseconds = (name: SettingName): number => Math.round(Number(value(name)) * 1000)
  return {
    maxOpenPositions: count('MAX_OPEN_POSITIONS'),
    maxOpenPositionsPerSymbol: count('MAX_OPEN_POSITIONS_PER_SYMBOL'),
    maxSizePerPositionUsdt: limit('MAX_SIZE_PER_POSITION_USDT'),
    maxExposurePerSymbolUsdt: limit('MAX_EXPOSURE_PER_SYMBOL_USDT'),
    maxExposurePerStrategyUsdt: limit('MAX_EXPOSURE_PER_STRATEGY_USDT'),
    maxExposurePerAccountUsdt: limit('MAX_EXPOSURE_PER_ACCOUNT_USDT'),
    maxAlertsPerDay: count('RISK_MAX_ALERTS_PER_DAY'),
    maxAlertsPerSymbolPerDay: count('RISK_MAX_ALERTS_PER_SYMBOL_PER_DAY'),
    alertLimitMode: value('RISK_ALERT_LIMIT_MODE') as RiskLimits['alertLimitMode'],
    maxDailyLossUsdt: limit('MAX_DAILY_LOSS_USDT'),
    maxDrawdownPct: limit('MAX_DRAWDOWN_PCT'),
    maxSessionLossPct: limit('MAX_SESSION_LOSS_PCT'),
    lossLimitAction: value('LOSS_LIMIT_ACTION') as RiskLimits['lossLimitAction'],
    checkMargin: value('RISK_CHECK_MARGIN') === 'true',
    maxSameDirectionPerGroup: count('MAX_SAME_DIRECTION_PER_GROUP'),
    symbolGroups: names(value('SYMBOL_GROUPS')).map((group) => group.split('+')),
    cooldownMs: value('COOLDOWN_SEC') === '' ? null : milliseconds('COOLDOWN_SEC'),
    maxLossStreak: count('MAX_LOSS_STREAK'),
    lossStreakPauseMs: milliseconds('LOSS_STREAK_PAUSE_SEC'),
    liveStrategies: names(value('LIVE_STRATEGIES')),
    liveSymbols: names(value('LIVE_SYMBOLS')),
    leverage: decimal(value('LEVERAGE')),
    adaptive: value('ADAPTIVE_ALLOCATION') === 'true' ? { minTrades: Number(value('ADAPTIVE_MIN_TRADES')), minProfitFactor: decimal(value('ADAPTIVE_MIN_PROFIT_FACTOR')) } : null,
  }
}

const names = (text: string): readonly string[] => text.split(',').map((name) => name.trim()).filter((name) => name !== '')
