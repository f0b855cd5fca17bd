/** How many positions, how large, how much in all. Counts block at the limit, notionals above it (SPEC R-1). */
import { ZERO, add, greater, less, minimum, multiply, type Decimal } from '../domain/decimal.ts'
import { counted, directionKey, money, type Measured, type RiskCheck, type RiskSubject } from './risk-check.ts'

const exposure = (held: Decimal, { notional }: RiskSubject, limit: Decimal | null, whose: string): Measured | null => {
  if (limit === null) return null
  const after = add(held, notional)
  return { blocked: greater(after, limit), value: money(after), limit: money(limit), detail: () => `${whose}exposure=${money(after)}, limit=${money(limit)}` }
}

/** The quantity, and what it is worth where it is worth least: a stop below the venue's minimum would be refused. */
function belowMinimum({ signal, market }: RiskSubject): Measured {
  const { symbol, qty, price, slPrice } = signal
  const worth = multiply(qty, minimum(price, slPrice))
  const minQty = market?.minQty ?? null
  const minNotional = market?.minNotional ?? null
  if (minNotional !== null && less(worth, minNotional)) {
    return { blocked: true, value: money(worth), limit: money(minNotional), detail: () => `symbol=${symbol}, notional_at_stop=${money(worth)}, minimum=${money(minNotional)}` }
  }
  const tooSmall = minQty !== null && less(qty, minQty)
  const limit = minQty === null ? 'above 0' : minQty
  return { blocked: qty === ZERO || tooSmall, value: qty, limit, detail: () => `symbol=${symbol}, qty=${qty}${minQty === null ? '' : `, minimum=${minQty}`}` }
}

/** The symbols that count together with this one; a symbol that no group names is with the rest. */
function sameDirection({ signal, account, limits }: RiskSubject): Measured | null {
  const limit = limits.maxSameDirectionPerGroup
  if (limit === null) return null
  const group = limits.symbolGroups.find((symbols) => symbols.includes(signal.symbol))
  const isWithUs = (symbol: string): boolean => (group ? group.includes(symbol) : limits.symbolGroups.every((symbols) => !symbols.includes(symbol)))
  const prefix = directionKey('', signal.direction)
  let count = 0
  for (const [key, open] of account.openByDirection) if (key.startsWith(prefix) && isWithUs(key.slice(prefix.length))) count += open
  return counted(count, limit, () => `group=${group?.join('+') ?? 'rest'}, direction=${signal.direction}, count=${count}, limit=${limit}`)
}

export const COUNT_CHECKS: readonly RiskCheck[] = [
  {
    scope: 'total', reason: 'max_total_open_reached', settings: ['MAX_OPEN_POSITIONS'], meaning: 'As many positions of the account are open, pending and closing ones included.',
    measure: ({ account: { openCount }, limits: { maxOpenPositions: limit } }) => (limit === null ? null : counted(openCount, limit, () => `total=${openCount}, limit=${limit}`)),
  },
  {
    scope: 'symbol', reason: 'max_symbol_open_reached', settings: ['MAX_OPEN_POSITIONS_PER_SYMBOL'], meaning: 'As many of them are on the symbol.',
    measure: ({ signal: { symbol }, account, limits: { maxOpenPositionsPerSymbol: limit } }) => {
      const count = account.openBySymbol.get(symbol) ?? 0
      return limit === null ? null : counted(count, limit, () => `symbol=${symbol}, count=${count}, limit=${limit}`)
    },
  },
  {
    scope: 'size', reason: 'max_size_per_position_exceeded', settings: ['MAX_SIZE_PER_POSITION_USDT'], meaning: 'Price × quantity is larger.',
    measure: ({ notional, limits: { maxSizePerPositionUsdt: limit } }) =>
      limit === null ? null : { blocked: greater(notional, limit), value: money(notional), limit: money(limit), detail: () => `notional=${money(notional)}, limit=${money(limit)}` },
  },
  {
    scope: 'minimum', reason: 'below_minimum', settings: [],
    meaning: 'The quantity is 0 after rounding down, below the venue\'s minimum, or worth less than its minimum at the entry or the stop price.', measure: belowMinimum,
  },
]

export const EXPOSURE_CHECKS: readonly RiskCheck[] = [
  {
    scope: 'symbol_exposure', reason: 'max_symbol_exposure_exceeded', settings: ['MAX_EXPOSURE_PER_SYMBOL_USDT'], meaning: 'The notionals on the symbol, this one included, sum up to more.',
    measure: (subject) => exposure(subject.account.notionalBySymbol.get(subject.signal.symbol) ?? ZERO, subject, subject.limits.maxExposurePerSymbolUsdt, `symbol=${subject.signal.symbol}, `),
  },
  {
    scope: 'strategy_exposure', reason: 'max_strategy_exposure_exceeded', settings: ['MAX_EXPOSURE_PER_STRATEGY_USDT'], meaning: 'The notionals of the strategy, this one included, sum up to more.',
    measure: (subject) => exposure(subject.account.notionalByStrategy.get(subject.signal.strategy) ?? ZERO, subject, subject.limits.maxExposurePerStrategyUsdt, `strategy=${subject.signal.strategy}, `),
  },
  {
    scope: 'account_exposure', reason: 'max_account_exposure_exceeded', settings: ['MAX_EXPOSURE_PER_ACCOUNT_USDT'], meaning: 'The notionals of the account, this one included, sum up to more.',
    measure: (subject) => exposure(subject.account.notional, subject, subject.limits.maxExposurePerAccountUsdt, ''),
  },
]

export const DIRECTION_CHECK: RiskCheck = {
  scope: 'direction', reason: 'max_same_direction_reached', settings: ['MAX_SAME_DIRECTION_PER_GROUP', 'SYMBOL_GROUPS'],
  meaning: 'As many positions in the signal\'s direction are open on symbols of its group. Without groups all symbols are one.', measure: sameDirection,
}
