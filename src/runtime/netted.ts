/**
 * An account in one-way mode holds one direction of a symbol. Where an entry came through after it had been given up, and
 * a position the other way is open by then, the exchange has set one off against the other: so must the journal.
 */
import type { ExternalFilled, OrderFilled } from '../domain/facts.ts'
import { ZERO, isZero, minimum, subtract, type Decimal } from '../domain/decimal.ts'
import { parseClientOrderId, type TradeId } from '../domain/ids.ts'
import { hasVanished, openQty, type PositionContext } from '../../machines/position.context.ts'

/** What a fill of an entry, once it is booked, has taken off positions against each other. */
export function nettedBy(fill: OrderFilled, positions: readonly PositionContext[]): readonly ExternalFilled[] {
  if (parseClientOrderId(fill.clientOrderId)?.role !== 'entry') return []
  const open = positions.filter((context) => context.closedAt === null && !hasVanished(context) && !isZero(openQty(context)))
  const left = new Map(open.map((context) => [context.id, openQty(context)]))
  const longs = open.filter(({ signal }) => signal.direction === 'long')
  const shorts = open.filter(({ signal }) => signal.direction === 'short')
  return longs.flatMap((long) => shorts.filter((short) => isSamePlace(long, short)).flatMap((short) => {
    const qty = minimum(left.get(long.id) ?? ZERO, left.get(short.id) ?? ZERO)
    if (isZero(qty)) return []
    for (const { id } of [long, short]) left.set(id, subtract(left.get(id) ?? ZERO, qty))
    return [reduced(fill, long, short, qty), reduced(fill, short, long, qty)]
  }))
}

const isSamePlace = (a: PositionContext, b: PositionContext): boolean => a.signal.accountLabel === b.signal.accountLabel && a.signal.symbol === b.signal.symbol

/** At the price of the fill: together both earn what the exchange pays, whatever the price. Its fee is booked already. */
const reduced = ({ venueOrderId, tradeId, price }: OrderFilled, of: PositionContext, other: PositionContext, qty: Decimal): ExternalFilled => ({
  type: 'external.filled', positionId: of.id, venueOrderId, tradeId: `${tradeId}-net-${other.id}` as TradeId, qty, price, fee: ZERO, liquidity: 'taker', cause: 'external',
  note: `the exchange has set it off against position ${other.id}`,
})
