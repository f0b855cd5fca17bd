/** Where the command line meets the rest of the program. Everything behind it is loaded only when it is used. */
import type { BundleOptions, BundleOutcome } from './commands/bundle.ts'
import type { ConfigReading } from './commands/config.ts'
import type { ReplayOptions, ReplayOutcome } from './commands/replay.ts'
import type { ExitReportOutcome, OutcomesOptions, OutcomesOutcome, PerformanceOptions, PerformanceOutcome } from './commands/report.ts'
import type { Progress, SimulateOptions, SimulateOutcome } from './commands/simulate.ts'
import type { WhatIfOptions, WhatIfOutcome } from './commands/whatif.ts'

/** Runs the service until it is told to stop; the exit code of the process is the service's. */
export async function startService(): Promise<void> {
  const { main } = await import('../main.ts')
  await main()
}

/** The effective settings of this process. */
export async function readEffectiveSettings(overrides: Readonly<Record<string, string>>): Promise<ConfigReading> {
  const { readSettings } = await import('../config/environment.ts')
  return readSettings({ overrides })
}

/** The same machines on recorded signals and prices. */
export async function simulate({ signals, prices, candlePath, set }: SimulateOptions, progress: Progress): Promise<SimulateOutcome> {
  const { simulate: run } = await import('../simulate/simulate.ts')
  const settings = Object.fromEntries(set.map(({ name, value }) => [name, value]))
  return run({ signals, prices, candlePath, set: settings, onProgress: (played, total) => progress(total === 0 ? 1 : played / total) }, () => performance.now())
}

/** Variants of a recorded run, played on all cores. */
export async function whatIf(options: WhatIfOptions, progress: Progress): Promise<WhatIfOutcome> {
  const [{ runVariants }, { openWorkerLane }] = await Promise.all([import('../whatif/what-if.ts'), import('../whatif/worker-lane.ts')])
  return runVariants(options, { openLane: openWorkerLane, onProgress: progress })
}

/** The state of a journal at any moment. */
export async function replay(options: ReplayOptions): Promise<ReplayOutcome> {
  const { replayJournal } = await import('../replay/replay.ts')
  return replayJournal(options)
}

/** An incident cut out of a journal, into a file. `source` null: the data directory of the settings. */
export async function bundle(source: string | null, file: string, slice: BundleOptions['slice'], now: Date): Promise<BundleOutcome> {
  const [{ makeBundle }, { readSettings }, { productVersion }] = await Promise.all([import('../replay/make-bundle.ts'), import('../config/environment.ts'), import('../version.ts')])
  const loaded = readSettings()
  // Settings that are wrong must not keep anybody from looking into an incident.
  if (!loaded.ok && source === null) return { ok: false, problems: loaded.problems }
  const settings = loaded.ok ? loaded.effective.map(({ name, value, origin }) => ({ name, value, origin })) : []
  return makeBundle({ source: source ?? (loaded.ok ? loaded.settings.dataDir : ''), file, slice, version: productVersion(), settings }, now)
}

/** How the positions of a data directory ended. */
export async function reportExits(source: string): Promise<ExitReportOutcome> {
  const { exitReport } = await import('../reports/exit-report.ts')
  return exitReport(source)
}

/** What came of the closed positions of a data directory, also as files. */
export async function reportPerformance(options: PerformanceOptions): Promise<PerformanceOutcome> {
  const { performanceReport } = await import('../reports/html-report.ts')
  return performanceReport(options)
}

/** One row per closed position, into files. */
export async function exportOutcomes(options: OutcomesOptions): Promise<OutcomesOutcome> {
  const { writeOutcomes } = await import('../reports/outcome-files.ts')
  return writeOutcomes(options)
}

/** Where this process would keep its data by its settings; problems where they are wrong. */
export async function dataDirectory(): Promise<{ readonly ok: true; readonly directory: string } | { readonly ok: false; readonly problems: readonly string[] }> {
  const { readSettings } = await import('../config/environment.ts')
  const loaded = readSettings({})
  return loaded.ok ? { ok: true, directory: loaded.settings.dataDir } : { ok: false, problems: loaded.problems }
}
