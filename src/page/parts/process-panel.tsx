/** The life of the process: its chart at a moment, and the ways it went in this life. */
import { charts } from 'virtual:charts'
import { useState } from 'preact/hooks'
import { supervisorMachine } from '../../../machines/supervisor.machine.ts'
import { chartOf } from '../../inspect/chart.ts'
import { processAt, type ProcessPlace, type ProcessStep } from '../../inspect/process-steps.ts'
import { dateTime, words } from '../format.ts'
import { ChartExport } from './chart-export.tsx'
import { edgeName, Statechart } from './statechart.tsx'

/** `current`: where it is; `place`: how it got there, as far as the journal tells. */
export function ProcessChart({ current, place }: { readonly current: string | null; readonly place: ProcessPlace | null }) {
  const arrows = place?.arrows ?? []
  return (
    <div class="chart-box process">
      <Statechart chart={charts.supervisor} current={current} visited={place?.visited ?? new Set()} walked={new Set(arrows.map(edgeName))} taken={arrows.slice(-1)} label="Process" />
      {chartOf(supervisorMachine).anywhere.map(({ to, why }) => <p key={why} class="quiet">Not drawn: in every state <b>{why}</b> leads to <b>{to}</b>.</p>)}
      <ChartExport name="process" machine={supervisorMachine} chart={charts.supervisor} current={current} />
    </div>
  )
}

/** The running process, with a slider over all that the journal tells of this life and those before. */
export function LiveProcess({ steps, state }: { readonly steps: readonly ProcessStep[]; readonly state: string | null }) {
  const [chosen, setChosen] = useState<number | null>(null)
  const last = steps.length - 1
  const index = chosen === null ? last : Math.min(chosen, last)
  const step = steps[index]
  const place = step ? processAt(steps, step.seq) : null
  const isNow = index === last
  return (
    <div>
      {step && (
        <div class="slider">
          <button class="button small" aria-label="Process step back" disabled={index === 0} onClick={() => setChosen(index - 1)}>‹</button>
          <input type="range" min={0} max={last} value={index} aria-label="Process step" aria-valuetext={`${index + 1} of ${steps.length}: ${step.fact}`} onInput={(event) => setChosen(Number(event.currentTarget.value))} />
          <button class="button small" aria-label="Process step forward" disabled={isNow} onClick={() => setChosen(index + 1 === last ? null : index + 1)}>›</button>
          <span class="num slider-place">{words(step.fact)} · record {step.seq} · {dateTime(step.at)} UTC</span>
          {place?.afterCrash && <span class="warn-text">the life before was not asked to stop</span>}
        </div>
      )}
      <ProcessChart current={isNow ? state : (place?.state ?? null)} place={place} />
    </div>
  )
}
