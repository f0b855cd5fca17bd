/** Statistics as readable text: the totals below each other, groups as a table. */
import type { GroupedStats, Stats } from '../domain/wire.ts'
import { count, duration, money, percent, text } from './format.ts'
import { signed } from './position-table.ts'
import { renderPairs, renderTable, type Column } from './table.ts'
import type { Colours } from './terminal.ts'

/** The totals, and one row per group where the service gave groups. */
export function renderStats(stats: GroupedStats, groupBy: string | undefined, colours: Colours): string {
  const totals = renderPairs([
    ['positions', `${count(stats.total_positions)} (${count(stats.open_positions)} open, ${count(stats.closed_positions)} closed)`],
    ['won / lost', `${count(stats.winning_trades)} / ${count(stats.losing_trades)}`],
    ['win rate', percent(stats.winrate)],
    ['by target / stop', `${count(stats.tp_count)} / ${count(stats.sl_count)}`],
    ['total pnl', signed(stats.total_pnl, colours)],
    ['average pnl', signed(stats.avg_pnl_per_trade, colours)],
    ['average win', money(stats.avg_pnl_win)],
    ['average loss', money(stats.avg_pnl_loss)],
    ['profit factor', money(stats.profit_factor)],
    ['expectancy', money(stats.expectancy)],
    ['max drawdown', money(stats.max_drawdown)],
    ['average duration', duration(stats.avg_duration_sec)],
    ['trades per day', money(stats.trades_per_day)],
  ])
  if (stats.groups === undefined) return totals
  const rows = Object.entries(stats.groups)
  return rows.length === 0 ? totals : `${totals}\n\n${renderTable(groupColumns(groupBy ?? 'group', colours), rows)}`
}

function groupColumns(groupBy: string, colours: Colours): readonly Column<readonly [string, Stats]>[] {
  return [
    { head: groupBy.toUpperCase(), cell: ([name]) => text(name) },
    { head: 'TOTAL', cell: ([, row]) => count(row.total_positions), align: 'right' },
    { head: 'OPEN', cell: ([, row]) => count(row.open_positions), align: 'right' },
    { head: 'CLOSED', cell: ([, row]) => count(row.closed_positions), align: 'right' },
    { head: 'WON', cell: ([, row]) => count(row.winning_trades), align: 'right' },
    { head: 'LOST', cell: ([, row]) => count(row.losing_trades), align: 'right' },
    { head: 'WIN RATE', cell: ([, row]) => percent(row.winrate), align: 'right' },
    { head: 'PNL', cell: ([, row]) => signed(row.total_pnl, colours), align: 'right' },
    { head: 'AVERAGE', cell: ([, row]) => signed(row.avg_pnl_per_trade, colours), align: 'right' },
    { head: 'DRAWDOWN', cell: ([, row]) => money(row.max_drawdown), align: 'right' },
    { head: 'PROFIT FACTOR', cell: ([, row]) => money(row.profit_factor), align: 'right' },
  ]
}
