/** What the live broker looks up: the positions as the journal has them. It keeps no order of its own. */
import type { Decimal } from '../../domain/decimal.ts'
import type { JournalId, PositionId, TradeId } from '../../domain/ids.ts'
import type { OrderRecord } from '../../domain/order.ts'
import type { Direction, OrderSide } from '../../domain/signal.ts'

/** A trade of a position, by its own orders or somebody else's. */
export type LiveFill = { readonly tradeId: TradeId; readonly side: OrderSide; readonly qty: Decimal; readonly price: Decimal }
/** What is known of a position that left. */
export type PastPosition = { readonly id: PositionId; readonly symbol: string; readonly fills: readonly LiveFill[] }

/** An entry that ended without a fill, as far as anybody knew, and when it was asked for (ms since the epoch). */
export type GivenUpEntry = { readonly symbol: string; readonly createdAt: number }

export type LivePosition = {
  readonly id: PositionId
  readonly symbol: string
  readonly direction: Direction
  readonly createdAt: number
  readonly openQty: Decimal
  readonly stopPrice: Decimal
  /** Where the stop was at the entry. */
  readonly firstStopPrice: Decimal
  /** Whole open quantity covered by confirmed stops. */
  readonly covered: boolean
  readonly closing: boolean
  /** Why its entry must not leave any more: it is being closed, or its account takes no entries. */
  readonly entryRefused: string | null
  /** Known to be gone from the account, nobody knows why: nothing is sent for it. */
  readonly vanished: boolean
  /** Closed or cancelled; only late fills still matter. */
  readonly finished: boolean
  readonly orders: readonly OrderRecord[]
  readonly fills: readonly LiveFill[]
  /** Every trade that is booked, void ones and those that took one back among them. */
  readonly tradeIds: ReadonlySet<TradeId>
  readonly fundingIds: ReadonlySet<string>
}

export type LiveWorld = {
  readonly journalId: () => JournalId | null
  readonly position: (id: PositionId) => LivePosition | undefined
  /** Positions that are not retired. */
  readonly positions: () => Iterable<LivePosition>
  /** The latest positions that are retired, newest first. */
  readonly past: () => readonly PastPosition[]
  /** Those that a venue may still carry out late. */
  readonly givenUp: () => readonly GivenUpEntry[]
  /** Whether a finished, retired position booked this trade. */
  readonly isBooked: (id: PositionId, tradeId: TradeId) => boolean
}
