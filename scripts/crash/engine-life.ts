/**
 * One process life of the product on a watched disk: store, recovery, read model, audit log, engine and checkpoints as
 * the service wires them; time, prices and signals come from whoever lives it.
 */
import { join } from 'node:path'
import { loadSettings } from '../../src/config/load.ts'
import { assert } from '../../src/domain/assert.ts'
import { exitStrategies } from '../../src/exits/registry.ts'
import { AuditGate } from '../../src/runtime/audit-gate.ts'
import { Checkpointer } from '../../src/runtime/checkpointer.ts'
import { VirtualClock } from '../../src/runtime/clock.ts'
import { Engine } from '../../src/runtime/engine.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { readModelIn } from '../../src/runtime/read-model-files.ts'
import { ReadModel } from '../../src/runtime/read-model.ts'
import { bounceSignalReader } from '../../src/signals/bounce-signal.ts'
import { AuditLog } from '../../state/audit-log.ts'
import { FileStore } from '../../state/file-store.ts'
import type { FileIo } from '../../state/io.ts'
import { lockBySocket } from '../../state/lock.ts'
import { recoverFrom, type RecoveredCore } from '../../state/recover.ts'
import type { OpenFailure, Recovered } from '../../state/store.ts'
import { RecordingStore } from './recording-store.ts'

const START = Date.UTC(2026, 0, 1)
/** Small, so that a short life rotates. */
const SEGMENT_BYTES = 12_000
export const AUDIT_FILE = 'audit.jsonl'
export type LifeStarted = { readonly ok: true; readonly life: EngineLife } | OpenFailure

const settings = (() => {
  const loaded = loadSettings({ environment: {}, dotEnv: null, overrides: { AUTO_CLOSE_MIN_AGE_SEC: '0', MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', MAX_SESSION_LOSS_PCT: '' } })
  assert(loaded.ok, 'the settings are valid')
  return loaded.settings
})()

export class EngineLife {
  readonly store: RecordingStore
  readonly opening: Recovered
  readonly recovered: RecoveredCore
  readonly readModel: ReadModel
  readonly audit: AuditGate
  readonly clock: VirtualClock
  readonly engine: Engine
  readonly #checkpointer: Checkpointer
  readonly #readSignal = bounceSignalReader(settings.signal, exitStrategies)

  /** Opens the directory and recovers, as the service does; nothing runs yet. */
  static async open(directory: string, io: FileIo, segmentBytes = SEGMENT_BYTES): Promise<LifeStarted> {
    const store = new RecordingStore(new FileStore({ directory, segmentBytes, plainSegments: 1, io, lock: lockBySocket }))
    const opening = store.open()
    if (!opening.ok) return opening
    const readModel = new ReadModel(readModelIn(directory, () => {}, io), store)
    const recovering = recoverFrom(directory, opening.recovered, () => store.read(1, opening.recovered.durableSeq), readModel)
    if (recovering.ok) return { ok: true, life: new EngineLife(directory, io, store, opening.recovered, readModel, recovering.recovered) }
    // The service ends here; its lock goes with it.
    await store.close()
    return recovering
  }

  private constructor(directory: string, io: FileIo, store: RecordingStore, opening: Recovered, readModel: ReadModel, recovered: RecoveredCore) {
    this.store = store
    this.opening = opening
    this.readModel = readModel
    this.recovered = recovered
    this.clock = new VirtualClock(Math.max(START, [...store.read(opening.durableSeq, opening.durableSeq)][0]?.at ?? 0))
    this.audit = new AuditGate(new AuditLog(join(directory, AUDIT_FILE), io), store, opening, () => {})
    const { core } = this.recovered
    this.engine = new Engine({
      settings, version: 'crash', store, start: { partition: settings.core.accountLabel, epoch: opening.epoch, durableSeq: opening.durableSeq, lastBatch: opening.lastBatch }, core, readModel: this.readModel, clock: this.clock,
      feed: { resolve: (symbol) => symbol, watch: () => {}, unwatch: () => {}, checksMarket: false },
      schedule: (flush) => void setImmediate(flush), retryLater: (retry) => void setImmediate(retry),
      audit: (seq, at, payload) => this.audit.append(seq, at, payload), closed: () => null, onNotice: () => {}, onSequencerState: () => {}, onTimers: () => {},
      random: () => new Uint8Array(6), peakIntervalMs: Infinity,
    })
    this.readModel.attach(core, (id) => this.engine.shownExtremes(id))
    this.#checkpointer = new Checkpointer(this.engine, store, () => this.audit.sync(), silentLogger)
  }

  /** The first facts of a run. */
  async start(): Promise<void> {
    this.engine.start()
    await this.settle()
  }

  /** Everything so far is durable and released, or never will be. */
  settle(): Promise<void> {
    return this.engine.sequencer.whenIdle()
  }

  /** A signal; true once its answer was acknowledged as durable. */
  async signal(symbol: string, price: number, side: 'long' | 'short', number: number): Promise<boolean> {
    const reading = this.#readSignal({ symbol, side, price, signal_id: `signal-${number}`, timestamp: new Date(this.clock.now()).toISOString() })
    assert(reading.ok, 'the signal is valid')
    const { outcome, seq } = this.engine.enter({ kind: 'bounce_signal', signal: reading.signal, payload: reading.payload, idempotencyKey: null })
    return outcome.kind === 'answered' && (await this.engine.sequencer.whenDurable(seq))
  }

  /** A price a second later. */
  quote(symbol: string, price: number): void {
    const ts = this.clock.now() + 1000
    for (let at = this.engine.nextTimerAt(); at < ts; at = this.engine.nextTimerAt()) {
      this.clock.moveTo(at)
      this.engine.fireTimer(at)
    }
    this.clock.moveTo(ts)
    this.engine.quote({ symbol, ts, bid: price, ask: price, last: price, mark: price, source: 'crash', path: 'point' })
  }

  /** A checkpoint of everything; what fails is its own affair. */
  checkpoint(): Promise<void> {
    return this.#checkpointer.finish()
  }

  /** Lets go of descriptors and lock, as the kernel does with those of a dead process. Nothing is written. */
  async end(): Promise<void> {
    this.readModel.close()
    this.audit.close()
    await this.store.close()
  }
}
