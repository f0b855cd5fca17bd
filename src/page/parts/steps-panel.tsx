/** One position step by step: its statechart with a slider over all that happened to it, and what each step changed. */
import { charts } from 'virtual:charts'
import { useEffect, useState } from 'preact/hooks'
import { positionMachine } from '../../../machines/position.machine.ts'
import type { Step } from '../../inspect/position-steps.ts'
import { clockMs, duration, price, words } from '../format.ts'
import { now } from '../store.ts'
import { ChartExport } from './chart-export.tsx'
import { noticeText } from './notice-text.ts'
import { Statechart, edgeName } from './statechart.tsx'

/** `live`: the newest step is shown until the slider is moved. */
export function StepsPanel({ steps, live, onStep }: { readonly steps: readonly Step[]; readonly live: boolean; readonly onStep?: (step: Step | undefined) => void }) {
  const [chosen, setChosen] = useState<number | null>(null)
  const last = steps.length - 1
  const index = chosen === null ? last : Math.min(chosen, last)
  const step = steps[index]
  useEffect(() => onStep?.(step), [step, onStep])
  if (!step) return <p class="empty">No record of this position was found.</p>
  const past = steps.slice(0, index + 1)
  const visited = new Set(past.flatMap(({ from, to, taken }) => [from ?? to, to, ...taken.flatMap((arrow) => [arrow.from, arrow.to])]))
  const walked = new Set(past.flatMap(({ taken }) => taken.map(edgeName)))
  // The last arrow that was taken stays marked while steps change no state.
  const taken = past.findLast((each) => each.taken.length > 0)?.taken.slice(-1) ?? []
  return (
    <div class="steps">
      <div class="slider">
        <button class="button small" aria-label="Step back" disabled={index === 0} onClick={() => setChosen(index - 1)}>‹</button>
        <input type="range" min={0} max={last} value={index} aria-label="Step" aria-valuetext={`${index + 1} of ${steps.length}: ${step.fact.type}`} onInput={(event) => setChosen(Number(event.currentTarget.value))} />
        <button class="button small" aria-label="Step forward" disabled={index === last} onClick={() => setChosen(index + 1)}>›</button>
        <span class="num slider-place">step {index + 1} of {steps.length} · record {step.seq} · {clockMs(step.at)} UTC</span>
        {live && <button class="button small" aria-pressed={chosen === null} onClick={() => setChosen(null)}>{chosen === null ? '● following' : 'follow live'}</button>}
      </div>
      <div class="steps-columns">
        <div class="chart-box">
          <Statechart chart={charts.position} current={step.to} visited={visited} walked={walked} taken={taken} label="Position" />
          <ChartExport name="position" machine={positionMachine} chart={charts.position} current={step.to} />
        </div>
        <StepDetail step={step} isNow={index === last && live} />
      </div>
    </div>
  )
}

function StepDetail({ step, isNow }: { readonly step: Step; readonly isNow: boolean }) {
  return (
    <div class="step-detail">
      <h3>{words(step.fact.type)} <small>{step.from !== null && step.from !== step.to ? `${step.from} → ${step.to}` : step.to}</small></h3>
      <p>{noticeText(step.fact)}</p>
      {step.divergence !== null && <p class="problem"><b>Differs from the recording:</b> {step.divergence}</p>}
      <Waits step={step} isNow={isNow} />
      {step.outputs.length > 0 && (
        <>
          <h4>It answered</h4>
          <ul class="answers">
            {step.outputs.map(({ seq, kind, body }) => <li key={seq} class={kind}><b>{words(body.type)}</b> {noticeText(body)}</li>)}
          </ul>
        </>
      )}
      <h4>Context, before and after</h4>
      {step.changes.length === 0 ? <p class="quiet">{step.from === null ? 'The position begins here.' : 'Nothing changed.'}</p> : <Differences step={step} />}
    </div>
  )
}

/** Armed levels and deadlines in words, as of the step. */
function Waits({ step, isNow }: { readonly step: Step; readonly isNow: boolean }) {
  const at = isNow ? now.value : step.at
  return (
    <>
      <h4>It waits for</h4>
      {step.waits.length === 0 ? <p class="quiet">Nothing any more.</p> : (
        <ul class="waits">
          {step.waits.map((wait) => <li key={`${wait.kind}${wait.text}`}>{wait.kind === 'price' ? <><b class="num">{price(wait.price)}</b> {wait.text}</> : <><b class="num">in {duration(wait.at - at)}</b> {wait.text}</>}</li>)}
        </ul>
      )}
    </>
  )
}

/** Milliseconds since the epoch, as far as nothing else in a position is that large. */
const isTime = (value: unknown): value is number => typeof value === 'number' && value > 1e12 && value < 1e13
function leaf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (isTime(value)) return `${clockMs(value)} UTC`
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  // What is new as a whole, an order for instance: only what it says.
  return Object.entries(value).flatMap(([name, each]) => (each === null || each === false || each === '' || (Array.isArray(each) && each.length === 0) ? [] : [`${name} ${leaf(each)}`])).join(', ')
}

const Differences = ({ step }: { readonly step: Step }) => (
  <table class="differences">
    <tbody>
      {step.changes.filter(({ path }) => path !== '/at').map(({ path, before, after }) => (
        <tr key={path}><th scope="row">{path.slice(1).replaceAll('/', ' › ')}</th><td class="before">{leaf(before)}</td><td class="after">{leaf(after)}</td></tr>
      ))}
    </tbody>
  </table>
)
