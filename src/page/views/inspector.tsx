/** The running machines: who there is, what they say to each other, and one position step by step. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { RecordView } from '../../http/page/page-port.ts'
import type { InspectedRecord } from '../../inspect/position-steps.ts'
import { PROCESS_FACTS, processSteps } from '../../inspect/process-steps.ts'
import { clockMs, count, words } from '../format.ts'
import { LiveActorTree } from '../parts/actor-tree.tsx'
import { useJournal } from '../parts/journal-list.ts'
import { noticeText, noticeTone } from '../parts/notice-text.ts'
import { LiveProcess } from '../parts/process-panel.tsx'
import { Sequence } from '../parts/sequence.tsx'
import { StepsPanel } from '../parts/steps-panel.tsx'
import { useSteps } from '../parts/use-steps.ts'
import { changes, notices, status } from '../store.ts'

const SHOWN = 250

export function Inspector({ position }: { readonly position: number | null }) {
  const paused = useSignal(false)
  const { records, missed } = useRecords(paused.value, position)
  const { records: told } = useJournal(PROCESS_FACTS, status.value?.health.supervisor.state)
  const lives = useMemo(() => processSteps([...told].reverse()), [told])
  const { steps, problem } = useSteps(position, notices.value.findLast(({ positionId }) => positionId === position)?.seq ?? changes.value * 0)
  return (
    <>
      <section class="panel">
        <header class="panel-head">
          <h1>Inspector {position !== null && <small>position {position} · <a href="#/inspector">all</a></small>}</h1>
          <button class="button small" aria-pressed={paused.value} onClick={() => (paused.value = !paused.value)}>{paused.value ? 'Follow again' : 'Hold still'}</button>
        </header>
        {position === null ? (
          <div class="columns">
            <LiveActorTree />
            <LiveProcess steps={lives} state={status.value?.health.supervisor.state ?? null} />
          </div>
        ) : problem === null ? <StepsPanel steps={steps} live /> : <p class="problem">{problem}</p>}
      </section>
      <section class="panel">
        <header class="panel-head"><h2>Messages between actors</h2><span class="quiet">newest at the bottom{missed > 0 && <> · {count(missed)} records came too fast to be shown; they are in the journal</>}</span></header>
        <Sequence records={[...records].slice(0, 60).reverse() as unknown as readonly InspectedRecord[]} current={records[0]?.seq ?? null} />
      </section>
      <EventLog records={records} />
    </>
  )
}

/** The newest records, newest first, as the journal grows. The service neither knows nor waits. */
function useRecords(paused: boolean, position: number | null): { readonly records: readonly RecordView[]; readonly missed: number } {
  const [state, setState] = useState<{ readonly records: readonly RecordView[]; readonly missed: number }>({ records: [], missed: 0 })
  useEffect(() => {
    if (paused) return
    const source = new EventSource(`/page/records${position === null ? '' : `?position=${position}`}`)
    const on = <T,>(type: string, take: (data: T) => void): void => source.addEventListener(type, (event: MessageEvent<string>) => take(JSON.parse(event.data) as T))
    on<readonly RecordView[]>('begin', (records) => setState({ records: [...records].reverse(), missed: 0 }))
    on<readonly RecordView[]>('records', (records) => setState((known) => ({ ...known, records: [...[...records].reverse(), ...known.records].slice(0, SHOWN) })))
    on<{ readonly records: number }>('left-out', ({ records }) => setState((known) => ({ ...known, missed: known.missed + records })))
    return () => source.close()
  }, [paused, position])
  return state
}

const KINDS = ['all', 'fact', 'command', 'notice'] as const

export function EventLog({ records, onPick, current = null }: { readonly records: readonly RecordView[]; readonly onPick?: (seq: number) => void; readonly current?: number | null }) {
  const kind = useSignal<(typeof KINDS)[number]>('all')
  const filter = useSignal('')
  const wanted = filter.value.trim().toLowerCase()
  const shown = records.filter(({ kind: own, body }) => (kind.value === 'all' || own === kind.value) && (wanted === '' || JSON.stringify(body).toLowerCase().includes(wanted)))
  return (
    <section class="panel">
      <header class="panel-head">
        <h2>Event log <span class="count">{shown.length}</span></h2>
        <span class="panel-tools">
          <input type="search" placeholder="Type, symbol, order id…" aria-label="Filter events" value={filter.value} onInput={(event) => (filter.value = event.currentTarget.value)} />
          <span class="tabs" role="group" aria-label="Kind of records">{KINDS.map((name) => <button key={name} aria-pressed={kind.value === name} onClick={() => (kind.value = name)}>{name}</button>)}</span>
        </span>
      </header>
      <ol class="timeline">
        {shown.slice(0, SHOWN).map(({ seq, at, kind: own, body }) => (
          <li key={seq} class={`${own} ${noticeTone(body)} ${seq === current ? 'current' : ''}`} onClick={() => onPick?.(seq)}>
            <time>{clockMs(at)}</time>
            <span class="kind">{own}</span>
            <b>{words(body.type)}{typeof body['positionId'] === 'number' && <> #{body['positionId']}</>}</b>
            <span>{noticeText(body)}</span>
            <small class="num">{seq}</small>
          </li>
        ))}
      </ol>
      {shown.length === 0 && <p class="empty">No record matches.</p>}
    </section>
  )
}
