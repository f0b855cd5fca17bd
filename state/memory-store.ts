/** A store that lasts as long as its process: simulations, replays and tests. Every call answers at once. */
import { assert } from '../src/domain/assert.ts'
import { refuseBatch } from './batch-order.ts'
import type { JournalRecord } from './record.ts'
import type { AppendResult, Checkpoint, OpenResult, Store } from './store.ts'

export class MemoryStore implements Store {
  readonly #records: JournalRecord[] = []
  #checkpoint: Checkpoint | null = null
  #epoch = 0
  #open = false

  /** Opening it again after `close` takes over what is there, as a restart would. */
  open(): OpenResult {
    if (this.#open) return { ok: false, code: 'locked', message: 'This memory store is already open.' }
    this.#open = true
    this.#epoch += 1
    const durableSeq = this.#records.length
    const checkpoint = this.#checkpoint
    const tail = this.read((checkpoint?.seq ?? 0) + 1, durableSeq)
    return { ok: true, recovered: { checkpoint, tail, durableSeq, lastBatch: this.#lastBatch(), epoch: this.#epoch, tornTail: null, remarks: [] } }
  }

  append(partition: string, expectedSeq: number, epoch: number, records: readonly JournalRecord[]): AppendResult {
    assert(this.#open, 'the store is open')
    const end = { epoch: this.#epoch, durableSeq: this.#records.length, lastBatch: this.#lastBatch() }
    const refusal = refuseBatch({ partition, expectedSeq, epoch, records }, end)
    if (refusal) return refusal
    for (const record of records) this.#records.push(record)
    return { ok: true }
  }

  checkpoint(checkpoint: Checkpoint): Promise<void> {
    assert(checkpoint.seq <= this.#records.length, `a checkpoint at ${checkpoint.seq} waits until that record is durable (now ${this.#records.length})`)
    this.#checkpoint = checkpoint
    return Promise.resolve()
  }

  read(from: number, to: number): Iterable<JournalRecord> {
    return { [Symbol.iterator]: () => this.#read(Math.max(1, from), to) }
  }

  *#read(from: number, to: number): Generator<JournalRecord> {
    for (let seq = from; seq <= Math.min(to, this.#records.length); seq++) yield this.#records[seq - 1] as JournalRecord
  }

  describe(): { readonly kind: string; readonly segments: number; readonly bytes: number; readonly durableSeq: number } {
    return { kind: 'memory', segments: 1, bytes: 0, durableSeq: this.#records.length }
  }

  close(): Promise<void> {
    this.#open = false
    return Promise.resolve()
  }

  #lastBatch(): number {
    return this.#records.at(-1)?.batch ?? 0
  }
}
