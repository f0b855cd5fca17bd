/** The demo's picture: lines of text drawn from its state, never wider than the terminal. */
import { money, NONE, price, text, time } from '../cli/format.ts'
import { barText } from '../cli/progress-bar.ts'
import type { Colours } from '../cli/terminal.ts'
import { played, type DemoPosition, type DemoState } from './demo-state.ts'
import { WALK } from './walk.ts'

export type Paint = (text: string) => string
export type Segment = readonly [text: string, paint?: Paint | undefined]

const SHOWN_POSITIONS = 12

/** The picture: what is played, the price, the bot, and a line per position (the newest where there are many). */
export function renderFrame(state: DemoState, columns: number, colours: Colours): readonly string[] {
  const { market } = state
  const shown = state.positions.slice(-SHOWN_POSITIONS)
  const lines: readonly (readonly Segment[])[] = [
    [['LOMS demo  ', colours.bold], [state.title]],
    [[`${barText(played(state), 30)}  at ${state.speed} times the real speed`]],
    [],
    [['price   '], [price(market?.price), colours.bold], [market === null ? '' : `  ${market.source} ${time(market.ts)}`, colours.dim]],
    [['candle  '], [text(state.candleNews), colours.dim]],
    [['signal  '], [text(state.signalNews)]],
    [],
    ...shown.map((position) => positionLine(position, market?.price ?? null, colours)),
    ...(shown.length === 0 ? [[['no position yet: the bot waits for the average of ten candles', colours.dim] as const]] : []),
  ]
  return lines.map((segments) => fit(segments, columns))
}

export function positionLine({ detail, steps }: DemoPosition, now: number | null, colours: Colours): readonly Segment[] {
  const walk = WALK.map((step): Segment => (steps.includes(step) ? [`● ${step} `, colours.green] : [`○ ${step} `, colours.dim]))
  const stray: readonly Segment[] = (WALK as readonly string[]).includes(detail.state) ? [] : [[`${detail.state} `, colours.red]]
  const pnl = detail.pnl ?? openPnl(detail, now)
  const paint = pnl === null || pnl === 0 ? undefined : pnl > 0 ? colours.green : colours.red
  const result: readonly Segment[] = [[` ${detail.auto_close_reason ?? ''}`.padEnd(4)], [signedMoney(pnl), paint]]
  return [[`${String(detail.id).padStart(2)} ${detail.side.padEnd(5)} ${price(detail.entry_price)}  `], ...walk, ...stray, ...result]
}

/** What the position would earn at this price, for display only. */
function openPnl({ side, qty, entry_price: entry, status }: DemoPosition['detail'], now: number | null): number | null {
  return status !== 'open' || now === null || qty === 0 ? null : (side === 'long' ? now - entry : entry - now) * qty
}

const signedMoney = (value: number | null): string => (value !== null && value > 0 ? '+' : '') + (value === null ? NONE : money(value))

/** Cuts a line at the width of the terminal: a wrapped line would break drawing in place. */
export function fit(segments: readonly Segment[], columns: number): string {
  let left = columns
  let line = ''
  for (const [segment, paint] of segments) {
    const part = segment.slice(0, left)
    left -= part.length
    if (part !== '') line += paint ? paint(part) : part
  }
  return line
}

/** Draws pictures over each other: each one removes the one before. */
export function inPlace(draw: (text: string) => void): { readonly show: (lines: readonly string[]) => void; readonly leave: () => void } {
  let drawn = 0
  return {
    show: (lines) => {
      const up = drawn > 0 ? `\u001b[${drawn}A` : '\u001b[?25l'
      draw(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[0J`)
      drawn = lines.length
    },
    // The cursor was hidden while the picture moved.
    leave: () => draw('\u001b[?25h'),
  }
}
