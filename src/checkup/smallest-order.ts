/** Whether a market's smallest order fits into the limit of a position's size. */
import type { Check } from '../cli/commands/checks.ts'
import { add, decimal, divide, floorToStep, greater, less, maximum, multiply, type Decimal } from '../domain/decimal.ts'
import type { Market } from '../domain/market.ts'
import { broken, held, judged } from './check.ts'

/** `price` undefined: none is known. `most` in USDT; null: no limit. */
export function smallestOrder(symbol: string, market: Market | undefined, price: number | undefined, most: Decimal | null): Check {
  const name = `smallest order of ${symbol}`
  if (!market) return broken(name, 'the exchange does not trade it', 'a USDT perpetual of the exchange; correct LIVE_SYMBOLS')
  if (price === undefined || !(price > 0)) return broken(name, 'the exchange names no price', 'a price')
  const last = decimal(price)
  const least = maximum(market.minQty, divide(market.minNotional, last))
  const steps = floorToStep(least, market.qtyStep)
  const qty = less(steps, least) ? add(steps, market.qtyStep) : steps
  const notional = multiply(qty, last)
  const figure = `${qty} = ${Number(notional).toFixed(2)} USDT`
  return most === null ? held(name, figure) : judged(name, !greater(notional, most), figure, `up to MAX_SIZE_PER_POSITION_USDT=${most}; raise it or take a symbol with smaller steps`)
}
