/** What came of the closed positions: equity, drawdown, per day, symbol, strategy and exit. For page, files and command line. */
import { add, decimal, divide, greater, round, subtract, toNumber, ZERO, type Decimal } from '../domain/decimal.ts'
import type { PositionView } from '../domain/wire.ts'

/** After each close: realised PnL so far, and how far that is below its highest. */
export type EquityPoint = { readonly at: number; readonly pnl: number; readonly drawdown: number }
export type ResultRow = { readonly key: string; readonly closed: number; readonly won: number; readonly pnl: number; readonly average: number; readonly best: number; readonly worst: number }
export type Bar = { readonly label: string; readonly count: number; readonly tone: 'up' | 'down' | 'flat' }

export type Performance = {
  readonly closed: number
  readonly won: number
  readonly lost: number
  readonly pnl: number
  readonly fees: number
  readonly max_drawdown: number
  readonly average_duration_sec: number | null
  /** ISO 8601 of the first and the last close; null: none. */
  readonly from: string | null
  readonly to: string | null
  readonly equity: readonly EquityPoint[]
  readonly by_day: readonly ResultRow[]
  readonly by_symbol: readonly ResultRow[]
  readonly by_strategy: readonly ResultRow[]
  readonly by_reason: readonly ResultRow[]
  /** `exit strategy · reason`. */
  readonly by_exit: readonly ResultRow[]
  /** Results in percent of what was entered. */
  readonly distribution: readonly Bar[]
  readonly durations: readonly Bar[]
}

/**
 * Figures of the closed ones among the positions, which come in the order in which they finished: the one order in which
 * `GET /stats` counts them too. Many close in one millisecond, and the drawdown depends on who was first.
 */
export function performanceOf(views: readonly PositionView[]): Performance {
  const closed = views.filter((view) => view.status === 'closed' && view.closed_at !== null)
  const group = (key: (view: PositionView) => string, order: (a: ResultRow, b: ResultRow) => number = (a, b) => b.pnl - a.pnl) => grouped(closed, key).sort(order)
  const { points, deepest } = equityOf(closed)
  const total = sum(closed.map(pnlOf))
  const seconds = closed.map((view) => (closedAt(view) - Date.parse(view.created_at)) / 1000)
  return {
    closed: closed.length,
    won: closed.filter((view) => pnlOf(view) > 0).length,
    lost: closed.filter((view) => pnlOf(view) < 0).length,
    pnl: toNumber(total),
    fees: toNumber(sum(closed.map(({ fees }) => fees))),
    max_drawdown: deepest,
    average_duration_sec: seconds.length === 0 ? null : Math.round((seconds.reduce((all, each) => all + each, 0) / seconds.length) * 1000) / 1000,
    from: closed[0]?.closed_at ?? null,
    to: closed.at(-1)?.closed_at ?? null,
    equity: points,
    by_day: group((view) => (view.closed_at ?? '').slice(0, 10), (a, b) => (a.key < b.key ? -1 : 1)),
    by_symbol: group(({ symbol }) => symbol),
    by_strategy: group(({ strategy }) => strategy),
    by_reason: group(({ auto_close_reason: reason }) => reason ?? 'unknown'),
    by_exit: group(({ exit_strategy: exits, auto_close_reason: reason }) => `${exits} · ${reason ?? 'unknown'}`),
    distribution: distributionOf(closed),
    durations: durationsOf(seconds),
  }
}

const closedAt = (view: PositionView): number => Date.parse(view.closed_at ?? '')
const pnlOf = (view: PositionView): number => view.pnl ?? 0
const sum = (values: readonly number[]): Decimal => values.reduce((total, value) => add(total, decimal(value)), ZERO)

function equityOf(closed: readonly PositionView[]): { readonly points: readonly EquityPoint[]; readonly deepest: number } {
  let [pnl, peak, deepest] = [ZERO, ZERO, ZERO]
  // One that settled longer finished behind others that closed after it.
  let latest = 0
  const points = closed.map((view): EquityPoint => {
    pnl = add(pnl, decimal(pnlOf(view)))
    if (greater(pnl, peak)) peak = pnl
    const drawdown = subtract(peak, pnl)
    if (greater(drawdown, deepest)) deepest = drawdown
    latest = Math.max(latest, closedAt(view))
    return { at: latest, pnl: toNumber(pnl), drawdown: toNumber(drawdown) }
  })
  return { points, deepest: toNumber(deepest) }
}

function grouped(closed: readonly PositionView[], keyOf: (view: PositionView) => string): ResultRow[] {
  const groups = new Map<string, number[]>()
  for (const view of closed) {
    const key = keyOf(view)
    const known = groups.get(key)
    if (known) known.push(pnlOf(view))
    else groups.set(key, [pnlOf(view)])
  }
  return [...groups].map(([key, results]): ResultRow => {
    const total = sum(results)
    const average = toNumber(round(divide(total, decimal(results.length)), 8))
    return { key, closed: results.length, won: results.filter((pnl) => pnl > 0).length, pnl: toNumber(total), average, best: Math.max(...results), worst: Math.min(...results) }
  })
}

/** Upper bounds of the classes, percent of what was entered. */
const RESULT_CLASSES = [-10, -5, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 5, 10, Infinity]

function distributionOf(closed: readonly PositionView[]): readonly Bar[] {
  const counts = RESULT_CLASSES.map(() => 0)
  for (const view of closed) {
    const entered = view.entry_price * view.qty
    const pct = entered === 0 ? 0 : (pnlOf(view) / entered) * 100
    const index = RESULT_CLASSES.findIndex((bound) => pct < bound)
    counts[index < 0 ? RESULT_CLASSES.length - 1 : index] = (counts[index < 0 ? RESULT_CLASSES.length - 1 : index] ?? 0) + 1
  }
  return counts.map((count, index) => {
    const [from, to] = [RESULT_CLASSES[index - 1] ?? -Infinity, RESULT_CLASSES[index] as number]
    return { label: from === -Infinity ? `< ${to}` : to === Infinity ? `≥ ${from}` : `${from}…${to}`, count, tone: to <= 0 ? 'down' : 'up' }
  })
}

const DURATIONS: readonly (readonly [label: string, below: number])[] = [['< 1 m', 60], ['1–5 m', 300], ['5–15 m', 900], ['15–60 m', 3600], ['1–4 h', 14_400], ['4–24 h', 86_400], ['> 1 d', Infinity]]

const durationsOf = (seconds: readonly number[]): readonly Bar[] =>
  DURATIONS.map(([label, below], index) => ({ label, count: seconds.filter((each) => each < below && each >= (DURATIONS[index - 1]?.[1] ?? 0)).length, tone: 'flat' }))
