/** `loms report`: what a data directory tells about its positions, also while the service runs. */
import { EXIT, type ExitCode } from '../exit-code.ts'
import { count, money, percent, text, time } from '../format.ts'
import { signed } from '../position-table.ts'
import type { Performance } from '../../reports/performance.ts'
import { printJson } from '../session.ts'
import { renderTable, type Column } from '../table.ts'
import type { Terminal } from '../terminal.ts'

/** PnL and moves (percent of the entry) are those of closed positions; null where there are none. */
export type ExitFigures = {
  readonly positions: number
  readonly pnl: { readonly sum: number | null; readonly avg: number | null; readonly min: number | null; readonly max: number | null }
  readonly max_favorable_move: { readonly avg: number | null; readonly max: number | null }
  readonly max_adverse_move: { readonly avg: number | null; readonly max: number | null }
}
export type ExitReport = {
  /** Last record of the journal that is part of the report. */
  readonly seq: number
  readonly at: string | null
  readonly by_reason: readonly ({ readonly status: string; readonly reason: string | null } & ExitFigures)[]
  readonly by_strategy: readonly ({ readonly exit_strategy: string; readonly strategy: string; readonly symbol: string } & ExitFigures)[]
}
type Failed = { readonly ok: false; readonly problems: readonly string[] }
export type ExitReportOutcome = { readonly ok: true; readonly report: ExitReport; readonly remarks: readonly string[] } | Failed

/** Where the rows go; null: that format is not wanted. */
export type OutcomesOptions = { readonly source: string; readonly csv: string | null; readonly jsonl: string | null }
export type OutcomesOutcome = { readonly ok: true; readonly rows: number; readonly remarks: readonly string[] } | Failed

/** Where the files go; null: not wanted. */
export type PerformanceOptions = { readonly source: string; readonly html: string | null; readonly csv: string | null }
export type PerformanceOutcome = { readonly ok: true; readonly performance: Performance; readonly remarks: readonly string[] } | Failed

export async function showPerformance(terminal: Terminal, json: boolean, options: PerformanceOptions, report: (options: PerformanceOptions) => Promise<PerformanceOutcome>): Promise<ExitCode> {
  const outcome = await report(options)
  if (!outcome.ok) return fail(terminal, outcome)
  for (const remark of outcome.remarks) terminal.err(remark)
  const { performance } = outcome
  const files = [options.html, options.csv].filter((file) => file !== null)
  if (json) printJson(terminal, performance)
  else {
    terminal.out(renderPerformance(performance, terminal))
    if (files.length > 0) terminal.out(`written: ${files.map((file) => text(file)).join(', ')}`)
  }
  return EXIT.ok
}

function renderPerformance({ closed, won, lost, pnl, fees, max_drawdown: drawdown, by_day: days }: Performance, { colours }: Terminal): string {
  if (closed === 0) return 'no closed positions yet'
  const head = `${count(closed)} closed, ${count(won)} won, ${count(lost)} lost: ${signed(pnl, colours)} USDT net, fees ${money(fees)}, deepest drawdown ${money(drawdown)}`
  const table = renderTable(
    [
      { head: 'DAY (UTC)', cell: ({ key }) => text(key) },
      { head: 'CLOSED', cell: ({ closed: number }) => count(number), align: 'right' },
      { head: 'WON', cell: ({ won: number }) => count(number), align: 'right' },
      { head: 'PNL', cell: ({ pnl: result }) => signed(result, colours), align: 'right' },
      { head: 'AVERAGE', cell: ({ average }) => signed(average, colours), align: 'right' },
      { head: 'WORST', cell: ({ worst }) => money(worst), align: 'right' },
    ],
    days,
  )
  return `${head}\n\n${table}`
}

export async function showExitReport(terminal: Terminal, json: boolean, source: string, report: (source: string) => Promise<ExitReportOutcome>): Promise<ExitCode> {
  const outcome = await report(source)
  if (!outcome.ok) return fail(terminal, outcome)
  for (const remark of outcome.remarks) terminal.err(remark)
  if (json) printJson(terminal, outcome.report)
  else terminal.out(renderExitReport(outcome.report, terminal))
  return EXIT.ok
}

export async function exportOutcomes(terminal: Terminal, json: boolean, options: OutcomesOptions, write: (options: OutcomesOptions) => Promise<OutcomesOutcome>): Promise<ExitCode> {
  const outcome = await write(options)
  if (!outcome.ok) return fail(terminal, outcome)
  for (const remark of outcome.remarks) terminal.err(remark)
  const files = [options.csv, options.jsonl].filter((file) => file !== null)
  if (json) printJson(terminal, { rows: outcome.rows, files })
  else terminal.out(`${outcome.rows} closed position(s) written to ${files.map((file) => text(file)).join(' and ')}`)
  return EXIT.ok
}

function fail(terminal: Terminal, { problems }: Failed): ExitCode {
  for (const problem of problems) terminal.err(problem)
  return EXIT.failed
}

function renderExitReport({ seq, at, by_reason: reasons, by_strategy: strategies }: ExitReport, { colours }: Terminal): string {
  if (reasons.length === 0) return `no positions up to record ${count(seq)}`
  const figures = <Row extends ExitFigures>(): readonly Column<Row>[] => [
    { head: 'POSITIONS', cell: ({ positions }) => count(positions), align: 'right' },
    { head: 'PNL', cell: ({ pnl }) => signed(pnl.sum, colours), align: 'right' },
    { head: 'AVERAGE', cell: ({ pnl }) => signed(pnl.avg, colours), align: 'right' },
    { head: 'WORST', cell: ({ pnl }) => money(pnl.min), align: 'right' },
    { head: 'BEST', cell: ({ pnl }) => money(pnl.max), align: 'right' },
    { head: 'MFE', cell: ({ max_favorable_move: move }) => percent(move.avg), align: 'right' },
    { head: 'MAX MFE', cell: ({ max_favorable_move: move }) => percent(move.max), align: 'right' },
    { head: 'MAE', cell: ({ max_adverse_move: move }) => percent(move.avg), align: 'right' },
    { head: 'MAX MAE', cell: ({ max_adverse_move: move }) => percent(move.max), align: 'right' },
  ]
  return [
    renderTable([{ head: 'STATUS', cell: ({ status }) => text(status) }, { head: 'REASON', cell: ({ reason }) => text(reason) }, ...figures<ExitReport['by_reason'][number]>()], reasons),
    '',
    renderTable(
      [
        { head: 'EXIT STRATEGY', cell: ({ exit_strategy: exits }) => text(exits) },
        { head: 'STRATEGY', cell: ({ strategy }) => text(strategy) },
        { head: 'SYMBOL', cell: ({ symbol }) => text(symbol) },
        ...figures<ExitReport['by_strategy'][number]>(),
      ],
      strategies,
    ),
    '',
    `as of record ${count(seq)}, ${time(at)} UTC; MFE and MAE: best and worst move since the fill, in percent of the entry, averages over closed positions`,
  ].join('\n')
}
