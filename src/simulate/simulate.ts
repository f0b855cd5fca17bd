/**
 * `loms simulate`: the machines of the service on recorded signals and prices, on the data's clock, as fast as the
 * machine allows. Nothing of the environment enters: the same files and `--set` give the same bytes.
 */
import { loadSettings } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import { exitStrategies } from '../exits/registry.ts'
import type { CandlePath } from '../prices/recorded/candle-path.ts'
import { openRecordedFeed } from '../prices/recorded/recorded-feed.ts'
import { bounceSignalReader } from '../signals/bounce-signal.ts'
import { readSignalBodies, validSignals } from './recorded-signals.ts'
import { playRecorded, type OnPlayed, type Played } from './recorded-world.ts'

export type SimulateOptions = {
  readonly signals: string
  readonly prices: readonly string[]
  readonly candlePath: CandlePath
  readonly set: Readonly<Record<string, string>>
  readonly onProgress?: OnPlayed
}

export type Simulation = Pick<Played, 'positions' | 'stats' | 'signals'> & {
  /** The only part that differs between two runs. */
  readonly run: { readonly quotes: number; readonly seconds: number; readonly quotes_per_second: number; readonly signals: number; readonly records: number }
}

export type SimulateOutcome = { readonly ok: true; readonly simulation: Simulation } | { readonly ok: false; readonly problems: readonly string[] }

/** Reads, plays and sums up. Problems are sentences for the person who typed the command. */
export async function simulate(options: SimulateOptions, stopwatch: () => number): Promise<SimulateOutcome> {
  const loaded = simulationSettings(options.prices, options.set)
  if (!loaded.ok) return loaded
  const { settings } = loaded
  const read = readSignalBodies(options.signals)
  if (!read.ok) return { ok: false, problems: [read.message] }
  const valid = validSignals(read.bodies, bounceSignalReader(settings.signal, exitStrategies))
  if (!valid.ok) return { ok: false, problems: [valid.message] }
  const opened = await openRecordedFeed(options.prices, { candlePath: options.candlePath })
  if (!opened.ok) return { ok: false, problems: [opened.problem.message] }
  const started = stopwatch()
  const { positions, stats, signals, quotes, records } = await playRecorded(settings, opened.feed, valid.signals, options.onProgress ?? (() => {}))
  const seconds = (stopwatch() - started) / 1000
  const run = { quotes, seconds, quotes_per_second: Math.round(quotes / Math.max(seconds, 1e-9)), signals: valid.signals.length, records }
  return { ok: true, simulation: { positions, stats, signals, run } }
}

/** Strategies that ask a model may be chosen; nothing is ever sent. */
const NO_MODEL = 'http://not-asked.invalid'
/** Nobody is there to lift a halt: the rest of the data would not be played. In force where the run names it, or a profile. */
const NO_KILL_SWITCH = { MAX_SESSION_LOSS_PCT: '' }
const PROFILES = ['LOMS_PROFILE', 'RISK_PROFILE']

/** The settings of a run on recorded prices: defaults and what was set for it, nothing of the environment. */
export function simulationSettings(
  prices: readonly string[],
  set: Readonly<Record<string, string>>,
): { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly problems: readonly string[] } {
  const ofRun = { PRICE_SOURCE: 'replay', REPLAY_FILES: prices.join(','), EXIT_MODEL_URL: NO_MODEL, ...(PROFILES.some((name) => name in set) ? {} : NO_KILL_SWITCH) }
  const loaded = loadSettings({ environment: {}, dotEnv: null, overrides: { ...ofRun, ...set } })
  return loaded.ok ? { ok: true, settings: loaded.settings } : { ok: false, problems: loaded.problems }
}
