/** Who said what to whom: facts come from outside to a position, commands go to the broker, notices to people and read models. */
import { useEffect, useRef } from 'preact/hooks'
import type { InspectedRecord } from '../../inspect/position-steps.ts'
import { clockMs, words } from '../format.ts'
import { noticeText } from './notice-text.ts'

const LANES = ['outside', 'broker', 'prices', 'core', 'position', 'notices'] as const
type LaneName = (typeof LANES)[number]
const LABELS: Readonly<Record<LaneName, string>> = { outside: 'bot / person', broker: 'broker', prices: 'Books / timers', core: 'core', position: 'position', notices: 'alerts / readers' }
const WIDTH = 920
const ROW = 26
const TOP = 12
const lane = (name: LaneName): number => 70 + LANES.indexOf(name) * 156

function ends({ kind, body }: InspectedRecord): readonly [from: LaneName, to: LaneName] {
  if (kind === 'command') return ['position', 'broker']
  if (kind === 'notice') return ['positionId' in body ? 'position' : 'core', 'notices']
  if (/^(order|cancel|position|external)\./.test(body.type)) return ['broker', 'position']
  if (/^(price|deadline|stop|equity)\./.test(body.type)) return ['prices', 'positionId' in body ? 'position' : 'core']
  return ['outside', 'positionId' in body ? 'position' : 'core']
}

/** `onPick`: a row was chosen. */
export function Sequence({ records, current, onPick }: { readonly records: readonly InspectedRecord[]; readonly current: number | null; readonly onPick?: (seq: number) => void }) {
  const shown = records.filter(({ kind }) => kind !== 'mark')
  const place = useRef<HTMLDivElement>(null)
  const newest = shown.at(-1)?.seq
  useEffect(() => place.current?.scrollTo({ top: place.current.scrollHeight }), [newest])
  const height = TOP + shown.length * ROW + 14
  return (
    <div ref={place} class="sequence" tabIndex={0} role="group" aria-label="Messages between actors, oldest first">
      <svg class="lane-heads" viewBox={`0 0 ${WIDTH} 30`} width={WIDTH} height={30} aria-hidden="true">{LANES.map((name) => <text key={name} x={lane(name)} y={20}>{LABELS[name]}</text>)}</svg>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} width={WIDTH} height={height} role="img" aria-label="Messages between actors">
        <defs><marker id="message-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip-shape" d="M0 .5 7 4 0 7.500z" /></marker></defs>
        {LANES.map((name) => <line key={name} class="lane" x1={lane(name)} x2={lane(name)} y1={TOP - 10} y2={height} />)}
        {shown.map((record, index) => {
          const [from, to] = ends(record)
          const y = TOP + index * ROW + 14
          const middle = (lane(from) + lane(to)) / 2
          const who = 'positionId' in record.body ? ` #${record.body.positionId}` : ''
          return (
            <g key={record.seq} class={`message ${record.kind} ${record.seq === current ? 'current' : ''}`} onClick={() => onPick?.(record.seq)}>
              <title>{`${record.seq} · ${clockMs(record.at)} · ${words(record.body.type)}${who} ${noticeText(record.body)}`}</title>
              <rect x={0} y={y - 15} width={WIDTH} height={ROW} />
              <line x1={lane(from)} x2={lane(to)} y1={y} y2={y} marker-end="url(#message-tip)" />
              <text x={middle} y={y - 5}>{words(record.body.type)}{who}</text>
            </g>
          )
        })}
      </svg>
    </div>
  )
}
