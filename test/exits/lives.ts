/** A service that is killed and started again: engine, journal and read model over one store, on a clock moved by hand. */
import { setImmediate } from 'node:timers/promises'
import { loadSettings } from '../../src/config/load.ts'
import type { Settings } from '../../src/config/settings.ts'
import type { PositionView } from '../../src/domain/wire.ts'
import { exitStrategies } from '../../src/exits/registry.ts'
import { bounceSignalReader } from '../../src/signals/bounce-signal.ts'
import { Checkpointer } from '../../src/runtime/checkpointer.ts'
import { VirtualClock } from '../../src/runtime/clock.ts'
import { Engine } from '../../src/runtime/engine.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { ReadModel, type ReadModelFiles } from '../../src/runtime/read-model.ts'
import { recover } from '../../state/recover.ts'
import type { JournalRecord } from '../../state/record.ts'
import type { Store } from '../../state/store.ts'
import type { Point } from './brute-force.ts'
import type { Body } from './play.ts'

export type World = { readonly store: () => Store; readonly files: ReadModelFiles; readonly set: Readonly<Record<string, string>> }

export function settingsOf(set: Readonly<Record<string, string>>): Settings {
  const unlimited = { MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', MAX_SIZE_PER_POSITION_USDT: '', MAX_SESSION_LOSS_PCT: '' }
  const loaded = loadSettings({ environment: {}, dotEnv: null, overrides: { PRICE_SOURCE: 'replay', REPLAY_FILES: 'none.csv', ...unlimited, ...set } })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.settings
}

export class Life {
  readonly engine: Engine
  readonly clock: VirtualClock
  readonly #store: Store
  readonly #read: ReturnType<typeof bounceSignalReader>
  #flush: (() => void) | null = null

  /** Opens the store and recovers what is durable; `start` begins the run. */
  constructor(world: World, now: number) {
    const settings = settingsOf(world.set)
    const store = world.store()
    const opening = store.open()
    if (!opening.ok) throw new Error(opening.message)
    const { recovered } = opening
    const readModel = new ReadModel(world.files, store)
    const { core } = recover(recovered, () => store.read(1, recovered.durableSeq), readModel)
    this.#store = store
    this.clock = new VirtualClock(now)
    this.#read = bounceSignalReader(settings.signal, exitStrategies)
    this.engine = new Engine({
      settings, version: 'test', store, core, readModel, clock: this.clock,
      start: { partition: settings.core.accountLabel, epoch: recovered.epoch, durableSeq: recovered.durableSeq, lastBatch: recovered.lastBatch },
      feed: { resolve: (symbol) => symbol, watch: () => {}, unwatch: () => {}, checksMarket: false },
      schedule: (flush) => (this.#flush = flush),
      retryLater: () => {}, audit: () => null, closed: () => null, onNotice: () => {}, onSequencerState: () => {}, onTimers: () => {},
      random: () => new Uint8Array(6),
      peakIntervalMs: 250,
    })
    readModel.attach(core, (id) => this.engine.shownExtremes(id))
  }

  start(): void {
    this.engine.start()
  }

  signal(body: Body): void {
    const reading = this.#read(body)
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
    this.engine.enter({ kind: 'bounce_signal', signal: reading.signal, payload: reading.payload, idempotencyKey: null })
  }

  quote({ ts, symbol, price, continuous }: Point): void {
    this.clock.moveTo(ts)
    const value = Number(price.toFixed())
    this.engine.quote({ symbol, ts, bid: value, ask: value, last: value, mark: value, source: 'test', path: continuous ? 'continuous' : 'point' })
  }

  /** Writes batch after batch until nothing is left, or until this many are written: then the process is gone. */
  async settle(batches = Infinity): Promise<void> {
    for (let written = 0; written < batches && this.#flush; written++) {
      const upTo = this.engine.sequencer.nextSeq - 1
      const flush = this.#flush
      this.#flush = null
      flush()
      await this.engine.sequencer.whenDurable(upTo)
    }
  }

  async checkpoint(): Promise<void> {
    let written = false
    const writing = new Checkpointer(this.engine, this.#store, () => Promise.resolve(), silentLogger).finish().then(() => (written = true))
    while (!written) {
      await this.settle()
      await setImmediate()
    }
    await writing
  }

  /** The process is gone; what is durable stays. */
  async kill(): Promise<JournalRecord[]> {
    const durable = [...this.#store.read(1, this.engine.sequencer.durableSeq)]
    await this.#store.close()
    return durable
  }

  positions(): readonly PositionView[] {
    return this.engine.readModel.positions({}, { limit: Infinity }).items
  }
}

