/** A chart as Mermaid text, drawn from the machine itself. */

type Transition = string | { readonly guard?: unknown; readonly target?: unknown }
type StateConfig = { readonly on?: object; readonly always?: unknown }
/** What is read of an XState machine. */
export type Chart = { readonly config: { readonly initial?: unknown; readonly on?: object | undefined; readonly states?: object | undefined } }

type Arrow = { readonly from: string; readonly to: string; readonly why: string }

/** States, arrows and what may happen in every state. Arrows are labelled with the event or, after any event, the guard. */
export function mermaid({ config }: Chart): string {
  const states = Object.entries(config.states ?? {}) as [string, StateConfig][]
  const arrows = states.flatMap(([from, state]) => arrowsOf(from, state))
  const anywhere = Object.entries(config.on ?? {}).flatMap(([event, transitions]) => listOf(transitions).flatMap((transition) => arrow('every state', transition, event)))
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...states.map(([name]) => `  state "${name}" as ${id(name)}`),
    `  [*] --> ${id(String(config.initial))}`,
    ...arrows.map(({ from, to, why }) => `  ${id(from)} --> ${id(to)}: ${why}`),
    ...states.filter(([name]) => !arrows.some(({ from }) => from === name)).map(([name]) => `  ${id(name)} --> [*]`),
    '```',
    ...anywhere.map(({ to, why }) => `\nNot drawn: in every state \`${why}\` leads to \`${to}\`.`),
  ].join('\n')
}

const arrowsOf = (from: string, state: StateConfig): readonly Arrow[] => [
  ...Object.entries(state.on ?? {}).flatMap(([event, transitions]) => listOf(transitions).flatMap((transition) => arrow(from, transition, event))),
  ...listOf(state.always).flatMap((transition) => arrow(from, transition, 'always')),
]

function arrow(from: string, transition: Transition, event: string): readonly Arrow[] {
  const { target, guard } = typeof transition === 'string' ? { target: transition, guard: undefined } : transition
  return typeof target === 'string' ? [{ from, to: target.replace(/^\./, ''), why: typeof guard === 'string' ? guard : event }] : []
}

const listOf = (transitions: unknown): readonly Transition[] => (transitions === undefined ? [] : ((Array.isArray(transitions) ? transitions : [transitions]) as Transition[]))

/** Mermaid reads a hyphen in a name as part of an arrow. */
const id = (name: string): string => name.replaceAll('-', '_')

/** A text with the charts drawn anew between `<!-- chart: name -->` and `<!-- end -->`. */
export function withCharts(text: string, charts: Readonly<Record<string, Chart>>): string {
  return Object.entries(charts).reduce((drawn, [name, chart]) => {
    const place = new RegExp(`(<!-- chart: ${name} -->\n)[^]*?(<!-- end -->)`)
    return drawn.replace(place, (_, head: string, tail: string) => `${head}${mermaid(chart)}\n${tail}`)
  }, text)
}
