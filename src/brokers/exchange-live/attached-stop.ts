/**
 * The stop that an entry brought along (where the venue can trigger it by mark price) stays where it was when LOMS's own
 * stop is loosened, and would then trigger first. Once the own one covers everything, it has done its work.
 */
import { greater, isZero, less, type Decimal } from '../../domain/decimal.ts'
import { isTerminal } from '../../domain/order.ts'
import { exitSide } from '../../domain/signal.ts'
import type { LivePosition } from './live-world.ts'
import type { VenueOrder } from './venue-api.ts'

/** What the venue calls a symbol and a price. */
export type VenueWords = { readonly symbol: (symbol: string) => string; readonly price: (symbol: string, price: Decimal) => Decimal }

/** Whether an order is the stop that came with the position's entry. One at another price is somebody else's. */
function isAttachedTo({ symbol, direction, firstStopPrice }: LivePosition, order: VenueOrder, words: VenueWords): boolean {
  const isNamed = order.clientOrderId !== null || !order.reduceOnly
  return !isNamed && order.symbol === words.symbol(symbol) && order.side === exitSide(direction) && order.triggerPrice === words.price(symbol, firstStopPrice)
}

/** Whether it is a stop that came with the entry of a position that is not over. */
export const isAttachedStop = (positions: Iterable<LivePosition>, order: VenueOrder, words: VenueWords): boolean =>
  [...positions].some((position) => !position.finished && isAttachedTo(position, order, words))

/** Venue symbols whose attached stop is tighter than the stop in force. */
export function outlivedAttachedStops(positions: Iterable<LivePosition>, open: readonly VenueOrder[], words: VenueWords): readonly string[] {
  return [...positions].flatMap((position) => {
    const { symbol, direction, openQty, covered, closing, finished, orders } = position
    // What has just filled may not be booked yet: its own stop is still to come.
    const isEntering = isZero(openQty) || orders.some(({ role, status }) => role === 'entry' && !isTerminal(status))
    if (!covered || isEntering || closing || finished) return []
    const [attachedAt, ownAt] = [words.price(symbol, position.firstStopPrice), words.price(symbol, position.stopPrice)]
    const isTighter = direction === 'long' ? less(ownAt, attachedAt) : greater(ownAt, attachedAt)
    const rests = open.some((order) => !order.fired && isAttachedTo(position, order, words))
    return isTighter && rests ? [words.symbol(symbol)] : []
  })
}
