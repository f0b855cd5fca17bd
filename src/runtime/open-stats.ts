/** Statistics of finished positions with the open ones counted in. */
import type { GroupedStats, PositionView, Stats, StatsGroup } from '../domain/wire.ts'

/** Adds the open positions to the totals and to their groups. An open position has no reason yet: group `none`. */
export function withOpen(finished: GroupedStats, open: readonly PositionView[], groupBy: StatsGroup | undefined): GroupedStats {
  if (open.length === 0) return finished
  const total = counted(finished, open.length)
  if (groupBy === undefined || finished.groups === undefined) return total
  const groups = new Map(Object.entries(finished.groups))
  for (const view of open) {
    const name = groupOf(view, groupBy)
    groups.set(name, counted(groups.get(name) ?? NOTHING, 1))
  }
  return { ...total, groups: Object.fromEntries([...groups].sort(([a], [b]) => (a < b ? -1 : 1))) }
}

const counted = <T extends Stats>(stats: T, open: number): T => ({ ...stats, total_positions: stats.total_positions + open, open_positions: stats.open_positions + open })

function groupOf(view: PositionView, groupBy: StatsGroup): string {
  switch (groupBy) {
    case 'symbol':
      return view.symbol
    case 'exchange':
      return view.exchange
    case 'strategy':
      return view.strategy
    case 'account':
      return view.account_label
    case 'day':
      return view.created_at.slice(0, 10)
    case 'reason':
      return 'none'
  }
}

const NOTHING: Stats = {
  total_positions: 0,
  open_positions: 0,
  closed_positions: 0,
  winning_trades: 0,
  losing_trades: 0,
  tp_count: 0,
  sl_count: 0,
  total_pnl: 0,
  avg_pnl_per_trade: 0,
  avg_pnl_win: null,
  avg_pnl_loss: null,
  winrate: 0,
  max_drawdown: 0,
  profit_factor: null,
  expectancy: 0,
  avg_duration_sec: null,
  trades_per_day: 0,
}
