/** A chart as Mermaid text, drawn from the machine itself. */
import { chartOf, type ChartSource } from './chart.ts'

/** States, arrows and what may happen in every state. Arrows are labelled with the event or, after any event, the guard. */
export function mermaid(source: ChartSource): string {
  const { initial, states, arrows } = chartOf(source)
  return [
    'stateDiagram-v2',
    ...states.map(({ name }) => `  state "${name}" as ${id(name)}`),
    `  [*] --> ${id(initial)}`,
    ...arrows.map(({ from, to, why }) => `  ${id(from)} --> ${id(to)}: ${why}`),
    ...states.filter(({ final }) => final).map(({ name }) => `  ${id(name)} --> [*]`),
  ].join('\n')
}

/** Mermaid reads a hyphen in a name as part of an arrow. */
const id = (name: string): string => name.replaceAll('-', '_')
