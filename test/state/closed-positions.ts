/** Finished positions for the tests of the history. */
import type { ClosedPosition, PositionView } from '../../src/domain/wire.ts'

export const DAY = 86_400_000
export const START = Date.UTC(2026, 0, 1)
const iso = (ms: number): string => new Date(ms).toISOString()

export type Finished = Partial<Pick<PositionView, 'symbol' | 'strategy' | 'exchange' | 'account_label' | 'side' | 'auto_close_reason'>> & {
  readonly pnl?: number
  readonly createdAt?: number
  readonly closedAt?: number
  readonly cancelled?: boolean
}

export function finished(id: number, given: Finished = {}): ClosedPosition {
  const { pnl = 1, createdAt = START + id * 1000, cancelled = false, ...names } = given
  const closedAt = given.closedAt ?? createdAt + 60_000
  const view: PositionView = {
    id,
    exchange: 'bitget',
    market_type: 'paper_sim',
    symbol: 'BTCUSDT',
    side: 'long',
    qty: 1,
    open_qty: 0,
    account_label: 'lab_dev',
    strategy: 'bounce_ema10_strict',
    external_order_id: null,
    external_position_ref: null,
    sl_order_id: null,
    tp_order_id: null,
    entry_price: 100,
    tp_price: 104.5,
    sl_price: 98.5,
    status: cancelled ? 'cancelled' : 'closed',
    state: cancelled ? 'cancelled' : 'closed',
    created_at: iso(createdAt),
    closed_at: cancelled ? null : iso(closedAt),
    close_price: cancelled ? null : 101,
    pnl: cancelled ? null : pnl,
    fees: 0.1,
    exit_strategy: 'tp_sl_static',
    dynamic_tp_price: null,
    dynamic_sl_price: null,
    max_favorable_move: 0,
    max_adverse_move: 0,
    exit_meta: {},
    auto_close_reason: cancelled ? null : 'tp',
    ...names,
  }
  return { view, orders: [], seqs: [id, id + 1] }
}
