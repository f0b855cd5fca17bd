/** An equity curve as an SVG picture: realised PnL over time, with the baseline behind it. */
import type { EquityCurve } from './variant-player.ts'

export type EquityPicture = {
  readonly title: string
  readonly curve: EquityCurve
  /** Closed positions; several may have closed at one moment of the curve. */
  readonly trades: number
  /** Drawn in grey; null: there is nothing to compare with. */
  readonly baseline: EquityCurve | null
  /** Milliseconds since the epoch; the same for all pictures of one what-if, like `range`. */
  readonly from: number
  readonly to: number
  readonly range: Range
}
type Range = { readonly low: number; readonly high: number }
type Scale = { readonly x: (at: number) => number; readonly y: (pnl: number) => number }

const WIDTH = 960
const HEIGHT = 416
const PLOT = { left: 84, right: 912, top: 48, bottom: 356 }
const INK = '#1f2933'
const GRID = '#d9dee3'
const LINE = '#0b6bcb'
const BASELINE = '#9aa5b1'
const NOTE = '#52606d'
const TICKS = 5
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]
const TIME_STEPS: readonly number[] = [...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), ...[1, 2, 4, 6, 12].map((n) => n * HOUR), ...[1, 2, 5, 7, 14, 30, 61, 91, 182, 365, 730].map((n) => n * DAY)]

/** The smallest range that holds all curves and zero. */
export function equityRange(curves: readonly EquityCurve[]): Range {
  let [low, high] = [0, 0]
  for (const { pnl } of curves) {
    for (const value of pnl) {
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return low === high ? { low: -1, high: 1 } : { low, high }
}

/** The picture as a document of its own. */
export function equitySvg({ title, curve, trades, baseline, from, to, range }: EquityPicture): string {
  const values = valueTicks(range)
  const [bottom, top] = [Math.min(range.low, values[0] ?? 0), Math.max(range.high, values.at(-1) ?? 0)]
  const span = Math.max(to - from, 1)
  const scale: Scale = {
    x: (at) => PLOT.left + ((at - from) / span) * (PLOT.right - PLOT.left),
    y: (pnl) => PLOT.bottom - ((pnl - bottom) / (top - bottom)) * (PLOT.bottom - PLOT.top),
  }
  const last = curve.pnl.at(-1) ?? 0
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${PLOT.left}" y="26" font-size="15" font-weight="600">${escaped(shortened(title))}</text>`,
    `<text x="${PLOT.right}" y="26" text-anchor="end">PnL ${escaped(label(last))} USDT, ${trades} trades</text>`,
    ...values.map((value) => valueTick(value, scale, values)),
    ...timeTicks(from, to).map(({ at, text }) => timeTick(scale.x(at), text)),
    ...(baseline ? [`<path class="baseline" d="${steps(baseline, scale, from, to)}" fill="none" stroke="${BASELINE}" stroke-width="1.5"/>`] : []),
    `<path class="equity" d="${steps(curve, scale, from, to)}" fill="none" stroke="${LINE}" stroke-width="2"/>`,
    ...legend(baseline !== null),
    '</svg>',
  ]
  return `${lines.join('\n')}\n`
}

/** From zero, level until the next close: nothing is realised in between. */
function steps({ at, pnl }: EquityCurve, { x, y }: Scale, from: number, to: number): string {
  const moves = at.map((time, index) => `H${point(x(time))}V${point(y(pnl[index] as number))}`)
  return `M${point(x(from))} ${point(y(0))}${moves.join('')}H${point(x(to))}`
}

function valueTick(value: number, { y }: Scale, all: readonly number[]): string {
  const at = point(y(value))
  const places = Math.max(...all.map((each) => (String(each).split('.')[1] ?? '').length))
  const line = `<line x1="${PLOT.left}" y1="${at}" x2="${PLOT.right}" y2="${at}" stroke="${value === 0 ? INK : GRID}"/>`
  return `${line}<text x="${PLOT.left - 8}" y="${point(y(value) + 4)}" text-anchor="end">${value.toFixed(places)}</text>`
}

function timeTick(x: number, text: string): string {
  const at = point(x)
  return `<line x1="${at}" y1="${PLOT.bottom}" x2="${at}" y2="${PLOT.bottom + 5}" stroke="${INK}"/><text x="${at}" y="${PLOT.bottom + 20}" text-anchor="middle">${text}</text>`
}

/** One line below the axis: what the colours are, and the units. */
function legend(compared: boolean): readonly string[] {
  const y = HEIGHT - 6
  const swatch = (x: number, colour: string, text: string): string =>
    `<line x1="${x}" y1="${y - 4}" x2="${x + 20}" y2="${y - 4}" stroke="${colour}" stroke-width="3"/><text x="${x + 26}" y="${y}" fill="${NOTE}">${text}</text>`
  const colours = compared ? [swatch(PLOT.left, LINE, 'this variant'), swatch(PLOT.left + 120, BASELINE, 'baseline')] : []
  return [...colours, `<text x="${PLOT.right}" y="${y}" text-anchor="end" fill="${NOTE}">realised PnL in USDT, time in UTC</text>`]
}

/** Round values: 1, 2 or 5 times a power of ten apart, covering the range. */
export function valueTicks({ low, high }: Range): readonly number[] {
  const rough = (high - low) / TICKS
  const power = Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((each) => each * 10 ** power >= rough * (1 - 1e-12)) ?? 10) * 10 ** power
  const first = Math.floor(low / step)
  const count = Math.ceil(high / step) - first
  return Array.from({ length: count + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)) + 0)
}

/** Round times (UTC) inside the span, days with their date, shorter steps with the time of day. */
export function timeTicks(from: number, to: number): readonly { readonly at: number; readonly text: string }[] {
  const step = TIME_STEPS.find((each) => (to - from) / each <= 8) ?? (TIME_STEPS.at(-1) as number) * Math.ceil((to - from) / (8 * 730 * DAY))
  const ticks: { at: number; text: string }[] = []
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const iso = new Date(at).toISOString()
    ticks.push({ at, text: step >= DAY || at % DAY === 0 ? iso.slice(0, 10) : iso.slice(11, 16) })
  }
  return ticks
}

const point = (value: number): string => String(Number(value.toFixed(2)))
const label = (value: number): string => String(Number(value.toFixed(4)))
const shortened = (title: string): string => (title.length > 80 ? `${title.slice(0, 79)}…` : title)
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
