/** What LOMS holds against what the exchange holds. */
import { useState } from 'preact/hooks'
import type { ReconciliationView } from '../../http/application.ts'
import { may, post } from '../api.ts'
import { amount, dateTime, duration, quantity } from '../format.ts'
import { useJournal } from '../parts/journal-list.ts'
import { Table, type Column } from '../parts/table.tsx'
import { notices, now, openIds, positionSignal, status } from '../store.ts'

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

/** A position of both sides, or of one of them. */
type Held = { readonly symbol: string; readonly side: string; readonly ours: number; readonly theirs: number }

const HELD: readonly Column<Held>[] = [
  { head: 'Position', cell: ({ symbol, side }) => <><b>{symbol}</b> <span class={`side ${side}`}>{side}</span></> },
  { head: 'LOMS', num: true, cell: ({ ours }) => quantity(ours) },
  { head: 'Exchange', num: true, cell: ({ theirs }) => quantity(theirs) },
  { head: 'Verdict', cell: ({ ours, theirs }) => (same(ours, theirs) ? <span class="up">✓ same</span> : <b class="warn-text">differs</b>) },
]
/** Sums of decimals that came as numbers. */
const same = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9

type Executor = {
  readonly equity: number | null
  readonly looked_at: string | null
  readonly connected: boolean
  readonly reconciliation: ReconciliationView
  readonly venue_positions: readonly { readonly symbol: string; readonly side: string; readonly qty: number }[]
}

function heldOf({ venue_positions: theirs }: Executor): readonly Held[] {
  const held = new Map<string, Held>()
  const add = (symbol: string, side: string, ours: number, other: number): void => {
    const known = held.get(`${symbol} ${side}`) ?? { symbol, side, ours: 0, theirs: 0 }
    held.set(`${symbol} ${side}`, { ...known, ours: known.ours + ours, theirs: known.theirs + other })
  }
  for (const id of openIds.value) {
    const view = positionSignal(id)?.value
    if (view && view.open_qty > 0) add(view.symbol, view.side, view.open_qty, 0)
  }
  for (const { symbol, side, qty } of theirs) add(symbol, side, 0, qty)
  return [...held.values()]
}

function Live() {
  const [problem, setProblem] = useState<string | null>(null)
  const [fresh, setFresh] = useState<ReconciliationView | null>(null)
  const { records } = useJournal(['reconciliation.found'], notices.value.findLast(({ type }) => type === 'reconciliation.found')?.seq ?? 0)
  const compare = async (): Promise<void> => {
    const answer = await post<ReconciliationView>('/control/reconcile')
    setProblem(answer.ok ? null : answer.message)
    if (answer.ok) setFresh(answer.body)
  }
  const executor = status.value?.health.executor as unknown as Executor
  // A difference that has just been seen may be an order under way; it stands only once it is seen again.
  const findings = executor.reconciliation.findings.length > 0 ? executor.reconciliation.findings : (fresh?.findings ?? [])
  const current = findings.map((finding): Row => ({ ...finding, position: finding.position_id, at: null }))
  const past = records.flatMap(({ at, body }) => (body['findings'] as unknown as readonly Found[]).map((finding): Row => ({ ...finding, side: finding.direction, position: finding.positionId, expected: Number(finding.expected), found: Number(finding.found), at })))
  const age = executor.looked_at === null ? null : Math.max(0, now.value - Date.parse(executor.looked_at))
  return (
    <>
      <section class="panel">
        <header class="panel-head">
          <h1>Reconciliation</h1>
          <span class="panel-tools"><span class="quiet num">{age === null ? 'not looked at yet' : `looked ${duration(age)} ago`}{executor.equity !== null && ` · equity ${amount(executor.equity)} USDT when last read`}</span>{may('admin') && <button class="button" onClick={() => void compare()}>Compare now</button>}</span>
        </header>
        {problem !== null && <p class="problem" role="alert">{problem}</p>}
        {!executor.connected ? <p class="problem" role="status"><b>The exchange does not answer.</b> Stops that rest there stay in place.</p>
          : findings.length === 0 ? <p class="answer up" role="status">✓ LOMS and the exchange agree.</p>
            : <p class="problem" role="status"><b>{findings.length} difference{findings.length === 1 ? '' : 's'}</b> between LOMS and the exchange.</p>}
        {findings.length > 0 && <Table label="Differences now" columns={COLUMNS} rows={current} rowKey={({ kind, symbol, side }) => `${kind}${symbol}${side}`} empty="" />}
      </section>
      <section class="panel">
        <header class="panel-head"><h2>Held now</h2></header>
        <Table label="Held now" columns={HELD} rows={heldOf(executor)} rowKey={({ symbol, side }) => `${symbol}${side}`} empty="Neither LOMS nor the exchange holds a position." />
      </section>
      <section class="panel">
        <header class="panel-head"><h2>Found before</h2></header>
        <Table label="Differences found before" columns={COLUMNS} rows={past} rowKey={({ kind, symbol, side, at }) => `${kind}${symbol}${side}${at}`} empty="LOMS and the exchange never differed." />
      </section>
    </>
  )
}
