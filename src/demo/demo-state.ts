/** What the demo knows at one moment; the view is drawn from it. */
import { money } from '../cli/format.ts'
import type { PositionDetail } from '../domain/wire.ts'
import type { MarketView } from '../http/application.ts'
import { stepsOf, type Step } from './walk.ts'

export type DemoPosition = { readonly detail: PositionDetail; readonly steps: readonly Step[] }

export type DemoState = {
  readonly title: string
  /** First and last time of the recorded data. */
  readonly from: number
  readonly to: number
  readonly speed: number
  readonly market: MarketView | null
  /** By id, ascending. */
  readonly positions: readonly DemoPosition[]
  /** The bot's last word about a candle, and about a signal. */
  readonly candleNews: string
  readonly signalNews: string
}

/** A position as it is now. */
export function withPosition(state: DemoState, detail: PositionDetail): DemoState {
  const others = state.positions.filter((known) => known.detail.id !== detail.id)
  const positions = [...others, { detail, steps: stepsOf(detail) }].sort((a, b) => a.detail.id - b.detail.id)
  return { ...state, positions }
}

/** A line the bot wrote. */
export function withBotLine(state: DemoState, line: string): DemoState {
  return line.startsWith('candle ') ? { ...state, candleNews: line.slice('candle '.length) } : { ...state, signalNews: line }
}

/** How much of the recording has been played, 0 to 1. */
export const played = (state: DemoState): number => (state.market === null ? 0 : (Date.parse(state.market.ts) - state.from) / (state.to - state.from))

/** What became new from one state to the next, a line each: for terminals that cannot redraw. */
export function newsBetween(before: DemoState, after: DemoState): readonly string[] {
  const lines: string[] = []
  if (after.signalNews !== before.signalNews) lines.push(`bot: ${after.signalNews}`)
  for (const { detail, steps } of after.positions) {
    const known = before.positions.find((position) => position.detail.id === detail.id)
    if (known?.steps.length === steps.length && known.detail.state === detail.state) continue
    const result = detail.status === 'closed' ? ` (${detail.auto_close_reason}, pnl ${money(detail.pnl)})` : ''
    const end = steps.at(-1) === detail.state ? '' : ` → ${detail.state}`
    lines.push(`position ${detail.id} ${detail.side} ${detail.symbol}: ${steps.join(' → ')}${end}${result}`)
  }
  return lines
}
