/**
 * `loms simulate`: the machines of the service on recorded signals and prices, on the data's clock, as fast as the
 * machine allows. Nothing of the environment enters: the same files and `--set` give the same bytes.
 */
import { loadSettings } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import { exitDefaultProblems, exitStrategies } from '../exits/registry.ts'
import { openRecordedFeed, type RecordedFeed } from '../prices/recorded/recorded-feed.ts'
import { resolveSymbol } from '../prices/recorded/resolve-symbol.ts'
import { bounceSignalReader } from '../signals/bounce-signal.ts'
import { VirtualClock } from '../runtime/clock.ts'
import { Engine } from '../runtime/engine.ts'
import { ReadModel } from '../runtime/read-model.ts'
import { RecordedRun } from '../runtime/recorded-run.ts'
import type { GroupedStats, PositionView } from '../domain/wire.ts'
import { Core } from '../../machines/core.ts'
import { memoryReadModel } from '../runtime/read-model-files.ts'
import { MemoryStore } from '../../state/memory-store.ts'
import type { CandlePath } from '../prices/recorded/candle-path.ts'
import { readSignals, type RecordedSignal } from './recorded-signals.ts'

export type SimulateOptions = {
  readonly signals: string
  readonly prices: readonly string[]
  readonly candlePath: CandlePath
  readonly set: Readonly<Record<string, string>>
  readonly onProgress?: (played: number, total: number) => void
}

/** What became of the signals. `received` = opened + blocked + duplicate; the rest never acted. */
export type SignalCounts = { received: number; opened: number; blocked: number; duplicate: number; unplayed: number }

export type Simulation = {
  readonly positions: readonly PositionView[]
  readonly stats: GroupedStats
  readonly signals: Readonly<SignalCounts>
  /** The only part that differs between two runs. */
  readonly run: { readonly quotes: number; readonly seconds: number; readonly quotes_per_second: number; readonly signals: number; readonly records: number }
}

export type SimulateOutcome = { readonly ok: true; readonly simulation: Simulation } | { readonly ok: false; readonly problems: readonly string[] }

/** Reads, plays and sums up. Problems are sentences for the person who typed the command. */
export async function simulate(options: SimulateOptions, stopwatch: () => number): Promise<SimulateOutcome> {
  const loaded = loadSettings({ environment: {}, dotEnv: null, overrides: { PRICE_SOURCE: 'replay', REPLAY_FILES: options.prices.join(','), ...options.set } })
  if (!loaded.ok) return { ok: false, problems: loaded.problems }
  const { settings } = loaded
  const wrongDefaults = exitDefaultProblems(settings.signal.exitStrategy, settings.signal.exitDefaults)
  if (wrongDefaults.length > 0) return { ok: false, problems: wrongDefaults }
  const read = bounceSignalReader(settings.signal, exitStrategies)
  const signals = readSignals(options.signals, read)
  if (!signals.ok) return { ok: false, problems: [signals.message] }
  const opened = await openRecordedFeed(options.prices, { candlePath: options.candlePath })
  if (!opened.ok) return { ok: false, problems: [opened.problem.message] }
  const started = stopwatch()
  const world = createWorld(settings, opened.feed)
  const counts = await play(world, opened.feed, signals.signals, options.onProgress)
  const seconds = (stopwatch() - started) / 1000
  const { items: positions } = world.engine.readModel.positions({}, { limit: Infinity })
  const quotes = world.quotes
  return {
    ok: true,
    simulation: {
      positions,
      stats: world.engine.readModel.stats({}, undefined),
      signals: counts,
      run: { quotes, seconds, quotes_per_second: Math.round(quotes / Math.max(seconds, 1e-9)), signals: signals.signals.length, records: world.engine.sequencer.durableSeq },
    },
  }
}

type World = { readonly engine: Engine; readonly clock: VirtualClock; quotes: number }

function createWorld(settings: Settings, feed: RecordedFeed): World {
  const store = new MemoryStore()
  const opening = store.open()
  if (!opening.ok) throw new Error(opening.message)
  const clock = new VirtualClock(0)
  const readModel = new ReadModel(memoryReadModel(), store)
  readModel.restore(null)
  const symbols = new Set(feed.symbols)
  const resolved = new Map<string, string | undefined>()
  const resolve = (symbol: string): string | undefined => {
    if (!resolved.has(symbol)) resolved.set(symbol, resolveSymbol(symbol, symbols))
    return resolved.get(symbol)
  }
  const { durableSeq, lastBatch, epoch } = opening.recovered
  const core = new Core()
  const engine = new Engine({
    settings,
    version: 'simulate',
    store,
    start: { partition: settings.core.accountLabel, epoch, durableSeq, lastBatch },
    core,
    readModel,
    clock,
    feed: { resolve, watch: () => {}, unwatch: () => {}, checksMarket: false },
    schedule: () => {},
    retryLater: () => {},
    audit: () => null,
    closed: () => null,
    onNotice: () => {},
    onSequencerState: () => {},
    onTimers: () => {},
    random: SIMULATION_ID,
    peakIntervalMs: Infinity,
  })
  readModel.attach(core, (id) => engine.desk.extremes(id))
  return { engine, clock, quotes: 0 }
}

/** A simulation's journal is nobody's: its client order ids are the same in every run. */
const SIMULATION_ID = () => new Uint8Array(6)

async function play(world: World, feed: RecordedFeed, signals: readonly RecordedSignal[], onProgress: SimulateOptions['onProgress']): Promise<SignalCounts> {
  const { engine, clock } = world
  const counts: SignalCounts = { received: 0, opened: 0, blocked: 0, duplicate: 0, unplayed: 0 }
  const symbols = new Set(feed.symbols)
  const playable = signals.filter(({ signal }) => resolveSymbol(signal.symbol, symbols) !== undefined)
  counts.unplayed = signals.length - playable.length
  let next = 0
  let started = false
  const settle = (): boolean => {
    engine.sequencer.settle()
    return true
  }
  const begin = (at: number): void => {
    if (started) return
    started = true
    clock.moveTo(at)
    engine.start()
    settle()
  }
  const firstAt = Math.min(feed.firstTs ?? Infinity, playable[0]?.at ?? Infinity)
  if (Number.isFinite(firstAt)) begin(firstAt)
  const run = new RecordedRun(feed, {
    engine,
    clock,
    from: -Infinity,
    nextSignalAt: () => playable[next]?.at ?? Infinity,
    playSignal: () => playSignal(engine, playable[next++] as RecordedSignal, counts),
    settle,
    settled: () => Promise.resolve(),
    pace: null,
    stopped: () => false,
    onProgress: (quotes) => onProgress?.(quotes, feed.quotes),
  })
  await run.play()
  counts.unplayed += playable.length - next
  world.quotes = run.quotes
  return counts
}

function playSignal(engine: Engine, { signal, payload }: RecordedSignal, counts: SignalCounts): void {
  const { outcome } = engine.enter({ kind: 'bounce_signal', signal, payload, idempotencyKey: null })
  counts.received += 1
  if (outcome.kind !== 'answered') counts.blocked += 1
  else if (outcome.answer.duplicate) counts.duplicate += 1
  else if ('position_id' in outcome.answer) counts.opened += 1
  else counts.blocked += 1
}
