/** The machines' charts inside documents. */
import { chartOf, type ChartSource } from '../src/inspect/chart.ts'
import { mermaid } from '../src/inspect/mermaid.ts'

/** The chart as a block of Markdown; what may happen in every state is said below it. */
const block = (source: ChartSource): string =>
  ['```mermaid', mermaid(source), '```', ...chartOf(source).anywhere.map(({ to, why }) => `\nNot drawn: in every state \`${why}\` leads to \`${to}\`.`)].join('\n')

/** A text with the charts drawn anew between `<!-- chart: name -->` and `<!-- end -->`. */
export function withCharts(text: string, charts: Readonly<Record<string, ChartSource>>): string {
  return Object.entries(charts).reduce((drawn, [name, chart]) => {
    const place = new RegExp(`(<!-- chart: ${name} -->\n)[^]*?(<!-- end -->)`)
    return drawn.replace(place, (_, head: string, tail: string) => `${head}${block(chart)}\n${tail}`)
  }, text)
}
