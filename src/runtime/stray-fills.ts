/** A fill of an entry whose position is finished: the venue holds what nobody owns any more (SPEC L-6). */
import type { OrderFilled, StrayFilled } from '../domain/facts.ts'
import { parseClientOrderId, type PositionId } from '../domain/ids.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import type { ClosedPosition } from '../domain/wire.ts'

export type FinishedPositions = {
  readonly held: (id: PositionId) => PositionSnapshot | undefined
  readonly row: (id: PositionId) => ClosedPosition | undefined
}

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
