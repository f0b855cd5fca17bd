/** Orders by role, newest first. */
import { useSignal } from '@preact/signals'
import type { OrderView } from '../../domain/wire.ts'
import { dateTime, price, quantity } from '../format.ts'
import { Table, type Column } from '../parts/table.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { changes } from '../store.ts'

const ROLES = ['entry', 'stop-loss', 'take-profit', 'close'] as const

const average = ({ fills }: OrderView): number | null => {
  const qty = fills.reduce((sum, fill) => sum + fill.qty, 0)
  return qty === 0 ? null : fills.reduce((sum, fill) => sum + fill.qty * fill.price, 0) / qty
}

export const ORDER_COLUMNS: readonly Column<OrderView>[] = [
  { head: 'Created (UTC)', cell: ({ created_at: at }) => dateTime(at) },
  { head: 'Role', cell: ({ role }) => role },
  { head: 'Side', cell: ({ side }) => <span class={`side ${side === 'buy' ? 'long' : 'short'}`}>{side}</span> },
  { head: 'Type', cell: ({ order_type: type }) => type },
  { head: 'Quantity', num: true, cell: ({ qty }) => quantity(qty) },
  { head: 'Price', num: true, cell: (order) => price(order.role === 'stop-loss' ? order.sl_price : order.role === 'take-profit' ? order.tp_price : null) },
  { head: 'Filled at', num: true, cell: (order) => price(average(order)) },
  { head: 'Status', cell: ({ status }) => <span class={`pill order-${status}`}>{status.replace('_', ' ')}</span> },
  { head: 'Client order id', cell: ({ client_order_id: id }) => <code>{id}</code> },
]

export function Orders() {
  const role = useSignal<(typeof ROLES)[number]>('entry')
  const { body, problem } = useLoaded<readonly OrderView[]>(`/orders?role=${role.value}&limit=200`, Math.floor(changes.value / 5))
  const columns: readonly Column<OrderView>[] = [
    { head: 'Position', cell: ({ position_id: id, symbol }) => <a href={`#/position/${id}`}><b>{symbol}</b> #{id}</a> },
    ...ORDER_COLUMNS.filter(({ head }) => head !== 'Role'),
  ]
  return (
    <section class="panel">
      <header class="panel-head">
        <h1>Orders</h1>
        <span class="tabs" role="group" aria-label="Role of orders">
          {ROLES.map((name) => <button key={name} aria-pressed={role.value === name} onClick={() => (role.value = name)}>{name}</button>)}
        </span>
      </header>
      {problem !== null && <p class="problem">{problem}</p>}
      <Table label="Orders" columns={columns} rows={body ?? []} rowKey={({ client_order_id: id }) => id} empty={body ? `No ${role.value} orders yet.` : 'Loading…'} />
    </section>
  )
}
