/** An incident from a file, stepped through forwards and backwards. Nothing leaves this browser; the live system is not touched. */
import { useMemo, useState } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { readBundle, venueLines, type VenueLine } from '../../inspect/bundle.ts'
import { openIncident, stateAt, stateOfAll, whatIf, type Incident as Opened, type MomentState } from '../../inspect/incident.ts'
import { positionSteps, type InspectedRecord } from '../../inspect/position-steps.ts'
import { clockMs, count, dateTime, words } from '../format.ts'
import { ActorTree } from '../parts/actor-tree.tsx'
import { StatePill } from '../parts/pill.tsx'
import { ProcessChart } from '../parts/process-panel.tsx'
import { save } from '../parts/save.ts'
import { Sequence } from '../parts/sequence.tsx'
import { StepsPanel } from '../parts/steps-panel.tsx'
import { EventLog } from './inspector.tsx'

export function Incident(_: object) {
  const [incident, setIncident] = useState<Opened | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const over = useSignal(false)
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return
    const read = await file.text().then(readBundle, (error: unknown) => ({ ok: false as const, message: `The file cannot be read: ${(error as Error).message}` }))
    if (!read.ok) return setProblem(read.message)
    try {
      setIncident(openIncident(read.bundle))
      setProblem(null)
    } catch (error) {
      setProblem(`The machines of this version do not take this journal: ${(error as Error).message}`)
    }
  }
  // Emptied, so that the same file may be chosen again.
  const choose = (input: HTMLInputElement): void => void take(input.files?.[0]).finally(() => (input.value = ''))
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    over.value = false
    void take(event.dataTransfer?.files[0])
  }
  return (
    <div onDragOver={(event) => (event.preventDefault(), (over.value = true))} onDragLeave={() => (over.value = false)} onDrop={drop} class="incident">
      <section class={`panel drop ${over.value ? 'over' : ''}`}>
        <div>
          <h1>Incident replay</h1>
          <p>Drop a file of <code>loms bundle --position 12</code> or <code>loms bundle --from … --to …</code> here. It is played in this browser by the very machines that ran; the live system is not touched.</p>
        </div>
        <label class="button primary">Open a bundle…<input type="file" class="visually-hidden" accept=".jsonl,.json,application/jsonl" onChange={(event) => choose(event.currentTarget)} /></label>
      </section>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      {incident && <Played key={incident.bundle.head.made_at} incident={incident} />}
    </div>
  )
}

function Played({ incident }: { readonly incident: Opened }) {
  const { moments, positions, bundle } = incident
  const [place, setPlace] = useState(moments.length - 1)
  const [chosen, setChosen] = useState(bundle.head.position ?? positions[0]?.run.id ?? null)
  const moment = moments[Math.min(place, moments.length - 1)]
  const pick = (seq: number): void => setPlace(Math.max(0, moments.findLastIndex((each) => each.seq <= seq)))
  const position = positions.find(({ run }) => run.id === chosen)
  const records = bundle.records as unknown as readonly InspectedRecord[]
  const steps = useMemo(() => (position ? positionSteps(position.run, records) : []), [position, records])
  const whole = useMemo(() => (moment ? stateOfAll(incident, moment.seq) : null), [incident, moment])
  if (!moment || !whole) return <p class="empty">The bundle holds no facts.</p>
  const until = records.filter(({ seq }) => seq <= endOf(moments, place, bundle.head.last_seq))
  return (
    <>
      <Proof incident={incident} />
      <section class="panel">
        <div class="slider">
          <button class="button small" aria-label="Back" disabled={place === 0} onClick={() => setPlace(place - 1)}>‹</button>
          <input type="range" min={0} max={moments.length - 1} value={place} aria-label="Moment" onInput={(event) => setPlace(Number(event.currentTarget.value))} />
          <button class="button small" aria-label="Forward" disabled={place >= moments.length - 1} onClick={() => setPlace(place + 1)}>›</button>
          <span class="num slider-place" data-seq={moment.seq}>fact {place + 1} of {count(moments.length)} · record {moment.seq} · {clockMs(moment.at)} UTC</span>
        </div>
        <p class="moment"><b>{words(moment.type)}</b>{moment.positionId !== null && <> for position {moment.positionId}</>} <StateHash hash={whole.hash} seq={moment.seq} /></p>
        <ul class="seen">
          {positions.slice(0, 60).map((each) => {
            const state = stateAt(each, moment.seq)
            return <li key={each.run.id}><button aria-pressed={each.run.id === chosen} onClick={() => setChosen(each.run.id)}><b>#{each.run.id}</b> {each.symbol} {each.direction} {state === null ? <span class="pill">not yet</span> : <StatePill state={state} />}</button></li>
          })}
        </ul>
      </section>
      {position && <section class="panel"><header class="panel-head"><h2>Position {position.run.id}</h2></header><StepsPanel key={`${position.run.id} ${moment.seq}`} steps={steps.filter(({ seq }) => seq <= moment.seq)} live={false} /></section>}
      <Actors state={whole} />
      <WhatIf incident={incident} seq={moment.seq} />
      <section class="panel">
        <header class="panel-head"><h2>Messages between actors</h2><span class="quiet">up to this moment</span></header>
        <Sequence records={until.slice(-50)} current={moment.seq} onPick={pick} />
      </section>
      <Venue incident={incident} until={moments[place + 1]?.at ?? Infinity} />
      <EventLog records={[...until].reverse()} current={moment.seq} onPick={pick} />
    </>
  )
}

/** A fact is shown with all it caused. */
const endOf = (moments: Opened['moments'], place: number, last: number): number => (moments[place + 1]?.seq ?? last + 1) - 1

function Proof({ incident }: { readonly incident: Opened }) {
  const { bundle: { head, records }, divergence, proven, moments } = incident
  return (
    <section class="panel proof">
      <dl class="facts">
        <dt>Records</dt><dd class="num">{count(records.length)}, {head.first_seq} to {head.last_seq}</dd>
        <dt>From (UTC)</dt><dd class="num">{dateTime(moments[0]?.at ?? null)}</dd>
        <dt>To (UTC)</dt><dd class="num">{dateTime(moments.at(-1)?.at ?? null)}</dd>
        <dt>Recorded by</dt><dd>LOMS {head.versions.loms}, machine {head.versions.machine}, Node {head.versions.node}</dd>
      </dl>
      {divergence === null
        ? <p class="answer up"><b>✓ Proven.</b> {count(proven.outputs)} recorded commands and notices made again, {count(proven.hashes)} recorded states reached.</p>
        : <p class="problem"><b>First divergence at record {divergence.seq}:</b> {divergence.what}</p>}
      <Contents bundle={incident.bundle} />
    </section>
  )
}

/** What else is in the file; each part can be taken out again. */
function Contents({ bundle: { head, parts } }: { readonly bundle: Opened['bundle'] }) {
  return (
    <details class="contents">
      <summary>What is in this file: {count(parts.length)} parts beside the records, {count(head.settings.length)} settings</summary>
      <ul>
        {(head.contents ?? []).map(({ name, what }) => {
          const part = parts.find((each) => `${each.part}/${each.name}` === name)
          return <li key={name}><b>{name}</b> <span>{what}</span> {part && part.text !== '' && <button class="button small" onClick={() => save(part.name, 'text/plain', part.text)}>Save</button>}</li>
        })}
        {head.remarks.map((remark) => <li key={remark} class="warn-text">{remark}</li>)}
      </ul>
      <table class="differences"><tbody>{head.settings.filter(({ origin }) => origin !== 'default').map(({ name, value, origin }) => <tr key={name}><th scope="row">{name}</th><td>{value === '' ? 'empty' : value}</td><td>{origin}</td></tr>)}</tbody></table>
    </details>
  )
}

const VENUE_SHOWN = 40
const short = (value: unknown): string => (value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value))

/** What the exchange was asked and answered up to the moment, newest first. */
function Venue({ incident: { bundle }, until }: { readonly incident: Opened; readonly until: number }) {
  const lines = useMemo(() => venueLines(bundle), [bundle])
  const asked = useMemo(() => new Map(lines.flatMap((line) => (line.path === undefined ? [] : [[line.n, line] as const]))), [lines])
  if (lines.length === 0) return null
  const shown = lines.filter(({ at }) => at < until).slice(-VENUE_SHOWN).reverse()
  return (
    <section class="panel">
      <header class="panel-head"><h2>Asked of the exchange <span class="count">{count(lines.length)}</span></h2><span class="quiet">the newest {VENUE_SHOWN} up to this moment</span></header>
      <ol class="timeline venue-lines">{shown.map((line) => <VenueRow key={`${line.n} ${line.ms ?? ''}`} line={line} request={asked.get(line.n)} />)}</ol>
      {shown.length === 0 && <p class="empty">Nothing was asked yet.</p>}
    </section>
  )
}

const VenueRow = ({ line, request }: { readonly line: VenueLine; readonly request: VenueLine | undefined }) => (
  <li class={line.error === undefined ? '' : 'bad'}>
    <time>{clockMs(line.at)}</time>
    <span class="kind">{line.ms === undefined ? 'sent' : `${line.ms} ms`}</span>
    <b>{request?.method} {request?.path}</b>
    <span><details><summary>{line.error ?? (line.ms === undefined ? short(line.sent) : short(line.answer)).slice(0, 90)}</summary><pre>{JSON.stringify(line, null, 2)}</pre></details></span>
    <small class="num">{line.n}</small>
  </li>
)

const StateHash = ({ hash, seq }: { readonly hash: string; readonly seq: number }) => (
  <small title={`The same as: loms replay FILE --until ${seq}`}>state <code data-hash={hash}>{hash.slice(0, 16)}…</code></small>
)

/** Who there was, and where the process stood. */
const Actors = ({ state: { actors, process } }: { readonly state: MomentState }) => (
  <section class="panel actors">
    <header class="panel-head">
      <h2>Actors at this moment</h2>
      <span class="quiet">{process === null ? 'where the process stood, this file does not tell' : process.afterCrash ? 'the life before this one was not asked to stop: it was killed, or it crashed' : ''}</span>
    </header>
    <div class="columns"><ActorTree root={actors} /><ProcessChart current={process?.state ?? null} place={process} /></div>
  </section>
)

function WhatIf({ incident, seq }: { readonly incident: Opened; readonly seq: number }) {
  const [answer, setAnswer] = useState<{ readonly seq: number; readonly text: string } | null>(null)
  const [later, setLater] = useState('5')
  const ask = (laterMs: number | null): void => {
    const result = whatIf(incident, { seq, laterMs })
    const text = typeof result === 'string' ? result : result.length === 0 ? 'Every position would have ended in the same state.' : result.map(({ id, was, is }) => `Position ${id} would be ${is ?? 'nowhere'} instead of ${was ?? 'nowhere'}.`).join(' ')
    setAnswer({ seq, text })
  }
  return (
    <section class="panel what-if">
      <h2>What if this fact…</h2>
      <div class="actions">
        <button class="button" onClick={() => ask(null)}>had not come</button>
        <span class="field-input">
          <button class="button" onClick={() => ask(Number(later) * 1000)}>had come later by</button>
          <input aria-label="Seconds later" value={later} inputMode="decimal" size={5} onInput={(event) => setLater(event.currentTarget.value)} /> s
        </span>
      </div>
      {answer?.seq === seq && <p class="answer" role="status">{answer.text}</p>}
      <p class="quiet">On a copy: everything else comes as recorded. What market and venue would have answered to other commands, nobody knows.</p>
    </section>
  )
}
