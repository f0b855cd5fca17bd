/** A machine's chart as data, read from its definition: what the pictures of documentation and page are drawn from. */

type Transition = string | { readonly guard?: unknown; readonly target?: unknown }
type StateConfig = { readonly on?: object; readonly always?: unknown }
/** What is read of an XState machine. */
export type ChartSource = { readonly config: { readonly initial?: unknown; readonly on?: object | undefined; readonly states?: object | undefined } }

/** `why`: the guard that must hold, else the event. */
export type ChartArrow = { readonly from: string; readonly to: string; readonly why: string }
export type ChartData = {
  readonly initial: string
  readonly states: readonly { readonly name: string; readonly final: boolean }[]
  readonly arrows: readonly ChartArrow[]
  /** What leads somewhere from every state. */
  readonly anywhere: readonly { readonly to: string; readonly why: string }[]
}

export function chartOf({ config }: ChartSource): ChartData {
  const states = Object.entries(config.states ?? {}) as [string, StateConfig][]
  const arrows = states.flatMap(([from, state]) => arrowsOf(from, state))
  return {
    initial: String(config.initial),
    states: states.map(([name]) => ({ name, final: !arrows.some(({ from }) => from === name) })),
    arrows,
    anywhere: Object.entries(config.on ?? {}).flatMap(([event, transitions]) => listOf(transitions).flatMap((transition) => arrow('', transition, event))),
  }
}

const arrowsOf = (from: string, state: StateConfig): readonly ChartArrow[] => [
  ...Object.entries(state.on ?? {}).flatMap(([event, transitions]) => listOf(transitions).flatMap((transition) => arrow(from, transition, event))),
  ...listOf(state.always).flatMap((transition) => arrow(from, transition, 'always')),
]

function arrow(from: string, transition: Transition, event: string): readonly ChartArrow[] {
  const { target, guard } = typeof transition === 'string' ? { target: transition, guard: undefined } : transition
  return typeof target === 'string' ? [{ from, to: target.replace(/^\./, ''), why: typeof guard === 'string' ? guard : event }] : []
}

const listOf = (transitions: unknown): readonly Transition[] => (transitions === undefined ? [] : ((Array.isArray(transitions) ? transitions : [transitions]) as Transition[]))

/** A chart with a place for everything, in pixels. */
export type DrawnChart = {
  readonly initial: string
  readonly width: number
  readonly height: number
  readonly states: readonly { readonly name: string; readonly final: boolean; readonly x: number; readonly y: number; readonly width: number; readonly height: number }[]
  readonly edges: readonly DrawnEdge[]
}
/** All arrows between two states, drawn as one. */
export type DrawnEdge = {
  readonly from: string
  readonly to: string
  readonly whys: readonly string[]
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly label: { readonly x: number; readonly y: number } | null
}
