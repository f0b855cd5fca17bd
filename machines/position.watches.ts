/** What a position waits for in the Book: its resting paper orders and what its exit policy asked for. */
import type { OrderRole } from '../src/domain/ids.ts'
import { isWorking, type OrderRecord } from '../src/domain/order.ts'
import type { PriceLane } from '../src/domain/quote.ts'
import type { Decimal } from '../src/domain/decimal.ts'
import type { OrderSide } from '../src/domain/signal.ts'
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

/** A level in the Book; `order` tells a resting order from a policy's watch. */
export type WantedLevel = {
  readonly key: string
  readonly order: boolean
  readonly class: 'stop' | 'target' | 'policy'
  readonly lane: PriceLane
  readonly when: 'at-or-above' | 'at-or-below'
  readonly level: Decimal
}

/** Levels the position wants watched now, in a stable order. */
export function wantedLevels(context: PositionContext, lanes: WatchLanes): readonly WantedLevel[] {
  const orders = context.orders.flatMap((order) => (isWorking(order.status) ? (restingLevel(context, order, lanes) ?? []) : []))
  const policy = exitWatches(context).flatMap((watch): WantedLevel[] =>
    watch.kind === 'level' ? [{ key: `policy:${watch.key}`, order: false, class: 'policy', lane: lanes.policyLane, when: watch.when, level: watch.level }] : [],
  )
  return policy.length === 0 ? orders : [...orders, ...policy]
}

function restingLevel(context: PositionContext, order: OrderRecord, lanes: WatchLanes): WantedLevel | undefined {
  const key = order.clientOrderId
  const long = context.signal.direction === 'long'
  switch (order.role) {
    case 'entry':
      return { key, order: true, class: 'stop', lane: lanes.entryLane(order.side), when: 'at-or-above', level: lanes.lowestPrice }
    case 'stop-loss':
      return order.price === null ? undefined : { key, order: true, class: 'stop', lane: lanes.lane(order.role), when: long ? 'at-or-below' : 'at-or-above', level: order.price }
    case 'take-profit':
      return order.price === null ? undefined : { key, order: true, class: 'target', lane: lanes.lane(order.role), when: long ? 'at-or-above' : 'at-or-below', level: order.price }
    case 'close':
      return undefined
  }
}
