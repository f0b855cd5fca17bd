/** A machine's chart: where it is, where it has been, which way it took last. */
import type { DrawnChart, DrawnEdge } from '../../inspect/chart.ts'
import type { TakenArrow } from '../../inspect/position-steps.ts'

type Props = { readonly chart: DrawnChart; readonly current: string | null; readonly visited: ReadonlySet<string>; readonly taken: readonly TakenArrow[]; readonly walked: ReadonlySet<string>; readonly label: string }

export const edgeName = ({ from, to }: { readonly from: string; readonly to: string }): string => `${from}>${to}`

export function Statechart({ chart, current, visited, taken, walked, label }: Props) {
  const last = new Map(taken.map((arrow) => [edgeName(arrow), arrow.why]))
  const classOf = (edge: DrawnEdge): string => (last.has(edgeName(edge)) ? 'edge last' : walked.has(edgeName(edge)) ? 'edge walked' : edge.whys[0] === 'position.failed' ? 'edge rare' : 'edge')
  // What was taken lies on top of what was not.
  const order = (edge: DrawnEdge): number => (last.has(edgeName(edge)) ? 2 : walked.has(edgeName(edge)) ? 1 : 0)
  return (
    <svg class="statechart" viewBox={`0 0 ${chart.width} ${chart.height}`} style={{ maxWidth: `${Math.round(chart.width * 1.15)}px` }} role="img" aria-label={`${label}: ${current ?? 'not started'}`} data-current={current}>
      <defs>
        {['edge', 'walked', 'last', 'rare'].map((kind) => (
          <marker key={kind} id={`tip-${kind}`} class={`tip ${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.500 7 4 0 7.500z" /></marker>
        ))}
      </defs>
      {[...chart.edges].sort((a, b) => order(a) - order(b)).map((edge) => {
        const kind = classOf(edge)
        return (
          <g key={edgeName(edge)} class={kind}>
            <path d={rounded(edge.points)} marker-end={`url(#tip-${kind.replace('edge ', '')})`} />
            {edge.label && edge.whys.map((why, line) => <text key={why} x={edge.label?.x ?? 0} y={(edge.label?.y ?? 0) + 10 + line * 13} class={last.get(edgeName(edge)) === why ? 'why' : ''}>{why}</text>)}
          </g>
        )
      })}
      {chart.states.map(({ name, final, x, y, width, height }) => (
        <g key={name} class={`state ${name === current ? 'current' : visited.has(name) ? 'visited' : ''}`} data-state={name}>
          <rect x={x} y={y} width={width} height={height} rx={10} />
          {final && <rect class="inner" x={x + 3.5} y={y + 3.5} width={width - 7} height={height - 7} rx={7} />}
          <text x={x + width / 2} y={y + height / 2 + 4.500}>{name}</text>
          {name === chart.initial && <circle class="start" cx={x - 10} cy={y + height / 2} r={4} />}
        </g>
      ))}
    </svg>
  )
}

const RADIUS = 7

/** A path along the points with rounded corners. */
function rounded(points: DrawnEdge['points']): string {
  return points.reduce((path, point, index) => {
    const [x, y] = point
    const before = points[index - 1]
    const after = points[index + 1]
    if (!before) return `M${x} ${y}`
    if (!after) return `${path}L${x} ${y}`
    const [fromX, fromY] = towards(point, before)
    const [toX, toY] = towards(point, after)
    return `${path}L${fromX} ${fromY}Q${x} ${y} ${toX} ${toY}`
  }, '')
}

function towards([x, y]: readonly [number, number], [toX, toY]: readonly [number, number]): readonly [number, number] {
  const length = Math.hypot(toX - x, toY - y)
  const part = length === 0 ? 0 : Math.min(RADIUS, length / 2) / length
  return [x + (toX - x) * part, y + (toY - y) * part]
}
