/**
 * Live trades beside their paper twins, pair by pair (SPEC M-7). Pure. Two positions are a pair when they come from the
 * same signal: its `signal_id`, else symbol, direction, strategy, time and exchange. Every difference is live minus twin.
 */
import { add, decimal, divide, isZero, multiply, negate, round, subtract, toNumber, ZERO, type Decimal } from '../domain/decimal.ts'
import type { PositionView } from '../domain/wire.ts'
import type { Signal } from '../domain/signal.ts'
import type { TwinFigures, TwinPair, TwinReport, TwinSide } from '../cli/commands/twin.ts'

export type TwinTrade = {
  readonly signal: Pick<Signal, 'signalId' | 'symbol' | 'direction' | 'strategy' | 'timestampMs' | 'exchange'>
  readonly view: PositionView
  /** When the signal came in and when it was first filled, in milliseconds; null: never. */
  readonly receivedAt: number
  readonly filledAt: number | null
  readonly closedAt: number | null
}

const TEN_THOUSAND = decimal('10000')
const HUNDRED = decimal('100')

/** What makes two positions twins; null for a manual order, which has no signal to share. */
function pairKey({ signal }: TwinTrade): string | null {
  if (signal.signalId !== null) return JSON.stringify(signal.signalId)
  const { symbol, direction, strategy, timestampMs, exchange } = signal
  return timestampMs === null ? null : JSON.stringify([symbol, direction, strategy, timestampMs, exchange])
}

/** Both in order of id. Of a signal that opened twice on one side, the first is paired and the other stands alone. */
export function compareTwins(live: readonly TwinTrade[], twins: readonly TwinTrade[]): TwinReport {
  const free = new Map<string, TwinTrade>()
  for (const twin of twins) {
    const key = pairKey(twin)
    if (key !== null && !free.has(key)) free.set(key, twin)
  }
  const paired = new Set<TwinTrade>()
  const pairs: TwinPair[] = []
  const alone: TwinTrade[] = []
  for (const trade of live) {
    const key = pairKey(trade)
    const twin = key === null ? undefined : free.get(key)
    if (!twin || key === null) {
      alone.push(trade)
      continue
    }
    free.delete(key)
    paired.add(twin)
    pairs.push(pairOf(trade, twin))
  }
  const ids = (trades: readonly TwinTrade[]): readonly number[] => trades.map(({ view }) => view.id)
  return { pairs, live_only: ids(alone), twin_only: ids(twins.filter((twin) => !paired.has(twin))), figures: figuresOf(pairs) }
}

function pairOf(live: TwinTrade, twin: TwinTrade): TwinPair {
  const { view } = live
  const bothFilled = live.filledAt !== null && twin.filledAt !== null
  const entrySlippage = bothFilled ? worseBps(view.side === 'long', view.entry_price, twin.view.entry_price) : null
  const bothClosed = view.close_price !== null && twin.view.close_price !== null
  return {
    symbol: view.symbol,
    side: view.side,
    strategy: view.strategy,
    live: sideOf(live),
    twin: sideOf(twin),
    entry_slippage_bps: entrySlippage,
    entry_latency_ms: bothFilled ? latency(live) - latency(twin) : null,
    // Leaving a long is selling: less is worse.
    exit_slippage_bps: bothClosed ? worseBps(view.side === 'short', view.close_price, twin.view.close_price) : null,
    exit_delay_ms: live.closedAt !== null && twin.closedAt !== null ? live.closedAt - twin.closedAt : null,
    same_exit: view.status === 'open' || twin.view.status === 'open' ? null : view.auto_close_reason === twin.view.auto_close_reason,
    fees: toNumber(subtract(decimal(view.fees), decimal(twin.view.fees))),
    pnl: view.pnl !== null && twin.view.pnl !== null ? toNumber(subtract(decimal(view.pnl), decimal(twin.view.pnl))) : null,
  }
}

const latency = ({ filledAt, receivedAt }: TwinTrade): number => (filledAt ?? receivedAt) - receivedAt

const sideOf = ({ view, filledAt, receivedAt }: TwinTrade): TwinSide => ({
  id: view.id,
  status: view.status,
  qty: view.qty,
  entry_price: filledAt === null ? null : view.entry_price,
  entry_latency_ms: filledAt === null ? null : filledAt - receivedAt,
  close_price: view.close_price,
  reason: view.auto_close_reason,
  fees: view.fees,
  pnl: view.pnl,
  pnl_pct: returnPct(view),
})

/** How much worse a price is, in hundredths of a percent of the twin's; `buying`: more is worse. Negative: better. */
function worseBps(buying: boolean, price: number, twinPrice: number): number {
  const more = divide(multiply(subtract(decimal(price), decimal(twinPrice)), TEN_THOUSAND), decimal(twinPrice))
  return toNumber(round(buying ? more : negate(more), 4))
}

/** Net result in percent of what was put in: twins may differ in size. */
function returnPct({ pnl, qty, entry_price: entry }: PositionView): number | null {
  const invested = multiply(decimal(qty), decimal(entry))
  return pnl === null || isZero(invested) ? null : toNumber(round(divide(multiply(decimal(pnl), HUNDRED), invested), 4))
}

function figuresOf(pairs: readonly TwinPair[]): TwinFigures {
  const closed = pairs.filter(({ pnl }) => pnl !== null)
  return {
    pairs: pairs.length,
    closed: closed.length,
    same_exit: pairs.filter(({ same_exit: same }) => same === true).length,
    avg_entry_slippage_bps: average(pairs.map((pair) => pair.entry_slippage_bps)),
    avg_entry_latency_ms: average(pairs.map((pair) => pair.entry_latency_ms)),
    avg_exit_slippage_bps: average(pairs.map((pair) => pair.exit_slippage_bps)),
    avg_exit_delay_ms: average(pairs.map((pair) => pair.exit_delay_ms)),
    fees: toNumber(total(pairs.map(({ fees }) => fees))),
    live_pnl: toNumber(total(closed.map(({ live }) => live.pnl))),
    twin_pnl: toNumber(total(closed.map(({ twin }) => twin.pnl))),
    pnl: toNumber(total(closed.map(({ pnl }) => pnl))),
  }
}

const present = (values: readonly (number | null)[]): readonly Decimal[] => values.filter((value) => value !== null).map((value) => decimal(value))
const total = (values: readonly (number | null)[]): Decimal => present(values).reduce((sum, value) => add(sum, value), ZERO)
function average(values: readonly (number | null)[]): number | null {
  const known = present(values)
  return known.length === 0 ? null : toNumber(round(divide(total(values), decimal(known.length)), 4))
}
