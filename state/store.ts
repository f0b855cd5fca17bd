/**
 * Where a partition's truth is kept: an append-only journal of batches and a checkpoint that shortens recovery.
 *
 * Promises every implementation keeps (`test/state/store.contract.ts`):
 * 1. A batch whose `append` returned ok survives any crash, whole and unchanged.
 * 2. A batch that was not acknowledged is there whole or not at all.
 * 3. `append` refuses a batch that does not continue the journal (`expectedSeq`) or comes from an old owner (`epoch`).
 * 4. After `poisoned` nothing is acknowledged until the store is opened again.
 */
import type { JournalRecord } from './record.ts'

/** What stops `append`. `no_space`: nothing of the batch was kept, try again. `poisoned`: restart. `fenced`: another owner. */
export type AppendFailure = { readonly ok: false; readonly code: 'no_space' | 'poisoned' | 'fenced' | 'out_of_order'; readonly message: string }
export type AppendResult = { readonly ok: true } | AppendFailure

/** The state as of `seq`, replaceable at any time. */
export type Checkpoint = {
  readonly formatVersion: 1
  /** The state contains all facts up to and including this seq. */
  readonly seq: number
  readonly machineVersion: number
  readonly stateHash: string
  /** The folded state as `Core.dump` made it. */
  readonly state: unknown
}

/** What recovery did with the journal's end. */
export type TornTail = { readonly file: string; readonly offset: number; readonly bytes: number; readonly keptAs: string; readonly firstLostSeq: number }

export type Recovered = {
  /** Newest usable checkpoint, or null: fold everything. */
  readonly checkpoint: Checkpoint | null
  /** Records with a seq above the checkpoint's, in order. */
  readonly tail: Iterable<JournalRecord>
  /** Seq of the last durable record; 0 for a new journal. */
  readonly durableSeq: number
  readonly lastBatch: number
  /** Owner number of this opening; an append with a smaller one is refused. */
  readonly epoch: number
  readonly tornTail: TornTail | null
  /** What was set aside and why (an unusable checkpoint generation, for instance), one readable line each. */
  readonly remarks: readonly string[]
}

/** The journal cannot be opened without a person: damage before the end, a checkpoint ahead of it, or another process. */
export type OpenFailure = {
  readonly ok: false
  readonly code: 'damaged' | 'checkpoint_ahead' | 'locked' | 'newer_format' | 'io'
  /** Says what is wrong, where (file, byte, seq), and the way out. */
  readonly message: string
}
export type OpenResult = { readonly ok: true; readonly recovered: Recovered } | OpenFailure

export interface Store {
  /** Takes ownership and reads what is there. Called once, before anything else. */
  open(): OpenResult
  /** Makes a batch durable. Records carry consecutive seqs from `expectedSeq`. A memory store answers at once. */
  append(partition: string, expectedSeq: number, epoch: number, records: readonly JournalRecord[]): AppendResult | Promise<AppendResult>
  /** Replaces the checkpoint; refused (thrown) when `checkpoint.seq` is not durable yet. */
  checkpoint(checkpoint: Checkpoint): Promise<void>
  /** Durable records with `from` ≤ seq ≤ `to`, in order; also from archived segments. */
  read(from: number, to: number): Iterable<JournalRecord>
  /** Bytes and segments, for /health. */
  describe(): { readonly kind: string; readonly segments: number; readonly bytes: number; readonly durableSeq: number }
  close(): Promise<void>
}
