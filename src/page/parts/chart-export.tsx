/** A statechart as a file for documents: Mermaid text, or a picture with the current state marked. */
import type { ChartSource, DrawnChart } from '../../inspect/chart.ts'
import { chartSvg } from '../../inspect/chart-svg.ts'
import { mermaid } from '../../inspect/mermaid.ts'
import { save } from './save.ts'

type Props = { readonly name: string; readonly machine: ChartSource; readonly chart: DrawnChart; readonly current: string | null }

export const ChartExport = ({ name, machine, chart, current }: Props) => (
  <p class="chart-export">
    <span class="quiet">Save the chart as</span>
    <button class="button small" onClick={() => save(`loms-${name}.mmd`, 'text/plain', `${mermaid(machine)}\n`)}>Mermaid</button>
    <button class="button small" onClick={() => save(`loms-${name}.svg`, 'image/svg+xml', chartSvg(chart, current))}>SVG</button>
  </p>
)
