/** Positions, orders and statistics as other programs read them. Names are contracts; numbers carry no binary noise. */
import type { ExitReason } from './exit-reason.ts'
import type { MarketType } from './core-settings.ts'
import type { OrderRole } from './ids.ts'
import type { OrderStatus } from './order.ts'
import type { Direction, JsonObject, OrderSide } from './signal.ts'

export const POSITION_STATES = [
  'pending',
  'entry-filled',
  'sl-placed',
  'tp-placed',
  'closing',
  'rolling-back',
  'quarantined',
  'closed',
  'cancelled',
] as const
export type PositionState = (typeof POSITION_STATES)[number]
export type PositionStatus = 'open' | 'closed' | 'cancelled'

export type PositionView = {
  readonly id: number
  readonly exchange: string
  readonly market_type: MarketType
  readonly symbol: string
  readonly side: Direction
  /** Filled entry quantity. */
  readonly qty: number
  /** What of it is not closed yet. */
  readonly open_qty: number
  readonly account_label: string
  readonly strategy: string
  readonly external_order_id: string | null
  readonly external_position_ref: string | null
  readonly sl_order_id: string | null
  readonly tp_order_id: string | null
  /** Average fill price; the signal's price while nothing is filled. */
  readonly entry_price: number
  readonly tp_price: number | null
  readonly sl_price: number
  readonly status: PositionStatus
  readonly state: PositionState
  /** ISO 8601, UTC, milliseconds. */
  readonly created_at: string
  readonly closed_at: string | null
  readonly close_price: number | null
  /** Net of fees and funding; null while open. */
  readonly pnl: number | null
  readonly fees: number
  readonly auto_close_reason: ExitReason | null
  readonly exit_strategy: string
  readonly dynamic_tp_price: number | null
  readonly dynamic_sl_price: number | null
  /** Best move since the fill in percent of the entry price, ≥ 0. */
  readonly max_favorable_move: number
  /** Worst move against the position since the fill in percent of the entry price, ≥ 0. */
  readonly max_adverse_move: number
  readonly exit_meta: JsonObject
}

export type FillView = {
  readonly trade_id: string
  readonly qty: number
  readonly price: number
  readonly fee: number
  readonly liquidity: 'maker' | 'taker'
  readonly at: string
  /** The exchange declared it void: it counts no more. */
  readonly voided?: true | undefined
}

export type OrderView = {
  /** Entry orders count up from 1; other roles: position id · 1000 + number of the order within its position. */
  readonly id: number
  readonly position_id: number
  readonly role: OrderRole
  readonly symbol: string
  readonly side: OrderSide
  readonly qty: number
  readonly order_type: 'market' | 'stop' | 'limit'
  readonly tp_price: number | null
  readonly sl_price: number | null
  readonly status: OrderStatus
  readonly created_at: string
  readonly client_order_id: string
  readonly external_order_id: string | null
  readonly fills: readonly FillView[]
}

/** One line of a position's history. */
export type PositionEvent = { readonly seq: number; readonly at: string; readonly type: string; readonly [detail: string]: unknown }
export type PositionDetail = PositionView & { readonly orders: readonly OrderView[]; readonly events: readonly PositionEvent[] }

/** A finished position: what the history keeps as one row. */
export type ClosedPosition = { readonly view: PositionView; readonly orders: readonly OrderView[]; readonly seqs: readonly number[] }

export type PositionFilter = {
  readonly status?: PositionStatus | undefined
  readonly symbol?: string | undefined
  readonly strategy?: string | undefined
  readonly exchange?: string | undefined
  readonly accountLabel?: string | undefined
  /** `created_at` ≥ from and < to, milliseconds since the epoch. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}
export type PageRequest = {
  /** Absent: the newest 1,000. */
  readonly limit?: number | undefined
  /** Positions with an id greater than this one (ascending pages). */
  readonly after?: number | undefined
}
export type Page<T> = {
  readonly items: readonly T[]
  /** All that match the filter. */
  readonly total: number
  /** `after` of the next page; null at the end. */
  readonly next: number | null
}

export const STATS_GROUPS = ['symbol', 'exchange', 'strategy', 'account', 'day', 'reason'] as const
export type StatsGroup = (typeof STATS_GROUPS)[number]

export type Stats = {
  readonly total_positions: number
  readonly open_positions: number
  readonly closed_positions: number
  readonly winning_trades: number
  readonly losing_trades: number
  readonly tp_count: number
  readonly sl_count: number
  readonly total_pnl: number
  readonly avg_pnl_per_trade: number
  readonly avg_pnl_win: number | null
  readonly avg_pnl_loss: number | null
  readonly winrate: number
  readonly max_drawdown: number
  /** Gross profit / gross loss; null without a loss. */
  readonly profit_factor: number | null
  readonly expectancy: number
  readonly avg_duration_sec: number | null
  readonly trades_per_day: number
}
/** With `group_by`: the totals and one row per group. */
export type GroupedStats = Stats & { readonly groups?: Readonly<Record<string, Stats>> }
