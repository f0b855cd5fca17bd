/** `loms simulate`: recorded signals on recorded prices, as fast as the machine allows. */
import type { PositionView, Stats } from '../../domain/wire.ts'
import type { CandlePath } from '../../prices/recorded/candle-path.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import type { Assignment } from '../option-values.ts'
import { renderPositions } from '../position-table.ts'
import { progressBar } from '../progress-bar.ts'
import { renderStats } from '../stats-table.ts'
import { renderPairs } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export type SimulateOptions = {
  readonly signals: string
  /** In the order of the command line, which decides at equal milliseconds. */
  readonly prices: readonly string[]
  readonly candlePath: CandlePath
  readonly set: readonly Assignment[]
}

/** Called now and then with what is done, 0 to 1. */
export type Progress = (done: number) => void

export type Simulation = {
  readonly positions: readonly PositionView[]
  readonly stats: Stats
  readonly signals: { readonly received: number; readonly opened: number; readonly blocked: number; readonly duplicate: number; readonly unplayed: number }
  /** The only part that differs between two runs. */
  readonly run: { readonly quotes: number; readonly seconds: number; readonly quotes_per_second: number; readonly [detail: string]: unknown }
}
/** A problem is one readable line: which file, line or setting, what is allowed. */
export type SimulateOutcome = { readonly ok: true; readonly simulation: Simulation } | { readonly ok: false; readonly problems: readonly string[] }

export async function runSimulate(
  terminal: Terminal,
  json: boolean,
  options: SimulateOptions,
  simulate: (options: SimulateOptions, progress: Progress) => Promise<SimulateOutcome>,
): Promise<ExitCode> {
  const bar = progressBar(terminal, 'simulating')
  const outcome = await simulate(options, bar.show)
  bar.clear()
  if (!outcome.ok) {
    for (const problem of outcome.problems) terminal.err(problem)
    return EXIT.failed
  }
  if (json) await printSimulation(terminal, outcome.simulation)
  else terminal.out(renderSimulation(outcome.simulation, terminal))
  return EXIT.ok
}

/** One JSON value, a line per position: a million positions would not fit into one string. */
async function printSimulation(terminal: Terminal, { positions, stats, signals, run }: Simulation): Promise<void> {
  terminal.out('{"positions": [')
  for (const [index, position] of positions.entries()) {
    terminal.out(JSON.stringify(position) + (index + 1 < positions.length ? ',' : ''))
    if (index % 1_000 === 999) await terminal.drained()
  }
  terminal.out(`],\n"stats": ${JSON.stringify(stats)},\n"signals": ${JSON.stringify(signals)},\n"run": ${JSON.stringify(run)}}`)
}

const SHOWN_POSITIONS = 50

function renderSimulation({ positions, stats, signals, run }: Simulation, { colours }: Terminal): string {
  const shown = positions.slice(-SHOWN_POSITIONS)
  return [
    ...(shown.length === 0 ? [] : [renderPositions(shown, colours), '']),
    ...(shown.length < positions.length ? [`the last ${shown.length} of ${positions.length} positions; --json prints all`, ''] : []),
    renderStats(stats, undefined, colours),
    '',
    renderPairs([
      ['signals', Object.entries(signals).map(([name, value]) => `${value} ${name}`).join(', ')],
      ['run', `${run.quotes} quotes in ${run.seconds.toFixed(2)} s (${Math.round(run.quotes_per_second)} per second)`],
    ]),
  ].join('\n')
}
