/** Where states and arrows of a chart go. Laid out once, when the page is built: it depends on the machine alone. */
import elk, { type ElkNode } from 'elkjs'
import { chartOf, type ChartArrow, type ChartSource, type DrawnChart, type DrawnEdge } from '../src/inspect/chart.ts'

const STATE_HEIGHT = 40
const LETTER = 8.2
const SMALL_LETTER = 6.1
const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.spacing.nodeNodeBetweenLayers': '34',
  'elk.spacing.nodeNode': '30',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '11',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.spacing.edgeLabel': '4',
  'elk.edgeLabels.inline': 'false',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.padding': '[top=12,left=12,bottom=12,right=12]',
}

/** Lays a machine's chart out. */
export async function layOut(source: ChartSource): Promise<DrawnChart> {
  const { initial, states, arrows } = chartOf(source)
  const pairs = paired(arrows)
  const place = new Map(states.map(({ name }, index) => [name, index]))
  const steps = ({ from, to }: { readonly from: string; readonly to: string }): number => (place.get(to) ?? 0) - (place.get(from) ?? 0)
  const wanted: ElkNode = {
    id: 'chart',
    layoutOptions: OPTIONS,
    children: states.map(({ name }) => ({ id: name, width: Math.round(name.length * LETTER + 36), height: STATE_HEIGHT })),
    edges: pairs.map(({ from, to, whys }) => ({
      id: `${from}>${to}`,
      sources: [from],
      targets: [to],
      // States are written in the order of an ordinary life: arrows along it point down, the next state is straight below.
      layoutOptions: { 'elk.layered.priority.direction': steps({ from, to }) === 1 ? '100' : steps({ from, to }) > 0 ? '5' : '0', 'elk.layered.priority.straightness': steps({ from, to }) === 1 ? '100' : '1' },
      labels: isUnlabelled(whys) ? [] : [{ id: `${from}>${to}:label`, text: whys.join(' | '), width: Math.max(...whys.map((why) => why.length)) * SMALL_LETTER + 6, height: whys.length * 13 }],
    })),
  }
  const graph: ElkNode = await new elk.default().layout(wanted)
  const placed = new Map((graph.children ?? []).map((child) => [child.id, child]))
  return {
    initial,
    width: Math.ceil(graph.width ?? 0),
    height: Math.ceil(graph.height ?? 0),
    states: states.map(({ name, final }) => {
      const { x = 0, y = 0, width = 0, height = 0 } = placed.get(name) ?? {}
      return { name, final, x, y, width, height }
    }),
    edges: pairs.map(({ from, to, whys }): DrawnEdge => {
      const edge = graph.edges?.find(({ id }) => id === `${from}>${to}`)
      const section = edge?.sections?.[0]
      const label = edge?.labels?.[0]
      const points = section ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint] : []
      return { from, to, whys, points: points.map(({ x, y }) => [round(x), round(y)] as const), label: label ? { x: round(label.x ?? 0), y: round(label.y ?? 0) } : null }
    }),
  }
}

/** What may happen nearly everywhere is said in the legend. */
const isUnlabelled = (whys: readonly string[]): boolean => whys.length === 1 && whys[0] === 'position.failed'

const round = (value: number): number => Math.round(value * 10) / 10

function paired(arrows: readonly ChartArrow[]): readonly { readonly from: string; readonly to: string; readonly whys: readonly string[] }[] {
  const pairs = new Map<string, { from: string; to: string; whys: string[] }>()
  for (const { from, to, why } of arrows) {
    const pair = pairs.get(`${from}>${to}`)
    if (pair) pair.whys.push(why)
    else pairs.set(`${from}>${to}`, { from, to, whys: [why] })
  }
  return [...pairs.values()]
}
