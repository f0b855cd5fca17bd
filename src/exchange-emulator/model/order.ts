/** Orders, fills and refusals as the emulated venue keeps them. */
import { ZERO, isZero, subtract, type Decimal } from '../../domain/decimal.ts'

export type Side = 'buy' | 'sell'
export const opposite = (side: Side): Side => (side === 'buy' ? 'sell' : 'buy')

export type TriggerSource = 'mark' | 'last'
/** Fires when the price of its source has come to `price` from below (`rising`) or from above (`falling`). */
export type Trigger = { readonly price: Decimal; readonly source: TriggerSource; readonly direction: 'rising' | 'falling' }

/**
 * `order`: no trigger. `conditional`: any order behind a trigger. `position_*`: stop or target of the whole position,
 * whatever its size. `partial_*`: stop or target of a stated size.
 */
export type OrderPurpose = 'order' | 'conditional' | 'position_stop' | 'position_target' | 'partial_stop' | 'partial_target'

/**
 * `triggered`: where the venue carries on under the same order this lasts a moment; where it makes a second order of it,
 * it is the end. `failed`: it triggered and could not be carried out.
 */
export type EmulatedStatus = 'untriggered' | 'triggered' | 'new' | 'partially_filled' | 'filled' | 'canceled' | 'failed'
export type EndReason = 'user' | 'venue' | 'reduce_only' | 'position_closed' | 'no_liquidity' | 'replaced' | 'liquidation'

/** How much of an order is carried out at once, and what becomes of the rest. */
export type Execution = { readonly ratio: Decimal; readonly rest: 'later' | 'cancel'; readonly afterMs: number }

/** Stop and target that come with an entry. */
export type Attached = { readonly stop?: AttachedLevel; readonly target?: AttachedLevel }
export type AttachedLevel = { readonly price: Decimal; readonly source: TriggerSource }

export type OrderRequest = {
  readonly symbol: string
  readonly side: Side
  readonly kind: 'market' | 'limit'
  /** Ignored for `position_*`. */
  readonly qty: Decimal
  readonly price?: Decimal
  readonly clientId?: string
  readonly reduceOnly?: boolean
  readonly immediateOrCancel?: boolean
  readonly purpose?: OrderPurpose
  readonly trigger?: Trigger
  readonly attached?: Attached
  readonly execution?: Execution
}

export type EmulatedOrder = {
  readonly id: string
  /** Empty where none was given and the venue makes up none. */
  readonly clientId: string
  readonly symbol: string
  readonly side: Side
  readonly kind: 'market' | 'limit'
  qty: Decimal
  price: Decimal | null
  readonly reduceOnly: boolean
  readonly immediateOrCancel: boolean
  readonly purpose: OrderPurpose
  trigger: Trigger | null
  readonly attached: Attached
  readonly execution: Execution | null
  readonly createdBy: 'user' | 'attached' | 'position_stop' | 'trigger' | 'venue'
  readonly lastOnCreated: Decimal
  status: EmulatedStatus
  endReason: EndReason | null
  filledQty: Decimal
  filledValue: Decimal
  fee: Decimal
  realised: Decimal
  triggeredAt: number | null
  /** The order that a triggered one became, where the venue makes two of them. */
  spawnedId: string | null
  readonly createdAt: number
  updatedAt: number
}

/** `value` = price · quantity; `fee` positive = paid; `realised` before fees. For funding `fee` is what was paid. */
export type EmulatedFill = {
  readonly id: string
  readonly kind: 'trade' | 'funding' | 'adl' | 'liquidation' | 'void'
  readonly orderId: string
  readonly clientId: string
  readonly symbol: string
  readonly side: Side
  readonly price: Decimal
  readonly qty: Decimal
  readonly value: Decimal
  readonly fee: Decimal
  readonly feeRate: Decimal
  readonly maker: boolean
  readonly realised: Decimal
  readonly closedQty: Decimal
  /** Average entry price of what it closed; zero where it closed nothing. */
  readonly entryPrice: Decimal
  /** The part of the opening fees that belongs to what it closed. */
  readonly openFee: Decimal
  readonly mark: Decimal
  readonly leavesQty: Decimal
  readonly orderQty: Decimal
  readonly orderKind: 'market' | 'limit'
  readonly orderPurpose: OrderPurpose
  readonly at: number
}

export const REFUSAL_CODES = [
  'unknown_symbol', 'halted', 'reduce_only_symbol', 'bad_quantity', 'below_minimum_quantity', 'above_maximum_quantity', 'below_minimum_notional',
  'bad_price', 'price_band', 'bad_client_id',
  'duplicate_client_id', 'insufficient_margin', 'no_position', 'would_trigger', 'too_many_orders', 'stop_exists', 'order_not_found',
  'leverage_not_modified', 'bad_leverage', 'margin_mode_not_modified',
  'position_mode_not_modified', 'position_mode_mismatch', 'position_open', 'orders_open', 'stop_not_modified', 'order_not_modified',
] as const
export type RefusalCode = (typeof REFUSAL_CODES)[number]
export type Refusal = { readonly code: RefusalCode; readonly detail: string; readonly trigger?: Trigger; readonly current?: Decimal }
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value })
export const refused = (
  code: RefusalCode, detail: string, more: Pick<Refusal, 'trigger' | 'current'> = {},
): { readonly ok: false; readonly refusal: Refusal } => ({ ok: false, refusal: { code, detail, ...more } })

export const isOpen = ({ status }: EmulatedOrder): boolean => status === 'untriggered' || status === 'new' || status === 'partially_filled'
/** It waits behind its trigger, or once did and never became a resting order. */
export const isPlan = ({ trigger }: EmulatedOrder): boolean => trigger !== null
export const ofWholePosition = ({ purpose }: Pick<EmulatedOrder, 'purpose'>): boolean => purpose === 'position_stop' || purpose === 'position_target'
export const remainingQty = ({ qty, filledQty }: EmulatedOrder): Decimal => subtract(qty, filledQty)
export const hasFills = ({ filledQty }: EmulatedOrder): boolean => !isZero(filledQty)
export const NOTHING_FILLED = { filledQty: ZERO, filledValue: ZERO, fee: ZERO, realised: ZERO } as const
