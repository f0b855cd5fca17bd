/** What LOMS holds against what the exchange holds. */
import { useState } from 'preact/hooks'
import type { ReconciliationView } from '../../http/application.ts'
import { may, post } from '../api.ts'
import { dateTime, quantity } from '../format.ts'
import { useJournal } from '../parts/journal-list.ts'
import { Table, type Column } from '../parts/table.tsx'
import { notices, status } from '../store.ts'

type Row = { readonly kind: string; readonly symbol: string; readonly side: string; readonly position: number | null; readonly expected: number; readonly found: number; readonly at: number | null }

const MEANING: Readonly<Record<string, string>> = {
  orphan: 'The account holds what LOMS knows nothing of. LOMS never touches it: close it at the exchange, or hand it over with loms adopt.',
  vanished: 'LOMS holds it, the account does not, and no fill says why: find the price in the exchange’s history, then loms close ID --stated-price.',
  quantity: 'Both hold it, not the same amount.',
  'stop-missing': 'No own stop rests there.',
  'stop-short': 'The resting stop covers less than is open.',
  'foreign-stop': 'An order of somebody else would close part of it.',
}

const COLUMNS: readonly Column<Row>[] = [
  { head: 'What', cell: ({ kind }) => <b class="warn-text">{kind}</b> },
  { head: 'Position', cell: ({ symbol, side, position }) => <>{symbol} <span class={`side ${side}`}>{side}</span> {position !== null && <a href={`#/position/${position}`}>#{position}</a>}</> },
  { head: 'LOMS', num: true, cell: ({ expected }) => quantity(expected) },
  { head: 'Exchange', num: true, cell: ({ found }) => quantity(found) },
  { head: 'Meaning', cell: ({ kind }) => MEANING[kind] ?? '' },
  { head: 'Seen (UTC)', cell: ({ at }) => (at === null ? 'just now' : dateTime(at)) },
]

type Found = { readonly kind: string; readonly symbol: string; readonly direction: string; readonly positionId: number | null; readonly expected: string; readonly found: string }

export function Reconciliation() {
  return status.value?.live ? <Live /> : (
    <section class="panel">
      <header class="panel-head"><h1>Reconciliation</h1></header>
      <p class="empty"><b>Not connected in paper mode.</b> Simulated orders exist in LOMS only, so there is nothing to compare them with. With real orders, every difference between LOMS and the exchange stands here.</p>
    </section>
  )
}

function Live() {
  const [now, setNow] = useState<ReconciliationView | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const { records } = useJournal(['reconciliation.found'], notices.value.findLast(({ type }) => type === 'reconciliation.found')?.seq ?? 0)
  const compare = async (): Promise<void> => {
    const answer = await post<ReconciliationView>('/control/reconcile')
    setProblem(answer.ok ? null : answer.message)
    if (answer.ok) setNow(answer.body)
  }
  const current = (now?.findings ?? []).map((finding): Row => ({ ...finding, position: finding.position_id, at: null }))
  const past = records.flatMap(({ at, body }) => (body['findings'] as unknown as readonly Found[]).map((finding): Row => ({ ...finding, side: finding.direction, position: finding.positionId, expected: Number(finding.expected), found: Number(finding.found), at })))
  return (
    <>
      <section class="panel">
        <header class="panel-head"><h1>Reconciliation</h1>{may('admin') && <button class="button" onClick={() => void compare()}>Compare now</button>}</header>
        {problem !== null && <p class="problem" role="alert">{problem}</p>}
        {now && <p class={now.agrees ? 'answer up' : 'problem'}>{now.agrees ? '✓ LOMS and the exchange agree.' : `${now.findings.length} difference(s).`}</p>}
        {now && !now.agrees && <Table label="Differences now" columns={COLUMNS} rows={current} rowKey={({ kind, symbol, side }) => `${kind}${symbol}${side}`} empty="" />}
      </section>
      <section class="panel">
        <header class="panel-head"><h2>Found before</h2></header>
        <Table label="Differences found before" columns={COLUMNS} rows={past} rowKey={({ kind, symbol, side, at }) => `${kind}${symbol}${side}${at}`} empty="LOMS and the exchange never differed." />
      </section>
    </>
  )
}
