/** A chart as Mermaid text, drawn from the machine itself. */
import { chartOf, type ChartSource } from '../src/inspect/chart.ts'

/** States, arrows and what may happen in every state. Arrows are labelled with the event or, after any event, the guard. */
export function mermaid(source: ChartSource): string {
  const { initial, states, arrows, anywhere } = chartOf(source)
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...states.map(({ name }) => `  state "${name}" as ${id(name)}`),
    `  [*] --> ${id(initial)}`,
    ...arrows.map(({ from, to, why }) => `  ${id(from)} --> ${id(to)}: ${why}`),
    ...states.filter(({ final }) => final).map(({ name }) => `  ${id(name)} --> [*]`),
    '```',
    ...anywhere.map(({ to, why }) => `\nNot drawn: in every state \`${why}\` leads to \`${to}\`.`),
  ].join('\n')
}

/** Mermaid reads a hyphen in a name as part of an arrow. */
const id = (name: string): string => name.replaceAll('-', '_')

/** A text with the charts drawn anew between `<!-- chart: name -->` and `<!-- end -->`. */
export function withCharts(text: string, charts: Readonly<Record<string, ChartSource>>): string {
  return Object.entries(charts).reduce((drawn, [name, chart]) => {
    const place = new RegExp(`(<!-- chart: ${name} -->\n)[^]*?(<!-- end -->)`)
    return drawn.replace(place, (_, head: string, tail: string) => `${head}${mermaid(chart)}\n${tail}`)
  }, text)
}
