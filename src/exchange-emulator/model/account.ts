/** Accounts of the emulated venue: money, positions, orders, keys. */
import { ZERO, absolute, add, decimal, divide, isZero, multiply, subtract, sum, type Decimal } from '../../domain/decimal.ts'
import type { Market } from './instrument.ts'
import { remainingQty, type EmulatedFill, type EmulatedOrder } from './order.ts'
import { unrealised, type ClosedPosition, type Position } from './position.ts'

/** An API key and what it may do. */
export type ApiKey = {
  readonly apiKey: string
  readonly secret: string
  /** Bitget's third part of a key. */
  readonly password: string
  readonly trade: boolean
  readonly withdraw: boolean
  /** Addresses it is bound to; empty: any. */
  readonly ips: readonly string[]
  /** Where it is valid (Bitget only tells demo calls from live ones by a header). */
  readonly environment: 'live' | 'demo' | 'any'
}

export type Account = {
  readonly id: string
  /** A sub-account of a master account. */
  readonly sub: boolean
  readonly keys: readonly ApiKey[]
  /** Wallet balance in USDT: deposits, realised profit, fees and funding. */
  balance: Decimal
  readonly positions: Map<string, Position>
  readonly leverage: Map<string, number>
  marginMode: 'cross' | 'isolated'
  positionMode: 'one_way' | 'hedge'
  /** Every order it ever took, by order id. */
  readonly orders: Map<string, EmulatedOrder>
  /** Those of them that still work or wait, oldest first. */
  readonly open: Map<string, EmulatedOrder>
  readonly byClientId: Map<string, EmulatedOrder>
  readonly fills: EmulatedFill[]
  readonly closed: ClosedPosition[]
}

export type AccountOptions = { readonly id: string; readonly sub?: boolean; readonly balance?: number | string; readonly keys: readonly ApiKey[] }

const STARTING_BALANCE = 10_000
export const DEFAULT_LEVERAGE = 10

export const createAccount = ({ id, sub, balance, keys }: AccountOptions): Account => ({
  id,
  sub: sub ?? false,
  keys,
  balance: decimal(balance ?? STARTING_BALANCE),
  positions: new Map(),
  leverage: new Map(),
  marginMode: 'cross',
  positionMode: 'one_way',
  orders: new Map(),
  open: new Map(),
  byClientId: new Map(),
  fills: [],
  closed: [],
})

export type Markets = ReadonlyMap<string, Market>

const market = (markets: Markets, symbol: string): Market => markets.get(symbol) as Market
export const leverageOf = (account: Account, symbol: string): number => account.leverage.get(symbol) ?? DEFAULT_LEVERAGE

/** Value at the mark price. */
export const positionValue = (markets: Markets, { symbol, qty }: Position): Decimal => multiply(absolute(qty), market(markets, symbol).quote.mark)
export const positionMargin = (account: Account, markets: Markets, position: Position): Decimal =>
  divide(positionValue(markets, position), decimal(leverageOf(account, position.symbol)))
export const maintenanceMargin = (markets: Markets, position: Position): Decimal => multiply(
  positionValue(markets, position), market(markets, position.symbol).instrument.maintenanceRate,
)

export const unrealisedTotal = (account: Account, markets: Markets): Decimal =>
  sum([...account.positions.values()].map((position) => unrealised(position, market(markets, position.symbol).quote.mark)))
/** Balance plus what the positions would yield at the mark price. */
export const equity = (account: Account, markets: Markets): Decimal => add(account.balance, unrealisedTotal(account, markets))

const orderMargin = (account: Account, order: EmulatedOrder): Decimal => {
  if (order.reduceOnly || order.trigger || order.price === null) return ZERO
  return divide(multiply(remainingQty(order), order.price), decimal(leverageOf(account, order.symbol)))
}
export const ordersMargin = (account: Account): Decimal => sum([...account.open.values()].map((order) => orderMargin(account, order)))
export const positionsMargin = (account: Account, markets: Markets): Decimal =>
  sum([...account.positions.values()].map((position) => positionMargin(account, markets, position)))
export const maintenanceTotal = (account: Account, markets: Markets): Decimal =>
  sum([...account.positions.values()].map((position) => maintenanceMargin(markets, position)))

/** What is left for new orders. */
export const available = (account: Account, markets: Markets): Decimal =>
  subtract(equity(account, markets), add(positionsMargin(account, markets), ordersMargin(account)))

/**
 * The mark price at which the equity would come down to the maintenance margin, everything else unchanged; null where
 * no positive price does.
 */
export function liquidationPrice(account: Account, markets: Markets, position: Position): Decimal | null {
  const { quote, instrument } = market(markets, position.symbol)
  const surplus = subtract(equity(account, markets), maintenanceTotal(account, markets))
  // d(equity − maintenance) / d(mark) = qty − |qty| · rate
  const slope = subtract(position.qty, multiply(absolute(position.qty), instrument.maintenanceRate))
  if (isZero(slope)) return null
  const price = subtract(quote.mark, divide(surplus, slope))
  return Number(price) > 0 ? price : null
}
