/** Where the command line meets the rest of the program. Everything behind it is loaded only when it is used. */
import type { ConfigReading } from './commands/config.ts'
import type { ReplayOptions, ReplayOutcome } from './commands/replay.ts'
import type { Progress, SimulateOptions, SimulateOutcome } from './commands/simulate.ts'

const NOT_BUILT_IN = 'this build of LOMS does not contain it'

/** Runs the service until it is told to stop; the exit code of the process is the service's. */
export function startService(): Promise<void> {
  return Promise.reject(new Error(NOT_BUILT_IN))
}

/** The effective settings of this process. */
export async function readEffectiveSettings(overrides: Readonly<Record<string, string>>): Promise<ConfigReading> {
  const { readSettings } = await import('../config/environment.ts')
  return readSettings({ overrides })
}

/** The same machines on recorded signals and prices. */
export function simulate(_options: SimulateOptions, _progress: Progress): Promise<SimulateOutcome> {
  return Promise.resolve({ ok: false, problems: [NOT_BUILT_IN] })
}

/** The state of a journal at any moment. */
export function replay(_options: ReplayOptions): Promise<ReplayOutcome> {
  return Promise.resolve({ ok: false, problems: [NOT_BUILT_IN] })
}
