/** What an exchange demands of orders on one symbol, from its own market data. */
import { atLeast, floorToStep, isZero, less, multiply, roundToStep, type Decimal } from './decimal.ts'

export type Market = {
  /** The venue's name of the perpetual, as signals name it: `BTCUSDT`. */
  readonly symbol: string
  readonly qtyStep: Decimal
  readonly priceTick: Decimal
  readonly minQty: Decimal
  /** Largest market order; null: the venue names none. */
  readonly maxMarketQty: Decimal | null
  /** In USDT. */
  readonly minNotional: Decimal
}

/** `takesEntries`: false where it is halted, only takes what reduces, or is being withdrawn. */
export type MarketTerms = Market & { readonly takesEntries: boolean }

/** Whether a quantity can be closed to the last step. */
export const isClosable = (market: Market, qty: Decimal): boolean => marketQty(market, qty) === qty && atLeast(qty, market.minQty)

/** The smallest order that the venue takes. */
export type MarketMinimums = Pick<Market, 'minQty' | 'minNotional'>

/** A quantity in the market's steps, never more than asked for. */
export const marketQty = (market: Market, qty: Decimal): Decimal => floorToStep(qty, market.qtyStep)

/** The nearest price that the market knows. */
export const marketPrice = (market: Market, price: Decimal): Decimal => roundToStep(price, market.priceTick)

/** Why an order of this size would be refused at this price; null: it would not. */
export function sizeRefusal(market: Market, qty: Decimal, price: Decimal): string | null {
  if (isZero(qty) || less(qty, market.minQty)) return `quantity ${qty} is below the minimum ${market.minQty} of ${market.symbol}`
  const notional = multiply(qty, price)
  if (less(notional, market.minNotional)) return `notional ${notional} is below the minimum ${market.minNotional} USDT of ${market.symbol}`
  if (market.maxMarketQty !== null && !atLeast(market.maxMarketQty, qty)) return `quantity ${qty} is above the maximum ${market.maxMarketQty} of a market order on ${market.symbol}`
  return null
}
