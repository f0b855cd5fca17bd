/** A memory store on virtual time: batches become durable late, are acknowledged later still, and a crash may come between. */
import type { AppendResult, Checkpoint, OpenResult, Store } from '../../state/store.ts'
import { MemoryStore } from '../../state/memory-store.ts'
import type { JournalRecord } from '../../state/record.ts'

export type StorePorts = {
  readonly random: () => number
  readonly later: (delayMs: number, act: () => void) => void
  /** Longest time until a batch is durable, and again until that is told; 0: at once. */
  readonly slownessMs: () => number
  /** Probability that the disk is full for a batch. */
  readonly full: () => number
  /** A batch met a full disk. */
  readonly onFull?: () => void
  /** Records that have become durable. */
  readonly onLanded?: (records: readonly JournalRecord[]) => void
}

type Pending = { readonly land: () => AppendResult; landed: AppendResult | null }

export class CrashingStore implements Store {
  readonly #inner = new MemoryStore()
  readonly #ports: StorePorts
  #pending: Pending | null = null
  newestCheckpoint: Checkpoint | null = null
  /** Every command that is durable, as JSON. */
  readonly durableCommands = new Set<string>()

  constructor(ports: StorePorts) {
    this.#ports = ports
  }

  open(): OpenResult {
    return this.#inner.open()
  }

  append(partition: string, expectedSeq: number, epoch: number, records: readonly JournalRecord[]): AppendResult | Promise<AppendResult> {
    const { random, later, slownessMs, full } = this.#ports
    if (random() < full()) {
      this.#ports.onFull?.()
      return { ok: false, code: 'no_space', message: 'the disk is full' }
    }
    const land = (): AppendResult => {
      const result = this.#inner.append(partition, expectedSeq, epoch, records)
      if (!result.ok) return result
      for (const record of records) if (record.kind === 'command') this.durableCommands.add(JSON.stringify(record.body))
      this.#ports.onLanded?.(records)
      return result
    }
    const slowness = slownessMs()
    if (slowness === 0) return land()
    const pending: Pending = { land, landed: null }
    this.#pending = pending
    return new Promise((resolve) => {
      later(Math.floor(random() * slowness), () => {
        if (this.#pending !== pending) return
        pending.landed = land()
        later(Math.floor(random() * slowness), () => {
          if (this.#pending !== pending || pending.landed === null) return
          this.#pending = null
          resolve(pending.landed)
        })
      })
    })
  }

  /** The process is gone; a batch under way is durable or not. Tells what happened to it. */
  crash(): 'nothing under way' | 'durable, not acknowledged' | 'lost' {
    const pending = this.#pending
    this.#pending = null
    void this.#inner.close()
    if (!pending) return 'nothing under way'
    if (pending.landed) return 'durable, not acknowledged'
    return 'lost'
  }

  checkpoint(checkpoint: Checkpoint): Promise<void> {
    this.newestCheckpoint = checkpoint
    return this.#inner.checkpoint(checkpoint)
  }
  read(from: number, to: number): Iterable<JournalRecord> {
    return this.#inner.read(from, to)
  }
  describe(): ReturnType<Store['describe']> {
    return this.#inner.describe()
  }
  close(): Promise<void> {
    return this.#inner.close()
  }
}
