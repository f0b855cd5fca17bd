/** Where the command line meets the rest of the program. Everything behind it is loaded only when it is used. */
import type { EmulatorOptions, EmulatorOutcome } from './commands/exchange-emulator.ts'
import type { BackupRun, RestoreRun } from './commands/backup.ts'
import type { Check } from './commands/checks.ts'
import type { BundleOptions, BundleOutcome } from './commands/bundle.ts'
import type { ConfigReading } from './commands/config.ts'
import type { DrillResult } from './commands/drill.ts'
import type { DirectPanic } from './commands/panic.ts'
import type { ReplayOptions, ReplayOutcome } from './commands/replay.ts'
import type { ExitReportOutcome, OutcomesOptions, OutcomesOutcome, PerformanceOptions, PerformanceOutcome } from './commands/report.ts'
import type { Progress, SimulateOptions, SimulateOutcome } from './commands/simulate.ts'
import type { TwinReportOutcome } from './commands/twin.ts'
import type { WhatIfOptions, WhatIfOutcome } from './commands/whatif.ts'
import type { GroupedStats, PositionView } from '../domain/wire.ts'
import type { HealthView } from '../http/application.ts'
import type { LomsClient } from './http-client.ts'

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
  return makeBundle({ source: source ?? (loaded.ok ? loaded.settings.dataDir : ''), file, slice, version: productVersion(), settings, auditLog: source === null && loaded.ok ? loaded.settings.auditLogPath : null }, now)
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

/** Live trades beside their paper twins. */
export async function reportTwin(source: string, twinSource: string | null): Promise<TwinReportOutcome> {
  const { twinReport } = await import('../reports/twin-report.ts')
  return twinReport(source, twinSource)
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

type Problems = { readonly ok: false; readonly problems: readonly string[] }
export type DataPlace = { readonly ok: true; readonly dataDir: string; readonly auditLog: string }

/** Data directory and audit log: of the directory that was named, or of the settings. */
export async function dataPlace(named: string | null): Promise<DataPlace | Problems> {
  const { readSettings } = await import('../config/environment.ts')
  const loaded = readSettings(named === null ? {} : { overrides: { DATA_DIR: named } })
  return loaded.ok ? { ok: true, dataDir: loaded.settings.dataDir, auditLog: loaded.settings.auditLogPath } : { ok: false, problems: loaded.problems }
}

/** A proven copy of the data directory. */
export async function backUpData(named: string | null, into: string, at: Date): Promise<BackupRun> {
  const place = await dataPlace(named)
  if (!place.ok) return { ok: false, message: place.problems.join('\n') }
  const [{ backUp }, { productVersion }] = await Promise.all([import('../backup/backup.ts'), import('../version.ts')])
  return backUp({ ...place, into, version: productVersion(), at })
}

/** The way back. */
export async function restoreData(backup: string, { dataDir, auditLog }: DataPlace, at: Date): Promise<RestoreRun> {
  const { restore } = await import('../backup/restore.ts')
  return restore({ backup, dataDir, auditLog, at })
}

/** Settings, machine, and the exchange where one is used. */
export async function examineMachine(): Promise<readonly Check[]> {
  const [{ readSettings }, { examine }, { exchangeChecks }] = await Promise.all([import('../config/environment.ts'), import('../checkup/doctor.ts'), import('../checkup/exchange-checks.ts')])
  const loaded = readSettings({})
  return examine({ loaded, nodeVersion: process.version, exchange: loaded.ok ? exchangeChecks(loaded.settings) : null })
}

/** Go or no-go by the settings' thresholds. */
export async function assessReady(named: string | null, botCsv: string | null): Promise<{ readonly ok: true; readonly checks: readonly Check[]; readonly seq: number } | Problems> {
  const [{ readSettings }, { assessReadiness }] = await Promise.all([import('../config/environment.ts'), import('../checkup/readiness.ts')])
  const loaded = readSettings({})
  if (!loaded.ok) return { ok: false, problems: loaded.problems }
  const { readiness, dataDir } = loaded.settings
  const outcome = assessReadiness({ source: named ?? dataDir, botCsv, settings: readiness })
  return outcome.ok ? outcome : { ok: false, problems: [outcome.message] }
}

const WEEK_MS = 7 * 86_400_000

/** The service's answers and the journal beside it. */
export async function lookAtToday(client: LomsClient, now: Date, save: boolean): Promise<{ readonly ok: true; readonly checks: readonly Check[]; readonly savedAs: string | null } | Problems> {
  const [{ readSettings }, { lookAtDay, saveDay }] = await Promise.all([import('../config/environment.ts'), import('../checkup/daily.ts')])
  const loaded = readSettings({})
  if (!loaded.ok) return { ok: false, problems: loaded.problems }
  const { settings } = loaded
  const [health, open, week] = await Promise.all([
    client.get<Partial<HealthView>>('/health', 'object'),
    client.get<readonly PositionView[]>('/positions', 'array', { status: 'open', limit: 100_000 }),
    client.get<GroupedStats>('/stats', 'object', { from: new Date(now.getTime() - WEEK_MS).toISOString() }),
  ])
  const answers = { health: health.kind === 'ok' ? health.body : null, open: open.kind === 'ok' ? open.body : null, week: week.kind === 'ok' ? week.body : null }
  const checks = lookAtDay({ settings, zombieAgeHours: settings.zombieAgeHours, answers, now })
  return { ok: true, checks, savedAs: save ? await saveDay(settings.dataDir, now, { at: now.toISOString(), checks, ...answers }) : null }
}
