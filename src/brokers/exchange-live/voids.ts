/**
 * Trades that a venue declares void (reliability.md §2.1, X20). Neither venue documents how its API tells it; LOMS takes for
 * one what nobody pays for and nobody ordered: a trade that takes exactly back what an own one did, at its price, without
 * a fee. A trade by hand at that very price costs a fee, and stays somebody else's.
 */
import { atMost, isPositive } from '../../domain/decimal.ts'
import { entrySide } from '../../domain/signal.ts'
import type { BrokerReport } from '../broker.ts'
import type { LiveFill, LivePosition, PastPosition } from './live-world.ts'
import type { VenueFill } from './venue-api.ts'

const takesBack = (fill: VenueFill, own: LiveFill): boolean => own.side !== fill.side && own.qty === fill.qty && own.price === fill.price

/** Whether a fill that no own order claims could take one back. */
export const mayTakeBack = ({ cause, fee }: VenueFill): boolean => cause === 'order' && !isPositive(fee)

/** The latest trade of these positions that the fill takes back; null: none. Of an open position no more than it holds can be taken. */
export function voidedBy(fill: VenueFill, positions: readonly (LivePosition | PastPosition)[]): BrokerReport | null {
  if (!mayTakeBack(fill)) return null
  for (const position of positions) {
    const voided = position.fills.findLast((own) => takesBack(fill, own))
    const isHeld = !('openQty' in position) || position.finished || entrySide(position.direction) === fill.side || atMost(fill.qty, position.openQty)
    if (voided && isHeld) return { type: 'fill.voided', positionId: position.id, tradeId: voided.tradeId, correctionId: fill.tradeId, qty: voided.qty, price: voided.price }
  }
  return null
}
