/** Which of our orders a fill is of. */
import { parseClientOrderId, type ClientOrderId, type PositionId } from '../../domain/ids.ts'
import type { LiveWorld } from './live-world.ts'
import type { VenueFill } from './venue-api.ts'

export type FillOwner = { readonly positionId: PositionId; readonly clientOrderId: ClientOrderId }

/** By its name, or by the venue's id of the order. `spawned`: whose order it is where a triggered stop or target started it. */
export function ownerOf(fill: VenueFill, spawned: ClientOrderId | undefined, world: LiveWorld, venueSymbol: (symbol: string) => string): FillOwner | undefined {
  const named = fill.clientOrderId ?? spawned
  const parsed = named === undefined ? undefined : parseClientOrderId(named)
  if (parsed && parsed.journal === world.journalId()) return { positionId: parsed.position, clientOrderId: named as ClientOrderId }
  for (const position of world.positions()) {
    const order = venueSymbol(position.symbol) === fill.symbol && position.orders.find((each) => each.venueOrderId === fill.venueOrderId)
    if (order) return { positionId: position.id, clientOrderId: order.clientOrderId }
  }
  return undefined
}
