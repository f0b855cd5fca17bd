/** Writes a checkpoint every so many records and at a clean stop, so that the next start folds little. */
import { MACHINE_VERSION } from '../../machines/position.machine.ts'
import { stateHash } from '../../state/canonical.ts'
import type { CheckpointState } from '../../state/recover.ts'
import type { Store } from '../../state/store.ts'
import type { Engine } from './engine.ts'
import type { Logger } from './logger.ts'

/** Folding this many records takes well under a second; a checkpoint costs a pause that grows with what is open. */
const RECORDS_BETWEEN = 50_000

export class Checkpointer {
  readonly #engine: Engine
  readonly #store: Store
  readonly #syncAudit: () => Promise<void>
  readonly #logger: Logger
  #lastSeq: number
  #writing: Promise<void> | null = null

  constructor(engine: Engine, store: Store, syncAudit: () => Promise<void>, logger: Logger) {
    this.#engine = engine
    this.#store = store
    this.#syncAudit = syncAudit
    this.#logger = logger
    this.#lastSeq = engine.sequencer.durableSeq
  }

  /** Starts a checkpoint if one is due; never waits. */
  consider(): void {
    // More is open, more is written: the distance grows so that checkpoints stay a small part of the work.
    const distance = Math.max(RECORDS_BETWEEN, 10 * this.#engine.core.registry.size)
    if (this.#writing || this.#engine.sequencer.durableSeq - this.#lastSeq < distance) return
    this.#writing = this.#write().finally(() => (this.#writing = null))
  }

  /** A checkpoint of everything, for a clean stop. */
  async finish(): Promise<void> {
    await this.#writing
    if (this.#engine.sequencer.state === 'open') await this.#write()
  }

  async #write(): Promise<void> {
    const { sequencer, core, readModel } = this.#engine
    try {
      const dump = core.dump()
      const hash = stateHash(dump)
      const state: CheckpointState = { core: dump, projection: readModel.dump() }
      const seq = sequencer.mark(hash)
      this.#lastSeq = seq
      if (!(await sequencer.whenDurable(seq))) return
      await Promise.all([readModel.sync(), this.#syncAudit()])
      // Still as it was: what a dump refers to never changes.
      await this.#store.checkpoint({ formatVersion: 1, seq, machineVersion: MACHINE_VERSION, stateHash: hash, state })
      this.#logger.info('checkpoint_written', { seq, positions: core.registry.size })
    } catch (error) {
      // The journal has everything; the next start only takes longer.
      this.#logger.error('checkpoint_failed', { error: String(error) })
    }
  }
}
