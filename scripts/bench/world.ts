/** The real engine on a clock that is moved by hand, with signals and quotes made here. What the benches measure through. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '../../src/config/load.ts'
import type { Settings } from '../../src/config/settings.ts'
import { decimal } from '../../src/domain/decimal.ts'
import { journalId, type PositionId } from '../../src/domain/ids.ts'
import type { PriceQuote } from '../../src/domain/quote.ts'
import { wholeTarget, type Signal } from '../../src/domain/signal.ts'
import { Checkpointer } from '../../src/runtime/checkpointer.ts'
import { VirtualClock } from '../../src/runtime/clock.ts'
import { Engine } from '../../src/runtime/engine.ts'
import type { EngineOptions } from '../../src/runtime/engine-options.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { memoryReadModel, readModelIn } from '../../src/runtime/read-model-files.ts'
import { ReadModel } from '../../src/runtime/read-model.ts'
import { Core } from '../../machines/core.ts'
import { FileStore } from '../../state/file-store.ts'
import { MemoryStore } from '../../state/memory-store.ts'

export const SYMBOL = 'BTCUSDT'
/** Every position opens at this price; quotes near it cross nothing. */
export const PRICE = 100

export const NO_LIMITS = { MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', MAX_SIZE_PER_POSITION_USDT: '' }

/** Settings of a lab on recorded prices: positions may be closed at once, nothing limits them. */
export function benchSettings(): Settings {
  const loaded = loadSettings({ environment: {}, dotEnv: null, overrides: { PRICE_SOURCE: 'replay', REPLAY_FILES: 'none.csv', ...NO_LIMITS } })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.settings
}

export type World = { readonly engine: Engine; readonly clock: VirtualClock; readonly store: MemoryStore | FileStore; readonly readModel: ReadModel }

/**
 * An engine that has started; `directory`: with journal, history and keys on the disk there, else all in memory.
 * `time`: on which clock the journal says it runs, so that the service can go on with it.
 */
export async function createWorld(directory: string | null, time: 'virtual' | 'real' = 'virtual', onNotice: EngineOptions['onNotice'] = () => {}): Promise<World> {
  const settings = benchSettings()
  const store = directory === null ? new MemoryStore() : new FileStore({ directory })
  const opening = store.open()
  if (!opening.ok) throw new Error(opening.message)
  const clock = new VirtualClock(Date.UTC(2026, 0, 1))
  const readModel = new ReadModel(directory === null ? memoryReadModel() : readModelIn(directory, () => {}), store)
  readModel.restore(null)
  const core = new Core()
  const { durableSeq, lastBatch, epoch } = opening.recovered
  const engine = new Engine({
    settings,
    version: 'bench',
    store,
    start: { partition: settings.core.accountLabel, epoch, durableSeq, lastBatch },
    core,
    readModel,
    clock,
    feed: { resolve: (symbol) => symbol, watch: () => {}, unwatch: () => {}, checksMarket: false },
    schedule: directory === null ? () => {} : (flush) => setImmediate(flush),
    retryLater: (retry) => void setTimeout(retry, 1000),
    audit: () => null,
    closed: () => null,
    onNotice,
    onSequencerState: () => {},
    onTimers: () => {},
    random: () => new Uint8Array(6),
    peakIntervalMs: 250,
  })
  readModel.attach(core, (id: PositionId) => engine.desk.extremes(id))
  if (time === 'real') engine.accept({ type: 'journal.created', journalId: journalId(new Uint8Array(6)), clock: 'real' })
  engine.start()
  await settled({ engine, store })
  return { engine, clock, store, readModel }
}

/** Makes everything that is under way durable and released. */
export async function settled({ engine, store }: Pick<World, 'engine' | 'store'>): Promise<void> {
  if (store instanceof MemoryStore) engine.sequencer.settle()
  else await engine.sequencer.whenIdle()
}

/** Positions that are under way together. */
const AT_ONCE = 500

let signals = 0
/** A signal of its own at `PRICE` whose levels are `levelPct` percent away. */
export function benchSignal(levelPct: number, direction: Signal['direction'] = 'long'): Signal {
  signals += 1
  const up = decimal(PRICE * (1 + levelPct / 100))
  const down = decimal(PRICE * (1 - levelPct / 100))
  return {
    symbol: SYMBOL,
    direction,
    price: decimal(PRICE),
    timestampMs: Date.UTC(2026, 0, 1) + signals,
    exchange: 'bitget',
    timeframeMin: 5,
    strategy: 'bounce_ema10_strict',
    accountLabel: 'lab_dev',
    qty: decimal(1),
    slPrice: direction === 'long' ? down : up,
    targets: wholeTarget(direction === 'long' ? up : down),
    exitStrategy: 'tp_sl_static',
    exitParams: {},
    signalId: null,
  }
}

/** The signal as a bot would have sent it. */
const payloadOf = (signal: Signal) => ({ symbol: signal.symbol, side: signal.direction, price: Number(signal.price), timestamp: new Date(signal.timestampMs ?? 0).toISOString(), tp_pct: 4.5, sl_pct: 1.5 })

/** Lets a signal in; it must open a position. */
export function enter({ engine }: Pick<World, 'engine'>, signal: Signal): PositionId {
  const { outcome } = engine.enter({ kind: 'bounce_signal', signal, payload: payloadOf(signal), idempotencyKey: null })
  if (outcome.kind !== 'answered' || !('position_id' in outcome.answer)) throw new Error(`the signal opened nothing: ${JSON.stringify(outcome)}`)
  return outcome.answer.position_id as PositionId
}

export type FeedQuote = { -readonly [Field in keyof PriceQuote]: PriceQuote[Field] }
/** One quote object to be used again and again, as recorded runs do. */
export const feedQuote = (symbol = SYMBOL): FeedQuote => ({ symbol, ts: 1, bid: PRICE, ask: PRICE, last: PRICE, mark: PRICE, source: 'bench', path: 'point' })

/** Gives the engine one price in all fields. */
export function quoteAt({ engine, clock }: Pick<World, 'engine' | 'clock'>, quote: FeedQuote, price: number): void {
  clock.moveTo(clock.now() + 1)
  quote.ts = clock.now()
  quote.bid = quote.ask = quote.last = quote.mark = price
  engine.quote(quote)
}

/** Opens `count` positions far from every price that comes. */
export async function openFarAway(world: World, count: number): Promise<void> {
  for (let opened = 0; opened < count; ) {
    const upTo = Math.min(count, opened + 500)
    for (; opened < upTo; opened += 1) enter(world, benchSignal(20 + (opened % 20_000) / 1000, opened % 2 === 0 ? 'long' : 'short'))
    await settled(world)
  }
}

/** Opens and closes `count` positions, `AT_ONCE` together, a minute apart. */
export async function openAndClose(world: World, count: number): Promise<void> {
  const quote = feedQuote()
  for (let done = 0; done < count; done += AT_ONCE) {
    for (let index = 0; index < Math.min(AT_ONCE, count - done); index++) enter(world, benchSignal(1, index % 2 === 0 ? 'long' : 'short'))
    await settled(world)
    world.clock.moveTo(world.clock.now() + 60_000)
    while (world.engine.fireTimer(world.clock.now()));
    for (const price of [PRICE + 1.25, PRICE]) {
      quoteAt(world, quote, price)
      await settled(world)
    }
  }
}

/** Writes a checkpoint of everything, as a clean stop does. */
export const checkpoint = ({ engine, store }: World): Promise<void> => new Checkpointer(engine, store, () => Promise.resolve(), silentLogger).finish()

/** Closes the files without a checkpoint, as a crash would leave them. */
export async function close({ store, readModel }: World): Promise<void> {
  readModel.close()
  await store.close()
}

/** Runs with a directory that is gone afterwards. */
export async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'loms-bench-'))
  try {
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
