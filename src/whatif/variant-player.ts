/** Plays variants one after the other on prices that were read once. */
import { add, decimal, toNumber, ZERO } from '../domain/decimal.ts'
import type { PositionView, Stats } from '../domain/wire.ts'
import type { CandlePath } from '../prices/recorded/candle-path.ts'
import { openRecordedFeed, type RecordedFeed } from '../prices/recorded/recorded-feed.ts'
import { playRecorded, type SignalCounts } from '../simulate/recorded-world.ts'
import { variantWorld, type WhatIfInput } from './variant-world.ts'
import type { Variant } from './variant.ts'

/** Realised PnL in the course of time: `pnl[n]` is the sum of all positions closed up to `at[n]`, milliseconds since the epoch. */
export type EquityCurve = { readonly at: readonly number[]; readonly pnl: readonly number[] }

export type VariantResult = {
  readonly name: string
  readonly changes: Readonly<Record<string, string | null>>
  readonly stats: Stats
  /** Closed positions by reason, in order of the reasons' names. */
  readonly exits: Readonly<Record<string, number>>
  readonly signals: Readonly<SignalCounts>
  readonly curve: EquityCurve
}
export type VariantOutcome = { readonly ok: true; readonly result: VariantResult } | { readonly ok: false; readonly problems: readonly string[] }

/** What the recorded prices span; null: they have no row. */
export type RecordedSpan = { readonly quotes: number; readonly from: number | null; readonly to: number | null }

/** Somewhere variants can be played, one at a time. */
export type Lane = {
  readonly span: RecordedSpan
  /** `onProgress` hears what is played, 0 to 1. */
  readonly play: (variant: Variant, onProgress: (done: number) => void) => Promise<VariantOutcome>
  readonly close: () => Promise<void>
}
export type LaneInput = WhatIfInput & { readonly candlePath: CandlePath; readonly keptRows: number }
export type LaneOpening = { readonly ok: true; readonly lane: Lane } | { readonly ok: false; readonly problems: readonly string[] }

/** A lane in this thread. */
export async function openVariantPlayer(input: LaneInput): Promise<LaneOpening> {
  const { prices, candlePath, keptRows } = input
  const opened = await openRecordedFeed(prices, { candlePath, keptRows })
  if (!opened.ok) return { ok: false, problems: [opened.problem.message] }
  const { feed } = opened
  return {
    ok: true,
    lane: {
      span: { quotes: feed.quotes, from: feed.firstTs, to: feed.lastTs },
      play: (variant, onProgress) => playVariant(variant, input, feed, onProgress),
      close: () => Promise.resolve(),
    },
  }
}

async function playVariant(variant: Variant, input: WhatIfInput, feed: RecordedFeed, onProgress: (done: number) => void): Promise<VariantOutcome> {
  const world = variantWorld(variant, input)
  if (!world.ok) return world
  const { positions, stats, signals } = await playRecorded(world.settings, feed, world.signals, (played, total) => onProgress(total === 0 ? 1 : played / total))
  return { ok: true, result: { name: variant.name, changes: variant.changes, stats, exits: exitsByReason(positions), signals, curve: equityCurve(positions) } }
}

function exitsByReason(positions: readonly PositionView[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { auto_close_reason: reason } of positions) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Exact sums; positions closed at the same time make one point. */
export function equityCurve(positions: readonly PositionView[]): EquityCurve {
  const closed = positions.flatMap(({ status, closed_at: at, pnl }) => (status === 'closed' && at !== null && pnl !== null ? [{ at: Date.parse(at), pnl }] : []))
  const at: number[] = []
  const sums: number[] = []
  let total = ZERO
  for (const each of closed.sort((a, b) => a.at - b.at)) {
    total = add(total, decimal(each.pnl))
    if (at.at(-1) === each.at) sums.pop()
    else at.push(each.at)
    sums.push(toNumber(total))
  }
  return { at, pnl: sums }
}
