/** Positions as a table: the same for the live service and for a simulation. */
import type { PositionView } from '../domain/wire.ts'
import { count, money, NONE, price, text, time } from './format.ts'
import { renderTable, type Column } from './table.ts'
import type { Colours } from './terminal.ts'

/** One line per position; profit green, loss red where colours are on. */
export const renderPositions = (positions: readonly PositionView[], colours: Colours): string => renderTable(positionColumns(colours), positions)

function positionColumns(colours: Colours): readonly Column<PositionView>[] {
  return [
    { head: 'ID', cell: (row) => count(row.id), align: 'right' },
    { head: 'OPENED (UTC)', cell: (row) => time(row.created_at) },
    { head: 'SYMBOL', cell: (row) => text(row.symbol) },
    { head: 'SIDE', cell: (row) => text(row.side) },
    { head: 'QTY', cell: (row) => money(row.qty), align: 'right' },
    { head: 'ENTRY', cell: (row) => price(row.entry_price), align: 'right' },
    { head: 'STOP', cell: (row) => price(row.dynamic_sl_price ?? row.sl_price), align: 'right' },
    { head: 'TARGET', cell: (row) => price(row.dynamic_tp_price ?? row.tp_price), align: 'right' },
    { head: 'STATE', cell: (row) => stateText(row.state, colours) },
    { head: 'EXIT', cell: (row) => price(row.close_price), align: 'right' },
    { head: 'PNL', cell: (row) => signed(row.pnl, colours), align: 'right' },
    { head: 'REASON', cell: (row) => text(row.auto_close_reason) },
    { head: 'STRATEGY', cell: (row) => text(row.strategy) },
  ]
}

/** Money in green above and red below zero. */
export function signed(value: number | null | undefined, colours: Colours): string {
  const shown = money(value)
  if (shown === NONE || typeof value !== 'number' || value === 0) return shown
  return value > 0 ? colours.green(shown) : colours.red(shown)
}

function stateText(state: string, colours: Colours): string {
  if (state === 'quarantined' || state === 'rolling-back') return colours.red(text(state))
  return state === 'tp-placed' || state === 'sl-placed' ? colours.cyan(text(state)) : text(state)
}
