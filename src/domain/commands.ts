/** Commands: everything we want done, in the imperative. They leave only after their batch is durable. */
import type { Decimal } from './decimal.ts'
import type { OrderRole, PositionId } from './ids.ts'
import type { OrderAddress, OrderType } from './order.ts'
import type { PriceExtremes } from './facts.ts'
import type { RecordedQuote } from './quote.ts'
import type { Direction, OrderSide } from './signal.ts'

/** Send an order. Every role but `entry` is reduce-only. Sent again unchanged where its fate was disproved. */
export type SubmitOrder = OrderAddress & {
  readonly type: 'order.submit'
  readonly role: OrderRole
  readonly symbol: string
  readonly side: OrderSide
  readonly orderType: OrderType
  readonly qty: Decimal
  /** Trigger of a stop, limit of a target, the signal's price for a paper entry; null for a market close. */
  readonly price: Decimal | null
  readonly reduceOnly: boolean
}
/** Put `replacement` in the place of a working stop or target without an instant in which none rests. */
export type ReplaceOrder = OrderAddress & { readonly type: 'order.replace'; readonly symbol: string; readonly replacement: SubmitOrder }
export type CancelOrder = OrderAddress & { readonly type: 'order.cancel'; readonly symbol: string }
/** Find out what became of an unresolved order. */
export type QueryOrder = OrderAddress & { readonly type: 'order.query'; readonly symbol: string }
/** Ask the venue what the position holds: the proof of a close. */
export type QueryPosition = { readonly type: 'position.query'; readonly positionId: PositionId; readonly symbol: string }

/** Ask the external model about an open position; `exit.advised` answers. Nothing is asked again: the next sample is a new question. */
export type AskExit = {
  readonly type: 'exit.ask'
  readonly positionId: PositionId
  /** Counts up from 1 within the position. */
  readonly question: number
  readonly askedAt: number
  /** From then on a newer question stands. */
  readonly answerWithinMs: number
  readonly symbol: string
  readonly strategy: string
  readonly direction: Direction
  readonly timeframeMin: number
  readonly openedAt: number
  readonly openQty: Decimal
  readonly entryPrice: Decimal
  readonly stopPrice: Decimal
  readonly targetPrice: Decimal | null
  /** The sample: the deciding price and its quote, high and low since the fill. */
  readonly price: Decimal
  readonly quote: RecordedQuote
  readonly extremes: PriceExtremes
}

/** What a broker carries out. */
export type BrokerCommand = SubmitOrder | ReplaceOrder | CancelOrder | QueryOrder | QueryPosition
export type Command = BrokerCommand | AskExit
export type CommandType = Command['type']
