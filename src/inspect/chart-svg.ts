/** A laid-out chart as an SVG file of its own, for documents: colours and fonts are inside. */
import type { DrawnChart, DrawnEdge } from './chart.ts'

const STYLE = `
  text{font:600 13px ui-sans-serif,system-ui,sans-serif;text-anchor:middle;fill:#151b26}
  .why{font:10.5px ui-sans-serif,system-ui,sans-serif;text-anchor:start;fill:#5c6779}
  rect{fill:#fff;stroke:#5c6779;stroke-width:1.4}.inner{fill:none}
  .current rect{fill:#2461e8;stroke:#2461e8}.current text{fill:#fff}
  .edge{fill:none;stroke:#5c6779;stroke-width:1.3}.rare{stroke-dasharray:3 4;opacity:.5}
  marker path,.start{fill:#5c6779}`

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const path = ({ points }: DrawnEdge): string => points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')

/** `current`: the state to mark; null: none. */
export function chartSvg(chart: DrawnChart, current: string | null): string {
  const edges = chart.edges.map((edge) => {
    const labels = edge.label ? edge.whys.map((why, line) => `<text class="why" x="${edge.label?.x ?? 0}" y="${(edge.label?.y ?? 0) + 10 + line * 13}">${escaped(why)}</text>`) : []
    return `<path class="edge${edge.whys[0] === 'position.failed' ? ' rare' : ''}" d="${path(edge)}" marker-end="url(#tip)"/>${labels.join('')}`
  })
  const states = chart.states.map(({ name, final, x, y, width, height }) => {
    const inner = final ? `<rect class="inner" x="${x + 3.5}" y="${y + 3.5}" width="${width - 7}" height="${height - 7}" rx="7"/>` : ''
    const start = name === chart.initial ? `<circle class="start" cx="${x - 10}" cy="${y + height / 2}" r="4"/>` : ''
    return `<g${name === current ? ' class="current"' : ''}><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/>${inner}<text x="${x + width / 2}" y="${y + height / 2 + 4.5}">${escaped(name)}</text>${start}</g>`
  })
  const tip = '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 .5 7 4 0 7.5z"/></marker></defs>'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${chart.width} ${chart.height}" width="${chart.width}" height="${chart.height}"><style>${STYLE}</style>${tip}\n${[...edges, ...states].join('\n')}\n</svg>\n`
}
