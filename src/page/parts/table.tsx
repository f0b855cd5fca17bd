/** Rows and columns; on a phone each row becomes a card with the heads as labels. */
import type { ComponentChildren } from 'preact'

export type Column<T> = { readonly head: string; readonly cell: (row: T) => ComponentChildren; readonly num?: boolean }

export function Table<T>({ columns, rows, rowKey, empty, label }: {
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly rowKey: (row: T) => string | number
  readonly empty: ComponentChildren
  readonly label: string
}) {
  if (rows.length === 0) return <p class="empty">{empty}</p>
  return (
    <div class="table-wrap">
      <table aria-label={label}>
        <thead><tr>{columns.map(({ head, num }) => <th key={head} scope="col" class={num ? 'num' : ''}>{head}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => <tr key={rowKey(row)}>{columns.map(({ head, cell, num }) => <td key={head} data-head={head} class={num ? 'num' : ''}>{cell(row)}</td>)}</tr>)}
        </tbody>
      </table>
    </div>
  )
}
