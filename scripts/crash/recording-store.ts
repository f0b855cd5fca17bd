/** A store that remembers what it was given and what it acknowledged: the truth that a recovery is judged by. */
import type { JournalRecord } from '../../state/record.ts'
import type { AppendResult, Checkpoint, OpenResult, Store } from '../../state/store.ts'

export class RecordingStore implements Store {
  /** Every record that was to become durable, by its seq; the last one where a batch was tried again. */
  readonly given = new Map<number, JournalRecord>()
  acknowledgedSeq = 0
  onAcknowledged: (seq: number) => void = () => {}
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  open(): OpenResult {
    return this.#store.open()
  }

  async append(partition: string, expectedSeq: number, epoch: number, records: readonly JournalRecord[]): Promise<AppendResult> {
    for (const record of records) this.given.set(record.seq, record)
    const result = await this.#store.append(partition, expectedSeq, epoch, records)
    if (result.ok) {
      this.acknowledgedSeq = records.at(-1)?.seq ?? this.acknowledgedSeq
      this.onAcknowledged(this.acknowledgedSeq)
    }
    return result
  }

  checkpoint(checkpoint: Checkpoint): Promise<void> {
    return this.#store.checkpoint(checkpoint)
  }
  read(from: number, to: number): Iterable<JournalRecord> {
    return this.#store.read(from, to)
  }
  describe(): ReturnType<Store['describe']> {
    return this.#store.describe()
  }
  close(): Promise<void> {
    return this.#store.close()
  }
}
