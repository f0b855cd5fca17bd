/** What people and the service itself changed: the part of the journal that an auditor asks for. */
import type { RecordView } from '../../http/page/page-port.ts'
import { dateTime, words } from '../format.ts'
import { useJournal } from '../parts/journal-list.ts'
import { noticeText, noticeTone } from '../parts/notice-text.ts'
import { Table, type Column } from '../parts/table.tsx'
import { changes, status } from '../store.ts'

const TYPES = ['trading.paused', 'trading.resumed', 'trading.halted', 'trading.changed', 'kill-switch.armed', 'loss-limit.reached', 'exit.requested', 'levels.requested', 'exit-signal.received', 'price.pinned', 'settings.changed', 'run.started', 'run.reconciled', 'run.stopping', 'fact.failed', 'journal.created', 'stray.filled', 'position.adopted', 'risk.blocked', 'stop-loss.failed', 'reconciliation.found']

const COLUMNS: readonly Column<RecordView>[] = [
  { head: 'Record', num: true, cell: ({ seq }) => seq },
  { head: 'Time (UTC)', cell: ({ at }) => <span class="nowrap">{dateTime(at)}</span> },
  { head: 'What', cell: ({ body }) => <b class={`nowrap ${noticeTone(body)}`}>{words(body.type)}</b> },
  { head: 'Position', cell: ({ body }) => (typeof body['positionId'] === 'number' ? <a href={`#/position/${body['positionId']}`}>#{body['positionId']}</a> : '') },
  { head: 'Detail', cell: ({ body }) => noticeText(body) },
  { head: 'Record as journaled', cell: ({ body }) => <details><summary>JSON</summary><pre>{JSON.stringify(body, null, 2)}</pre></details> },
]

export function Audit() {
  const { records: found, problem, more } = useJournal(TYPES, Math.floor(changes.value / 5))
  // What a person set has a fact of its own; what a limit set has not.
  const records = found.filter(({ body }) => body.type !== 'trading.changed' || body['automatic'] === true)
  return (
    <section class="panel">
      <header class="panel-head"><h1>Audit</h1><span class="quiet">signals as received: <code>{status.value?.health.audit_log_path}</code></span></header>
      {problem !== null && <p class="problem">{problem}</p>}
      <Table label="Audit" columns={COLUMNS} rows={records} rowKey={({ seq }) => seq} empty="Nothing was changed by hand yet." />
      {more && <button class="button" onClick={more}>Older</button>}
    </section>
  )
}
