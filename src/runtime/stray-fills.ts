/** Fills of finished positions that come late, or that the venue takes back: it holds what nobody owns any more (SPEC L-6). */
import type { BrokerReport } from '../brokers/broker.ts'
import { decimal, negate, type Decimal } from '../domain/decimal.ts'
import type { FillVoided, OrderFilled, StrayFilled } from '../domain/facts.ts'
import { parseClientOrderId, type ClientOrderId, type PositionId } from '../domain/ids.ts'
import type { OrderSide } from '../domain/signal.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import type { ClosedPosition } from '../domain/wire.ts'

export type FinishedPositions = {
  readonly held: (id: PositionId) => PositionSnapshot | undefined
  readonly row: (id: PositionId) => ClosedPosition | undefined
}

/** The fact that opens a position for what a report says is held beside the finished one; null: it is the position's own business. */
export const strayOf = (report: BrokerReport, positions: FinishedPositions): StrayFilled | null =>
  report.type === 'order.filled' ? strayFill(report, positions) : report.type === 'fill.voided' ? strayVoid(report, positions) : null

/** The fact that opens a position for the fill; null: the fill belongs to its own position, or is booked already. */
export function strayFill(fill: OrderFilled, positions: FinishedPositions): StrayFilled | null {
  // Exits are reduce-only: they cannot hold more than the entry did.
  if (parseClientOrderId(fill.clientOrderId)?.role !== 'entry') return null
  const owner = ownerOf(fill, positions)
  if (owner === null) return null
  const { clientOrderId, tradeId, qty, price, fee } = fill
  return { type: 'stray.filled', ...owner, clientOrderId, tradeId, qty, price, fee }
}

type Owner = Pick<StrayFilled, 'accountLabel' | 'exchange' | 'strategy' | 'symbol' | 'direction'>

function ownerOf(fill: OrderFilled, { held, row }: FinishedPositions): Owner | null {
  const snapshot = held(fill.positionId)
  if (snapshot) {
    const { signal, fills } = snapshot.context
    const finished = snapshot.value === 'closed' || snapshot.value === 'cancelled'
    return finished && !fills.some(({ tradeId }) => tradeId === fill.tradeId) 
      ? { accountLabel: signal.accountLabel, exchange: signal.exchange, strategy: signal.strategy, symbol: signal.symbol, direction: signal.direction }
      : null
  }
  const closed = row(fill.positionId)
  if (!closed || closed.orders.some((order) => order.fills.some((each) => each.trade_id === fill.tradeId))) return null
  const { account_label: accountLabel, exchange, strategy, symbol, side: direction } = closed.view
  return { accountLabel, exchange, strategy, symbol, direction }
}

/**
 * What a void trade of a finished position had done is undone at its price: bought again what it sold, sold again what it
 * bought, and its fee is given back. So the finished position's result stands, and the sum of both is right (decision M-010).
 */
function strayVoid({ positionId, tradeId, correctionId, qty, price }: FillVoided, positions: FinishedPositions): StrayFilled | null {
  const snapshot = positions.held(positionId)
  const voided = snapshot ? heldTrade(snapshot, tradeId) : retiredTrade(positions.row(positionId), tradeId)
  if (!voided) return null
  const { side, fee, clientOrderId, ...owner } = voided
  return { type: 'stray.filled', ...owner, direction: side === 'buy' ? 'short' : 'long', clientOrderId, tradeId: correctionId, qty, price, fee: negate(fee), voids: tradeId }
}

type Traded = Omit<Owner, 'direction'> & { readonly side: OrderSide; readonly fee: Decimal; readonly clientOrderId: ClientOrderId }

function heldTrade({ context, value }: PositionSnapshot, tradeId: string): Traded | null {
  const fill = context.fills.find((each) => each.tradeId === tradeId)
  const order = fill && context.orders.find(({ clientOrderId }) => clientOrderId === fill.clientOrderId)
  if (!order || (value !== 'closed' && value !== 'cancelled')) return null
  const { accountLabel, exchange, strategy, symbol } = context.signal
  return { accountLabel, exchange, strategy, symbol, side: order.side, fee: fill.fee, clientOrderId: order.clientOrderId }
}

function retiredTrade(row: ClosedPosition | undefined, tradeId: string): Traded | null {
  const order = row?.orders.find(({ fills }) => fills.some((fill) => fill.trade_id === tradeId))
  const fill = order?.fills.find((each) => each.trade_id === tradeId)
  if (!row || !order || !fill) return null
  const { account_label: accountLabel, exchange, strategy, symbol } = row.view
  return { accountLabel, exchange, strategy, symbol, side: order.side, fee: decimal(fill.fee), clientOrderId: order.client_order_id as ClientOrderId }
}
