/** Checks for real money only. */
import { HUNDRED, ZERO, absolute, add, atLeast, decimal, divide, greater, multiply, subtract } from '../domain/decimal.ts'
import { money, type Measured, type RiskCheck, type RiskSubject } from './risk-check.ts'

/** Maintenance margin of the venues' lowest tier, percent of notional, rounded up: liquidation comes that much earlier. */
const MAINTENANCE_MARGIN_PCT = decimal('0.5')

function livePosition({ live, signal: { symbol }, account }: RiskSubject): Measured | null {
  if (!live) return null
  const count = account.openBySymbol.get(symbol) ?? 0
  return { blocked: count > 0, value: String(count), limit: '1', detail: () => `symbol=${symbol}, account=${account.accountLabel}` }
}

const allowed = (name: 'strategy' | 'symbol', value: string, list: readonly string[]): Measured => ({
  blocked: !list.includes(value), value, limit: list.join(',') || 'none', detail: () => `${name}=${value}`,
})

/** Isolated view of one position: at leverage L it is liquidated about 100/L percent from its entry. */
function liquidation({ live, signal: { price, slPrice }, limits: { leverage } }: RiskSubject): Measured | null {
  if (!live) return null
  const distance = multiply(absolute(subtract(price, slPrice)), HUNDRED)
  const stopPct = divide(distance, price)
  const liquidationPct = subtract(divide(HUNDRED, leverage), MAINTENANCE_MARGIN_PCT)
  // distance / price ≥ 100 / leverage − maintenance, without a division.
  const blocked = atLeast(add(multiply(distance, leverage), multiply(multiply(MAINTENANCE_MARGIN_PCT, leverage), price)), multiply(HUNDRED, price))
  return { blocked, value: money(stopPct), limit: money(liquidationPct), detail: () => `stop_pct=${money(stopPct)}, liquidation_pct=${money(liquidationPct)}` }
}

function results({ live, signal: { strategy }, limits: { adaptive }, rating }: RiskSubject): Measured | null {
  if (!live || adaptive === null) return null
  const eligible = rating(strategy)?.eligible ?? false
  return { blocked: !eligible, value: eligible ? 'eligible' : 'not eligible', limit: `${adaptive.minTrades} trades, profit factor ${adaptive.minProfitFactor}`, detail: () => `strategy=${strategy}` }
}

function share({ live, signal: { strategy }, notional, account, equity, limits: { adaptive, leverage }, rating }: RiskSubject): Measured | null {
  if (!live || adaptive === null) return null
  const after = add(account.notionalByStrategy.get(strategy) ?? ZERO, notional)
  const limit = multiply(multiply(equity(), leverage), rating(strategy)?.share ?? ZERO)
  return { blocked: greater(after, limit), value: money(after), limit: money(limit), detail: () => `strategy=${strategy}, exposure=${money(after)}, share=${money(limit)}` }
}

export const LIVE_CHECKS: readonly RiskCheck[] = [
  {
    scope: 'live_position', reason: 'position_already_open', settings: [], measure: livePosition,
    meaning: 'Live: a position on the symbol is open. A one-way account would merge the two, and one stop would close both.',
  },
  {
    scope: 'live_strategy', reason: 'not_allowed_live', settings: ['LIVE_STRATEGIES'], meaning: 'Live: the strategy is not named. Empty: none is.',
    measure: ({ live, signal: { strategy }, limits: { liveStrategies } }) => (live ? allowed('strategy', strategy, liveStrategies) : null),
  },
  {
    scope: 'live_symbol', reason: 'not_allowed_live', settings: ['LIVE_SYMBOLS'], meaning: 'Live: the symbol is not named. Empty: none is.',
    measure: ({ live, signal: { symbol }, limits: { liveSymbols } }) => (live ? allowed('symbol', symbol, liveSymbols) : null),
  },
]

export const LIQUIDATION_CHECK: RiskCheck = {
  scope: 'liquidation', reason: 'stop_beyond_liquidation', settings: ['LEVERAGE'], measure: liquidation,
  meaning: 'Live: the stop is further away than liquidation at this leverage (100 / leverage − 0.5 percent).',
}

export const ADAPTIVE_CHECKS: readonly RiskCheck[] = [
  {
    scope: 'strategy_results', reason: 'strategy_not_eligible', settings: ['ADAPTIVE_ALLOCATION', 'ADAPTIVE_MIN_TRADES', 'ADAPTIVE_MIN_PROFIT_FACTOR'], measure: results,
    meaning: 'Live: the strategy\'s closed positions, paper twins included, are too few, lost money in all, or have too low a profit factor. Rated every 5 minutes.',
  },
  {
    scope: 'strategy_share', reason: 'strategy_share_exceeded', settings: ['ADAPTIVE_ALLOCATION'], measure: share,
    meaning: 'Live: the strategy would hold more than its share of equity × leverage. Shares are by net profit of the eligible strategies.',
  },
]
