/** Orders as LOMS keeps them. An order has a side, a position a direction. */
import { decimal, type Decimal } from './decimal.ts'
import type { ClientOrderId, OrderRole, PositionId, VenueOrderId } from './ids.ts'
import type { OrderSide } from './signal.ts'

/** Quantities that are computed are cut to this where the market's own step is unknown. */
export const QUANTITY_STEP = decimal('0.00000001')

/** `created`: sent or about to be, unanswered. `unresolved`: we do not know; ask before acting. */
export const ORDER_STATUSES = ['created', 'working', 'partially_filled', 'filled', 'canceled', 'rejected', 'expired', 'unresolved'] as const
export type OrderStatus = (typeof ORDER_STATUSES)[number]

/** `market` fills now; `stop` is a market order behind a trigger price; `limit` rests at its price. */
export type OrderType = 'market' | 'stop' | 'limit'

export type OrderRecord = {
  readonly clientOrderId: ClientOrderId
  readonly role: OrderRole
  readonly generation: number
  readonly side: OrderSide
  readonly type: OrderType
  readonly qty: Decimal
  /** Trigger price of a stop, limit price of a target; null for market orders. */
  readonly price: Decimal | null
  readonly status: OrderStatus
  readonly filledQty: Decimal
  /** Σ price · quantity of its fills. */
  readonly filledValue: Decimal
  readonly fee: Decimal
  readonly venueOrderId: VenueOrderId | null
  readonly createdAt: number
  /** How often it was sent, always under the same client order id. */
  readonly attempts: number
  readonly cancelRequested: boolean
  /** Which of the position's targets a take-profit order is for, from 0; 0 for other roles. */
  readonly target: number
  /** Why the venue refused it, or why we do not know; null otherwise. */
  readonly code: string | null
}

/** No further fill can come from an order in this status, as far as the venue has told. */
export const isTerminal = (status: OrderStatus): boolean =>
  status === 'filled' || status === 'canceled' || status === 'rejected' || status === 'expired'

/** The venue has confirmed that the order rests or fills. */
export const isWorking = (status: OrderStatus): boolean => status === 'working' || status === 'partially_filled'

/**
 * Why a venue refused an order for good, in LOMS's words. `would_trigger` = the stop price has been passed already;
 * `no_position` = reduce-only without a position; anything else is `refused`.
 */
export type RejectionCode = 'would_trigger' | 'no_position' | 'insufficient_margin' | 'below_minimum' | 'refused'

/** Whose money: the address of an order inside one account. */
export type OrderAddress = { readonly positionId: PositionId; readonly clientOrderId: ClientOrderId }
