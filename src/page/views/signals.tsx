/** Every signal that came: what became of it and why. */
import { useSignal } from '@preact/signals'
import type { RecordView } from '../../http/page/page-port.ts'
import { dateTime, price } from '../format.ts'
import { useJournal } from '../parts/journal-list.ts'
import { Table, type Column } from '../parts/table.tsx'
import { notices } from '../store.ts'

type Answer = { readonly position_id?: number; readonly risk_ok?: boolean; readonly oms_enabled?: boolean; readonly risk_reason?: string; readonly reason?: string }
type SignalBody = { readonly symbol: string; readonly direction: string; readonly price: string; readonly strategy: string }
type Row = { readonly seq: number; readonly at: number; readonly signal: SignalBody; readonly payload: unknown; readonly kind: string; readonly outcome: Outcome; readonly answer: Answer | null; readonly repeats: number | null }
const OUTCOMES = ['accepted', 'denied', 'not traded', 'duplicate'] as const
type Outcome = (typeof OUTCOMES)[number] | '…'

function rowsOf(records: readonly RecordView[]): readonly Row[] {
  const answers = new Map(records.flatMap(({ cause, body }) => (body.type === 'signal.answered' && cause !== undefined ? [[cause, body['answer'] as unknown as Answer] as const] : [])))
  return records.flatMap(({ seq, at, body }): Row[] => {
    if (body.type !== 'signal.received') return []
    const answer = answers.get(seq) ?? null
    return [{ seq, at, answer, signal: body['signal'] as unknown as SignalBody, payload: body['payload'], kind: body['kind'] as string, outcome: outcomeOf(body['duplicateOf'] !== null, answer), repeats: body['duplicateOf'] as number | null }]
  })
}
function outcomeOf(duplicate: boolean, answer: Answer | null): Outcome {
  if (duplicate) return 'duplicate'
  if (!answer) return '…'
  return answer.position_id !== undefined ? 'accepted' : answer.oms_enabled === false ? 'not traded' : 'denied'
}

const PILL: Readonly<Record<Outcome, string>> = { accepted: 'safe', denied: 'warn', 'not traded': 'waiting', duplicate: 'done', '…': 'waiting' }

const COLUMNS: readonly Column<Row>[] = [
  { head: 'Received (UTC)', cell: ({ at }) => <span class="nowrap">{dateTime(at)}</span> },
  { head: 'Signal', cell: ({ signal }) => <><b>{signal.symbol}</b> <span class={`side ${signal.direction}`}>{signal.direction}</span></> },
  { head: 'Price', num: true, cell: ({ signal }) => price(Number(signal.price)) },
  { head: 'Strategy', cell: ({ signal }) => signal.strategy },
  { head: 'Outcome', cell: ({ outcome }) => <span class={`pill ${PILL[outcome]}`}>{outcome}</span> },
  { head: 'Why', cell: ({ answer, repeats }) => (answer?.position_id !== undefined ? <a href={`#/position/${answer.position_id}`}>position #{answer.position_id}</a> : (answer?.risk_reason ?? answer?.reason ?? (repeats === null ? '' : `repeats record ${repeats}; nothing was opened`))) },
  { head: 'As received', cell: ({ payload, kind }) => <details><summary>{kind.replace('_', ' ')}</summary><pre>{JSON.stringify(payload, null, 2)}</pre></details> },
]

export function Signals() {
  const shown = useSignal<Outcome | 'all'>('all')
  const { records, problem, more } = useJournal(['signal.received', 'signal.answered'], notices.value.findLast(({ type }) => type === 'signal.answered')?.seq ?? 0, 200)
  const rows = rowsOf(records)
  return (
    <section class="panel">
      <header class="panel-head">
        <h1>Signals</h1>
        <span class="tabs" role="group" aria-label="Outcome of signals">
          {(['all', ...OUTCOMES] as const).map((name) => (
            <button key={name} aria-pressed={shown.value === name} onClick={() => (shown.value = name)}>
              {name} <small>{name === 'all' ? rows.length : rows.filter(({ outcome }) => outcome === name).length}</small>
            </button>
          ))}
        </span>
      </header>
      {problem !== null && <p class="problem">{problem}</p>}
      <Table label="Signals" columns={COLUMNS} rows={rows.filter(({ outcome }) => shown.value === 'all' || outcome === shown.value)} rowKey={({ seq }) => seq} empty="No signals of this kind yet. What does not pass validation is answered 422 and is not recorded." />
      {more && <button class="button" onClick={more}>Older</button>}
    </section>
  )
}
