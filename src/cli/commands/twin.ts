/** `loms report twin`: what the same signals became live and on paper. Every difference is live minus twin. */
import type { PositionStatus } from '../../domain/wire.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { count, money, price, text } from '../format.ts'
import { signed } from '../position-table.ts'
import { printJson } from '../session.ts'
import { renderPairs, renderTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'

/** One position of a pair. */
export type TwinSide = {
  readonly id: number
  readonly status: PositionStatus
  readonly qty: number
  readonly entry_price: number | null
  /** From the signal to the first fill. */
  readonly entry_latency_ms: number | null
  readonly close_price: number | null
  readonly reason: string | null
  readonly fees: number
  readonly pnl: number | null
  /** Net result in percent of what was put in. */
  readonly pnl_pct: number | null
}
/** Slippage: how much worse the live price was, in hundredths of a percent; negative: better. null: not both are that far. */
export type TwinPair = {
  readonly symbol: string
  readonly side: string
  readonly strategy: string
  readonly live: TwinSide
  readonly twin: TwinSide
  readonly entry_slippage_bps: number | null
  readonly entry_latency_ms: number | null
  readonly exit_slippage_bps: number | null
  readonly exit_delay_ms: number | null
  readonly same_exit: boolean | null
  readonly fees: number
  readonly pnl: number | null
}
/** Averages and sums over the pairs; PnL over those closed on both sides. */
export type TwinFigures = {
  readonly pairs: number
  readonly closed: number
  readonly same_exit: number
  readonly avg_entry_slippage_bps: number | null
  readonly avg_entry_latency_ms: number | null
  readonly avg_exit_slippage_bps: number | null
  readonly avg_exit_delay_ms: number | null
  readonly fees: number
  readonly live_pnl: number
  readonly twin_pnl: number
  readonly pnl: number
}
export type TwinReport = {
  readonly pairs: readonly TwinPair[]
  /** Ids of positions without a counterpart. */
  readonly live_only: readonly number[]
  readonly twin_only: readonly number[]
  readonly figures: TwinFigures
}
export type TwinReportOutcome = { readonly ok: true; readonly report: TwinReport; readonly remarks: readonly string[] } | { readonly ok: false; readonly problems: readonly string[] }

export function showTwinReport({ terminal, json }: { readonly terminal: Terminal; readonly json: boolean }, outcome: TwinReportOutcome): ExitCode {
  if (!outcome.ok) {
    for (const problem of outcome.problems) terminal.err(problem)
    return EXIT.failed
  }
  for (const remark of outcome.remarks) terminal.err(remark)
  if (json) printJson(terminal, outcome.report)
  else terminal.out(renderTwinReport(outcome.report, terminal))
  return EXIT.ok
}

function renderTwinReport({ pairs, live_only: liveOnly, twin_only: twinOnly, figures }: TwinReport, { colours }: Terminal): string {
  const alone = (ids: readonly number[]): string => (ids.length === 0 ? '-' : ids.join(', '))
  const summary = renderPairs([
    ['pairs', `${count(figures.pairs)}, ${count(figures.closed)} closed on both sides, ${count(figures.same_exit)} for the same reason`],
    ['live without a twin', alone(liveOnly)],
    ['twins without a live trade', alone(twinOnly)],
    ['entry', `${money(figures.avg_entry_slippage_bps)} bps worse, ${count(figures.avg_entry_latency_ms)} ms later (averages)`],
    ['exit', `${money(figures.avg_exit_slippage_bps)} bps worse, ${count(figures.avg_exit_delay_ms)} ms later (averages)`],
    ['fees', `${money(figures.fees)} more`],
    ['pnl', `${money(figures.live_pnl)} live, ${money(figures.twin_pnl)} twin, ${money(figures.pnl)} difference`],
  ])
  if (pairs.length === 0) return summary
  const table = renderTable<TwinPair>(
    [
      { head: 'LIVE', cell: ({ live }) => count(live.id), align: 'right' },
      { head: 'TWIN', cell: ({ twin }) => count(twin.id), align: 'right' },
      { head: 'SYMBOL', cell: ({ symbol }) => text(symbol) },
      { head: 'SIDE', cell: ({ side }) => text(side) },
      { head: 'ENTRY', cell: ({ live, twin }) => `${price(live.entry_price)} / ${price(twin.entry_price)}`, align: 'right' },
      { head: 'BPS', cell: (pair) => money(pair.entry_slippage_bps), align: 'right' },
      { head: 'MS', cell: (pair) => count(pair.entry_latency_ms), align: 'right' },
      { head: 'EXIT', cell: ({ live, twin }) => `${price(live.close_price)} / ${price(twin.close_price)}`, align: 'right' },
      { head: 'BPS', cell: (pair) => money(pair.exit_slippage_bps), align: 'right' },
      { head: 'REASON', cell: ({ live, twin }) => (live.reason === twin.reason ? text(live.reason) : `${text(live.reason)} / ${text(twin.reason)}`) },
      { head: 'FEES', cell: ({ fees }) => money(fees), align: 'right' },
      { head: 'PNL', cell: ({ pnl }) => signed(pnl, colours), align: 'right' },
    ],
    pairs,
  )
  return `${table}\n\n${summary}\n\nlive / twin; BPS: how much worse live was, in hundredths of a percent; MS, FEES, PNL: live minus twin`
}
