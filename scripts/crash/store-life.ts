/** The store alone, with small records: few enough sectors per batch that every disk image can be looked at. */
import { canonicalJson } from '../../state/canonical.ts'
import { FileStore } from '../../state/file-store.ts'
import type { FileIo } from '../../state/io.ts'
import { lockBySocket } from '../../state/lock.ts'
import type { JournalRecord } from '../../state/record.ts'
import type { Checkpoint, OpenFailure, Recovered } from '../../state/store.ts'
import { journalProblems, type Expected } from './journal-problems.ts'
import { RecordingStore } from './recording-store.ts'

const PARTITION = 'lab_dev'
/** A few batches. */
const SEGMENT_BYTES = 3000

export type StoreStarted = { readonly ok: true; readonly life: StoreLife } | OpenFailure

export class StoreLife {
  readonly store: RecordingStore
  readonly opening: Recovered
  #seq: number
  #batch: number

  static open(directory: string, io: FileIo): StoreStarted {
    const store = new RecordingStore(new FileStore({ directory, segmentBytes: SEGMENT_BYTES, plainSegments: 1, io, lock: lockBySocket }))
    const opening = store.open()
    return opening.ok ? { ok: true, life: new StoreLife(store, opening.recovered) } : opening
  }

  private constructor(store: RecordingStore, opening: Recovered) {
    this.store = store
    this.opening = opening
    this.#seq = opening.durableSeq
    this.#batch = opening.lastBatch
  }

  /** Batches of one to five records, now and then a checkpoint, which the journal does not wait for. */
  async run(random: () => number, batches: number): Promise<void> {
    let checkpoint = Promise.resolve()
    for (let number = 0; number < batches; number += 1) {
      if (!(await this.append(1 + Math.floor(random() * 5), () => Math.floor(random() * 60)))) break
      if (random() < 0.25) checkpoint = this.store.checkpoint(checkpointAt(this.#seq)).catch(() => undefined)
      if (random() < 0.5) await checkpoint
    }
    await checkpoint
  }

  /** Appends until it is acknowledged, or nothing is any more; a full disk has room again at the next try. */
  async append(size: number, textLength: () => number): Promise<boolean> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      this.#batch += 1
      const records = Array.from({ length: size }, (_, index) => record(this.#seq + 1 + index, this.#batch, textLength()))
      const result = await this.store.append(PARTITION, this.#seq + 1, this.opening.epoch, records)
      if (result.ok) this.#seq += size
      if (result.ok || result.code !== 'no_space') return result.ok
    }
    return false
  }

  end(): Promise<void> {
    return this.store.close()
  }
}

const checkpointAt = (seq: number): Checkpoint => ({ formatVersion: 1, seq, machineVersion: 1, stateHash: `hash of ${seq}`, state: { upTo: seq } })

const record = (seq: number, batch: number, length: number): JournalRecord => ({
  v: 1, seq, batch, at: 1_700_000_000_000 + seq, partition: PARTITION, kind: 'fact', body: { type: 'trading.paused', accountLabel: PARTITION, reason: `ä"\\\n${'x'.repeat(length)}` },
})

/** I4, I5 and I9 as far as a store without an engine has them. */
export function storeProblems(life: StoreLife, expected: Expected): string[] {
  const { opening, store } = life
  return [...journalProblems(opening, [...store.read(1, opening.durableSeq)], expected), ...checkpointProblems(opening)]
}

function checkpointProblems({ checkpoint, tail, durableSeq }: Recovered): string[] {
  if (!checkpoint) return []
  const seqs = [...tail].map(({ seq }) => seq)
  const whole = canonicalJson(checkpoint) === canonicalJson(checkpointAt(checkpoint.seq))
  return whole && seqs.length === durableSeq - checkpoint.seq && (seqs[0] ?? durableSeq + 1) === checkpoint.seq + 1 ? [] : [`I5: the checkpoint at ${checkpoint.seq} and its tail do not reach ${durableSeq}`]
}
