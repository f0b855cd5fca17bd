/** `loms report`: commands that read a data directory. Each loads its code only when it is used. */
import type { Command } from 'commander'
import { EXIT } from './exit-code.ts'
import type { Surroundings } from './program.ts'

type ReportArguments = { readonly json?: boolean; readonly data?: string }
type PerformanceArguments = ReportArguments & { readonly html?: string; readonly csv?: string }
type OutcomesArguments = ReportArguments & { readonly csv?: string; readonly jsonl?: string }

export function addReportCommands(program: Command, surroundings: Surroundings): void {
  const report = program.command('report').description('what the recorded positions tell; reads only, also while the service runs')
  const add = (name: string, description: string, example: string): Command =>
    report
      .command(name)
      .description(description)
      .option('--data <dir>', 'data directory of the service (default DATA_DIR of the settings)')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  ${example}`)
  add('exits', 'how positions ended: counts, pnl and moves per reason, strategy and symbol', 'loms report exits --data state/data/paper').action(async ({ json, data }: ReportArguments) => {
    const [{ showExitReport }, { reportExits }] = await Promise.all([import('./commands/report.ts'), import('./wiring.ts')])
    const source = await sourceOf(data, surroundings)
    if (source !== undefined) surroundings.finish(await showExitReport(surroundings.terminal, json === true, source, reportExits))
  })
  add('performance', 'equity, drawdown, results per day, symbol, strategy and exit; as a file with pictures', 'loms report performance --html report.html')
    .option('--html <file>', 'write one HTML file with figures and pictures')
    .option('--csv <file>', 'write the results per day as CSV')
    .action(async ({ json, data, html, csv }: PerformanceArguments) => {
      const [{ showPerformance }, { reportPerformance }] = await Promise.all([import('./commands/report.ts'), import('./wiring.ts')])
      const source = await sourceOf(data, surroundings)
      if (source !== undefined) surroundings.finish(await showPerformance(surroundings.terminal, json === true, { source, html: html ?? null, csv: csv ?? null }, reportPerformance))
    })
  const twin = add('twin', 'live trades beside their paper twins: slippage, latency, exit, fees, pnl', 'loms report twin --data state/data/live --twin state/data/paper')
  twin.option('--twin <dir>', 'data directory of a paper service that gets the same signals (default: the twin that PAPER_TWIN=true keeps)')
  twin.action(async ({ json, data, twin: twinData }: ReportArguments & { readonly twin?: string }) => {
    const [{ showTwinReport }, { reportTwin }] = await Promise.all([import('./commands/twin.ts'), import('./wiring.ts')])
    const source = await sourceOf(data, surroundings)
    if (source !== undefined) surroundings.finish(showTwinReport({ terminal: surroundings.terminal, json: json === true }, await reportTwin(source, twinData ?? null)))
  })
  const outcomes = add('outcomes', 'one row per closed position, for training models', 'loms report outcomes --csv outcomes.csv')
    .option('--csv <file>', 'write CSV')
    .option('--jsonl <file>', 'write JSON Lines')
  outcomes.action(async ({ json, data, csv, jsonl }: OutcomesArguments) => {
    if (csv === undefined && jsonl === undefined) return outcomes.error("error: required option '--csv <file>' or '--jsonl <file>' not specified")
    const [{ exportOutcomes }, wiring] = await Promise.all([import('./commands/report.ts'), import('./wiring.ts')])
    const source = await sourceOf(data, surroundings)
    if (source === undefined) return
    surroundings.finish(await exportOutcomes(surroundings.terminal, json === true, { source, csv: csv ?? null, jsonl: jsonl ?? null }, wiring.exportOutcomes))
  })
}

/** The directory that was named, or the one of the settings; undefined: the settings are wrong, which was said. */
async function sourceOf(data: string | undefined, { terminal, finish }: Surroundings): Promise<string | undefined> {
  if (data !== undefined) return data
  const { dataDirectory } = await import('./wiring.ts')
  const found = await dataDirectory()
  if (found.ok) return found.directory
  for (const problem of found.problems) terminal.err(problem)
  finish(EXIT.failed)
  return undefined
}
