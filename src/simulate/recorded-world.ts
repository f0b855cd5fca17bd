/** One run of the service's machines on recorded signals and prices, with nothing outside: no disk, no clock, no chance. */
import type { Settings } from '../config/settings.ts'
import type { GroupedStats, PositionView } from '../domain/wire.ts'
import type { RecordedFeed } from '../prices/recorded/recorded-feed.ts'
import { resolveSymbol } from '../prices/recorded/resolve-symbol.ts'
import { VirtualClock } from '../runtime/clock.ts'
import { Engine } from '../runtime/engine.ts'
import { memoryReadModel } from '../runtime/read-model-files.ts'
import { ReadModel } from '../runtime/read-model.ts'
import { RecordedRun } from '../runtime/recorded-run.ts'
import { Core } from '../../machines/core.ts'
import { MemoryStore } from '../../state/memory-store.ts'
import type { RecordedSignal } from './recorded-signals.ts'

/** What became of the signals. `received` = opened + blocked + duplicate; the rest never acted. */
export type SignalCounts = { received: number; opened: number; blocked: number; duplicate: number; unplayed: number }

export type Played = {
  /** In order of id. */
  readonly positions: readonly PositionView[]
  readonly stats: GroupedStats
  readonly signals: Readonly<SignalCounts>
  readonly quotes: number
  readonly records: number
}

/** Called now and then with the quotes played and their number. */
export type OnPlayed = (played: number, total: number) => void

type World = { readonly engine: Engine; readonly clock: VirtualClock; quotes: number }

/** Plays the whole feed once. The feed may be played again afterwards. */
export async function playRecorded(settings: Settings, feed: RecordedFeed, signals: readonly RecordedSignal[], onPlayed: OnPlayed): Promise<Played> {
  const world = createWorld(settings, feed)
  const counts = await play(world, feed, signals, onPlayed)
  const { readModel, sequencer } = world.engine
  const { items: positions } = readModel.positions({}, { limit: Infinity })
  return { positions, stats: readModel.stats({}, undefined), signals: counts, quotes: world.quotes, records: sequencer.durableSeq }
}

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

async function play(world: World, feed: RecordedFeed, signals: readonly RecordedSignal[], onPlayed: OnPlayed): Promise<SignalCounts> {
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
    onProgress: (quotes) => onPlayed(quotes, feed.quotes),
  })
  await run.play()
  counts.unplayed += playable.length - next
  world.quotes = run.quotes
  return counts
}

function playSignal(engine: Engine, { signal, payload, idempotencyKey }: RecordedSignal, counts: SignalCounts): void {
  const { outcome } = engine.enter({ kind: 'bounce_signal', signal, payload, idempotencyKey })
  counts.received += 1
  if (outcome.kind !== 'answered') counts.blocked += 1
  else if (outcome.answer.duplicate) counts.duplicate += 1
  else if ('position_id' in outcome.answer) counts.opened += 1
  else counts.blocked += 1
}
