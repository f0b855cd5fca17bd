/** Where the command line meets the rest of the program. Everything behind it is loaded only when it is used. */
import type { EmulatorOptions, EmulatorOutcome } from './commands/exchange-emulator.ts'
import type { ConfigReading } from './commands/config.ts'
import type { DrillResult } from './commands/drill.ts'
import type { DirectPanic } from './commands/panic.ts'
import type { ReplayOptions, ReplayOutcome } from './commands/replay.ts'
import type { ExitReportOutcome, OutcomesOptions, OutcomesOutcome } from './commands/report.ts'
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

/** How the positions of a data directory ended. */
export async function reportExits(source: string): Promise<ExitReportOutcome> {
  const { exitReport } = await import('../reports/exit-report.ts')
  return exitReport(source)
}

/** One row per closed position, into files. */
export async function exportOutcomes(options: OutcomesOptions): Promise<OutcomesOutcome> {
  const { writeOutcomes } = await import('../reports/outcome-files.ts')
  return writeOutcomes(options)
}

/** Panic on the data directory of this process's settings, without a service. */
export async function panicDirectly(reason: string): Promise<DirectPanic> {
  const { panicDirectly: run } = await import('../emergency/panic-directly.ts')
  return run(reason)
}

/** Rehearses a panic on paper. */
export async function drill(positions: number, now: Date): Promise<DrillResult> {
  const { drill: run } = await import('../emergency/drill.ts')
  return run(positions, now)
}

/** Where this process would keep its data by its settings; problems where they are wrong. */
export async function dataDirectory(): Promise<{ readonly ok: true; readonly directory: string } | { readonly ok: false; readonly problems: readonly string[] }> {
  const { readSettings } = await import('../config/environment.ts')
  const loaded = readSettings({})
  return loaded.ok ? { ok: true, directory: loaded.settings.dataDir } : { ok: false, problems: loaded.problems }
}

/** An emulated venue on a port of this machine, with prices that move. */
export async function startExchangeEmulator(options: EmulatorOptions): Promise<EmulatorOutcome> {
  const { startByHand } = await import('../exchange-emulator/by-hand.ts')
  const started = await startByHand(options)
  if (!started.ok) return started
  const { httpUrl, wsUrl, apiKey, secret, password, stop } = started.emulator
  return { ok: true, emulator: { httpUrl, wsUrl, apiKey, secret, password, symbols: started.symbols, stop } }
}
