/** What a position waits for in the Book: its resting paper orders and what its exit policy asked for. */
import { assert } from '../src/domain/assert.ts'
import type { OrderRole } from '../src/domain/ids.ts'
import { isWorking, type OrderRecord } from '../src/domain/order.ts'
import type { PriceLane } from '../src/domain/quote.ts'
import type { Decimal } from '../src/domain/decimal.ts'
import type { Direction, OrderSide } from '../src/domain/signal.ts'
import type { PositionContext } from './position.context.ts'
import { exitWatches } from './position.exits.ts'

/** Which prices the orders are compared with; the paper broker's pricing knows. */
export type WatchLanes = {
  readonly lane: (role: OrderRole) => PriceLane
  readonly entryLane: (side: OrderSide) => PriceLane
  /** The deciding price of exit policies. */
  readonly policyLane: PriceLane
  /** A level that every price reaches. */
  readonly lowestPrice: Decimal
}

/** A level in the Book, and whose it is. */
export type WantedLevel = {
  readonly kind: 'level'
  readonly key: string
  readonly of: 'order' | 'policy'
  readonly class: 'stop' | 'target' | 'policy'
  readonly lane: PriceLane
  readonly when: 'at-or-above' | 'at-or-below'
  readonly level: Decimal
}

/** A stop that trails the best price. Its key sorts before every order's, so that it takes a price before the resting stop. */
export type WantedTrail = {
  readonly kind: 'trail'
  readonly key: string
  readonly of: 'policy'
  readonly class: 'stop'
  readonly lane: PriceLane
  readonly direction: Direction
  readonly distancePct: Decimal
  readonly peak: Decimal
}
export type WantedWatch = WantedLevel | WantedTrail

const POLICY_KEY = 'policy:'
const TRAIL_KEY = '!policy:'
/** The policy's own key of a watch. */
export const policyKey = (key: string): string => key.slice(key.indexOf(':') + 1)

/** What the position wants watched now, in a stable order. */
export function wantedWatches(context: PositionContext, lanes: WatchLanes): readonly WantedWatch[] {
  const orders = context.orders.flatMap((order) => (isWorking(order.status) ? (restingLevel(context, order, lanes) ?? []) : []))
  const lane = lanes.policyLane
  const policy = exitWatches(context).flatMap((watch): WantedWatch[] => {
    if (watch.kind === 'level') return [{ kind: 'level', key: POLICY_KEY + watch.key, of: 'policy', class: 'policy', lane, when: watch.when, level: watch.level }]
    if (watch.kind !== 'trail') return []
    const { direction } = context.signal
    return [{ kind: 'trail', key: TRAIL_KEY + watch.key, of: 'policy', class: 'stop', lane, direction, distancePct: watch.distancePct, peak: watch.peak }]
  })
  return policy.length === 0 ? orders : [...orders, ...policy]
}

function levelOf({ clientOrderId, price }: OrderRecord): Decimal {
  assert(price !== null, `${clientOrderId} rests at a price`)
  return price
}

function restingLevel(context: PositionContext, order: OrderRecord, lanes: WatchLanes): WantedLevel | undefined {
  const key = order.clientOrderId
  const long = context.signal.direction === 'long'
  switch (order.role) {
    case 'entry':
      return { kind: 'level', key, of: 'order', class: 'stop', lane: lanes.entryLane(order.side), when: 'at-or-above', level: lanes.lowestPrice }
    case 'stop-loss':
      return { kind: 'level', key, of: 'order', class: 'stop', lane: lanes.lane(order.role), when: long ? 'at-or-below' : 'at-or-above', level: levelOf(order) }
    case 'take-profit':
      return { kind: 'level', key, of: 'order', class: 'target', lane: lanes.lane(order.role), when: long ? 'at-or-above' : 'at-or-below', level: levelOf(order) }
    case 'close':
      return undefined
  }
}
