/** One-way positions: what a trade does to them. */
import { ZERO, absolute, add, divide, isZero, minimum, multiply, negate, subtract, type Decimal } from '../../domain/decimal.ts'
import type { Side } from './order.ts'

/** `qty` is signed: positive long. Fees are positive where paid, `funding` where received. */
export type Position = {
  readonly symbol: string
  readonly qty: Decimal
  readonly entryPrice: Decimal
  /** Gross profit of what was closed since the position opened. */
  readonly realised: Decimal
  readonly openFee: Decimal
  readonly closeFee: Decimal
  readonly funding: Decimal
  readonly openedQty: Decimal
  readonly openedValue: Decimal
  readonly closedQty: Decimal
  readonly closedValue: Decimal
  readonly openedAt: number
  readonly updatedAt: number
}
/** A position that came back to flat. */
export type ClosedPosition = Position & { readonly side: 'long' | 'short'; readonly closedAt: number }

export type Trade = { readonly symbol: string; readonly side: Side; readonly qty: Decimal; readonly price: Decimal; readonly fee: Decimal; readonly at: number }
export type PositionChange = {
  readonly position: Position | null
  readonly ended: ClosedPosition | null
  readonly closedQty: Decimal
  /** Of what it closed: average entry price, gross profit, and its part of the opening fees. */
  readonly entryPrice: Decimal
  readonly realised: Decimal
  readonly openFee: Decimal
}

export const isLong = ({ qty }: Pick<Position, 'qty'>): boolean => !qty.startsWith('-')
/** Side of the order that makes a position smaller. */
export const closingSide = (position: Pick<Position, 'qty'>): Side => (isLong(position) ? 'sell' : 'buy')
export const unrealised = ({ qty, entryPrice }: Position, price: Decimal): Decimal => multiply(qty, subtract(price, entryPrice))

function opened(before: Position | null, { symbol, side, qty, price, fee, at }: Trade): Position {
  const signed = side === 'buy' ? qty : negate(qty)
  const value = multiply(qty, price)
  if (!before) {
    const nothing = { realised: ZERO, closeFee: ZERO, funding: ZERO, closedQty: ZERO, closedValue: ZERO }
    return { symbol, qty: signed, entryPrice: price, openFee: fee, openedQty: qty, openedValue: value, openedAt: at, updatedAt: at, ...nothing }
  }
  const total = add(before.qty, signed)
  const entryPrice = divide(add(multiply(absolute(before.qty), before.entryPrice), value), absolute(total))
  return {
    ...before, qty: total, entryPrice, openFee: add(before.openFee, fee), openedQty: add(before.openedQty, qty),
    openedValue: add(before.openedValue, value), updatedAt: at,
  }
}

/** A trade on what is held: it opens, adds, reduces, closes, or closes and opens the other way. */
export function applyTrade(before: Position | null, trade: Trade): PositionChange {
  if (!before || closingSide(before) !== trade.side) {
    return { position: opened(before, trade), ended: null, closedQty: ZERO, entryPrice: ZERO, realised: ZERO, openFee: ZERO }
  }
  const held = absolute(before.qty)
  const closedQty = minimum(trade.qty, held)
  const closeFee = divide(multiply(trade.fee, closedQty), trade.qty)
  const gain = multiply(closedQty, subtract(trade.price, before.entryPrice))
  const realised = isLong(before) ? gain : negate(gain)
  const left = subtract(held, closedQty)
  const after: Position = {
    ...before,
    qty: isLong(before) ? left : negate(left),
    realised: add(before.realised, realised),
    closeFee: add(before.closeFee, closeFee),
    closedQty: add(before.closedQty, closedQty),
    closedValue: add(before.closedValue, multiply(closedQty, trade.price)),
    updatedAt: trade.at,
  }
  const openFee = divide(multiply(before.openFee, closedQty), before.openedQty)
  const shares = { closedQty, entryPrice: before.entryPrice, realised, openFee }
  if (!isZero(left)) return { position: after, ended: null, ...shares }
  const ended: ClosedPosition = { ...after, side: isLong(before) ? 'long' : 'short', closedAt: trade.at }
  const beyond = subtract(trade.qty, closedQty)
  const position = isZero(beyond) ? null : opened(null, { ...trade, qty: beyond, fee: subtract(trade.fee, closeFee) })
  return { position, ended, ...shares }
}
