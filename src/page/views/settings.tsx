/** Every setting in force and where it came from. Read-only: settings are changed where they are written. */
import { useSignal } from '@preact/signals'
import type { ShownSetting } from '../../http/page/page-port.ts'
import { Table, type Column } from '../parts/table.tsx'
import { useLoaded } from '../parts/use-loaded.ts'

const COLUMNS: readonly Column<ShownSetting>[] = [
  { head: 'Setting', cell: ({ name }) => <code>{name}</code> },
  { head: 'Value', cell: ({ value }) => (value === '' ? <span class="quiet">empty</span> : <b>{value}</b>) },
  { head: 'From', cell: ({ origin }) => <span class={`pill ${origin === 'default' ? 'done' : 'waiting'}`}>{origin}</span> },
  { head: 'Note', cell: ({ note }) => note ?? '' },
]

export function SettingsView() {
  const filter = useSignal('')
  const changedOnly = useSignal(false)
  const { body, problem } = useLoaded<readonly ShownSetting[]>('/page/settings')
  const rows = (body ?? []).filter(({ name, origin }) => name.includes(filter.value.trim().toUpperCase()) && (!changedOnly.value || origin !== 'default'))
  return (
    <section class="panel">
      <header class="panel-head">
        <h1>Settings in force</h1>
        <span class="panel-tools">
          <label class="check"><input type="checkbox" checked={changedOnly.value} onChange={(event) => (changedOnly.value = event.currentTarget.checked)} /> only what differs from the default</label>
          <input type="search" placeholder="Name" aria-label="Filter settings" onInput={(event) => (filter.value = event.currentTarget.value)} />
        </span>
      </header>
      {problem !== null && <p class="problem">{problem}</p>}
      <Table label="Settings" columns={COLUMNS} rows={rows} rowKey={({ name }) => name} empty="No setting has such a name." />
    </section>
  )
}
