/** `loms orders`: the orders of one role, newest first. */
import type { FillView, OrderView } from '../../domain/wire.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { count, money, price, text, time } from '../format.ts'
import { printJson, reportFailure, type Session } from '../session.ts'
import { renderTable, type Column } from '../table.ts'

export type OrdersOptions = { readonly role?: string; readonly limit?: number }

export async function showOrders(session: Session, options: OrdersOptions): Promise<ExitCode> {
  const answer = await session.client.get<readonly OrderView[]>('/orders', 'array', { role: options.role, limit: options.limit })
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  const orders = answer.body
  if (session.json) printJson(session.terminal, orders)
  else session.terminal.out(orders.length === 0 ? 'no orders' : renderTable(COLUMNS, orders))
  if (!session.json && answer.total !== null && answer.total > orders.length) {
    session.terminal.err(`the newest ${orders.length} of ${answer.total}; --limit N shows more`)
  }
  return EXIT.ok
}

const COLUMNS: readonly Column<OrderView>[] = [
  { head: 'ID', cell: (row) => count(row.id), align: 'right' },
  { head: 'CREATED (UTC)', cell: (row) => time(row.created_at) },
  { head: 'POSITION', cell: (row) => count(row.position_id), align: 'right' },
  { head: 'ROLE', cell: (row) => text(row.role) },
  { head: 'SYMBOL', cell: (row) => text(row.symbol) },
  { head: 'SIDE', cell: (row) => text(row.side) },
  { head: 'TYPE', cell: (row) => text(row.order_type) },
  { head: 'QTY', cell: (row) => money(row.qty), align: 'right' },
  { head: 'STOP', cell: (row) => price(row.sl_price), align: 'right' },
  { head: 'TARGET', cell: (row) => price(row.tp_price), align: 'right' },
  { head: 'STATUS', cell: (row) => text(row.status) },
  { head: 'FILLED', cell: (row) => money(filledQty(row.fills ?? [])), align: 'right' },
  { head: 'AT', cell: (row) => price(averagePrice(row.fills ?? [])), align: 'right' },
  { head: 'CLIENT ORDER ID', cell: (row) => text(row.client_order_id) },
]

const filledQty = (fills: readonly FillView[]): number => fills.reduce((total, fill) => total + fill.qty, 0)

/** Weighted by quantity; null without a fill. For display only. */
function averagePrice(fills: readonly FillView[]): number | null {
  const qty = filledQty(fills)
  return qty === 0 ? null : fills.reduce((total, fill) => total + fill.qty * fill.price, 0) / qty
}
