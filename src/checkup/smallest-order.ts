/** Whether a market's smallest order fits into the limit of a position's size, and into what a signal without a quantity asks for. */
import type { Check } from '../cli/commands/checks.ts'
import { add, decimal, divide, floorToStep, greater, less, maximum, multiply, type Decimal } from '../domain/decimal.ts'
import type { Market } from '../domain/market.ts'
import { broken, held, judged } from './check.ts'

/** `price` undefined: none is known. `most` and `byDefault` (MAX_SIZE_PER_POSITION_USDT, DEFAULT_NOTIONAL_USDT) in USDT; null: not set. */
export function smallestOrder(symbol: string, market: Market | undefined, price: number | undefined, { most, byDefault }: { readonly most: Decimal | null; readonly byDefault: Decimal | null }): Check {
  const name = `smallest order of ${symbol}`
  if (!market) return broken(name, 'the exchange does not trade it', 'a USDT perpetual of the exchange; correct LIVE_SYMBOLS')
  if (price === undefined || !(price > 0)) return broken(name, 'the exchange names no price', 'a price')
  const last = decimal(price)
  const least = maximum(market.minQty, divide(market.minNotional, last))
  const steps = floorToStep(least, market.qtyStep)
  const qty = less(steps, least) ? add(steps, market.qtyStep) : steps
  const notional = multiply(qty, last)
  const figure = `${qty} = ${Number(notional).toFixed(2)} USDT`
  if (byDefault !== null && greater(notional, byDefault) && (most === null || !greater(notional, most)))
    return judged(name, false, figure, `up to DEFAULT_NOTIONAL_USDT=${byDefault}, or signals that carry a qty: without one they are refused (below_minimum)`, 'warning')
  return most === null ? held(name, figure) : judged(name, !greater(notional, most), figure, `up to MAX_SIZE_PER_POSITION_USDT=${most}; raise it or take a symbol with smaller steps`)
}
