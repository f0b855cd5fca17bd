/** Pictures of results as SVG text. Colours come from classes: `up`, `down`, `line`, `grid`, `label`. */
import type { Bar, EquityPoint, ResultRow } from './performance.ts'

const WIDTH = 720
const PLOT = { left: 64, right: 708, top: 14, bottom: 222 }
const HEIGHT = 256
const MOST_BARS = 40

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const at = (value: number): string => String(Math.round(value * 10) / 10)
const figure = (value: number): string => (Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toFixed(2))))

type Scale = (value: number) => number
const scaled = (low: number, high: number): Scale => (value) => PLOT.bottom - ((value - low) / (high - low || 1)) * (PLOT.bottom - PLOT.top)

const picture = (title: string, parts: readonly string[]): string =>
  `<svg class="picture" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}"><title>${escaped(title)}</title>${parts.join('')}</svg>`

/** Round values, 1, 2 or 5 times a power of ten apart, that cover the range and zero. */
function ticksOf(low: number, high: number): readonly number[] {
  const rough = (high - low || 1) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power
  const first = Math.floor(low / step)
  return Array.from({ length: Math.ceil(high / step) - first + 1 }, (_, index) => (first + index) * step)
}

const grid = (ticks: readonly number[], y: Scale): readonly string[] =>
  ticks.map((tick) => `<line class="${tick === 0 ? 'zero' : 'grid'}" x1="${PLOT.left}" x2="${PLOT.right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/><text class="label" x="${PLOT.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${figure(tick)}</text>`)

/** Realised PnL over time, and below it how deep it was under its highest. */
export function equityPicture(points: readonly EquityPoint[]): string {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last) return ''
  const drawn = thinned(points)
  const values = drawn.flatMap(({ pnl, drawdown }) => [pnl, -drawdown])
  const ticks = ticksOf(Math.min(0, ...values), Math.max(0, ...values))
  const y = scaled(ticks[0] ?? 0, ticks.at(-1) ?? 1)
  const x = (time: number): number => PLOT.left + ((time - first.at) / (last.at - first.at || 1)) * (PLOT.right - PLOT.left)
  const path = (value: (point: EquityPoint) => number): string => drawn.map((point, index) => `${index === 0 ? 'M' : 'L'}${at(x(point.at))} ${at(y(value(point)))}`).join('')
  const sunk = `${path(({ drawdown }) => -drawdown)}L${at(x(last.at))} ${at(y(0))}L${at(x(first.at))} ${at(y(0))}Z`
  // Within an hour the day says nothing, seconds do.
  const day = (time: number): string => (last.at - first.at < 3_600_000 ? new Date(time).toISOString().slice(11, 19) : new Date(time).toISOString().slice(0, 16).replace('T', ' '))
  return picture('Realised PnL and drawdown in USDT', [
    ...grid(ticks, y),
    `<path class="sunk" d="${sunk}"/>`,
    `<path class="line" d="${path(({ pnl }) => pnl)}"/>`,
    `<text class="label" x="${PLOT.left}" y="${HEIGHT - 12}">${day(first.at)}</text><text class="label" x="${PLOT.right}" y="${HEIGHT - 12}" text-anchor="end">${day(last.at)} UTC</text>`,
  ])
}

const MOST_POINTS = 1_000

/** Lowest and highest of each stretch: a picture has no room for more. */
function thinned(points: readonly EquityPoint[]): readonly EquityPoint[] {
  if (points.length <= MOST_POINTS) return points
  const stretch = Math.ceil(points.length / (MOST_POINTS / 2))
  const kept: EquityPoint[] = []
  for (let from = 0; from < points.length; from += stretch) {
    const part = points.slice(from, from + stretch)
    const low = part.reduce((least, point) => (point.pnl < least.pnl ? point : least))
    const high = part.reduce((most, point) => (point.pnl > most.pnl ? point : most))
    kept.push(...(low.at <= high.at ? [low, high] : [high, low]))
  }
  return kept
}

type Column = { readonly label: string; readonly value: number; readonly tone: string }

function columnsPicture(title: string, columns: readonly Column[], label: (column: Column) => string): string {
  if (columns.length === 0) return ''
  const values = columns.map(({ value }) => value)
  const ticks = ticksOf(Math.min(0, ...values), Math.max(0, ...values))
  const y = scaled(ticks[0] ?? 0, ticks.at(-1) ?? 1)
  const room = (PLOT.right - PLOT.left) / columns.length
  const width = Math.min(56, room * 0.72)
  const every = Math.ceil(columns.length / 14)
  return picture(title, [
    ...grid(ticks, y),
    ...columns.map(({ value, tone }, index) => {
      const [top, bottom] = [Math.min(y(value), y(0)), Math.max(y(value), y(0))]
      return `<rect class="bar ${tone}" x="${at(PLOT.left + room * index + (room - width) / 2)}" y="${at(top)}" width="${at(width)}" height="${at(Math.max(bottom - top, value === 0 ? 0 : 1))}" rx="2"><title>${escaped(label(columns[index] as Column))}</title></rect>`
    }),
    ...columns.map(({ label: text }, index) => (index % every === 0 ? `<text class="label" x="${at(PLOT.left + room * (index + 0.5))}" y="${HEIGHT - 14}" text-anchor="middle">${escaped(text)}</text>` : '')),
  ])
}

/** PnL per group; of many groups the last ones. */
export const resultsPicture = (title: string, rows: readonly ResultRow[], short: (key: string) => string = (key) => key): string =>
  columnsPicture(title, rows.slice(-MOST_BARS).map(({ key, pnl }) => ({ label: short(key), value: pnl, tone: pnl < 0 ? 'down' : 'up' })), ({ label, value }) => `${label}: ${figure(value)} USDT`)

export const countsPicture = (title: string, bars: readonly Bar[]): string =>
  columnsPicture(title, bars.map(({ label, count, tone }) => ({ label, value: count, tone })), ({ label, value }) => `${label}: ${value}`)
