/**
 * The one door in: numbers each fact, puts it into the open batch, folds it, puts what it caused into the same batch,
 * and releases commands and notices once the batch is durable.
 *
 * 1. Facts enter one at a time, in one order, never re-entrantly from within the fold.
 * 2. State may run ahead of the disk; nothing visible leaves before its batch is synced.
 * 3. A batch is written only after the previous one is synced: the next batch is what queued meanwhile (group commit).
 * 4. A full disk holds the batch back and tries again; after a failed sync nothing is acknowledged any more.
 * 5. Everything that comes is taken, reports of the broker above all; whoever can be asked to come later asks `crowded`.
 */
import { assert } from '../domain/assert.ts'
import type { Command } from '../domain/commands.ts'
import { stamp, type Fact, type Stamped } from '../domain/facts.ts'
import type { Notice } from '../domain/notices.ts'
import type { Applied } from '../../machines/applied.ts'
import type { Core } from '../../machines/core.ts'
import type { Output } from '../../machines/position.context.ts'
import type { JournalRecord } from '../../state/record.ts'
import type { AppendResult, Store } from '../../state/store.ts'
import type { Clock } from './clock.ts'

/** `open`: accepting. `stalled`: disk full, trying again. `failed`: nothing more is acknowledged until a restart. */
export type SequencerState = 'open' | 'stalled' | 'failed'

/** More records than this wait only for a disk that has stopped: a thousand signals at once are a tenth of it, some 30 MB all of it. */
export const MOST_WAITING = 50_000

export type SequencerPorts = {
  readonly store: Store
  readonly core: Core
  readonly clock: Clock
  /** Starts a flush soon: `setImmediate` in the service; a simulation calls `settle` itself. */
  readonly schedule: (flush: () => void) => void
  /** Tries a stalled batch again later. */
  readonly retryLater: (retry: () => void) => void
  /** Right after a fact was folded, before it is durable. */
  readonly onApplied: (fact: Stamped, applied: Applied, outputSeqs: readonly number[]) => void
  /** A durable command leaves. */
  readonly onCommand: (command: Command) => void
  /** A durable notice is published. */
  readonly onNotice: (notice: Notice, seq: number, at: number) => void
  readonly onState: (state: SequencerState, message: string) => void
}

export type SequencerStart = { readonly partition: string; readonly epoch: number; readonly durableSeq: number; readonly lastBatch: number }
export type Accepted = { readonly seq: number; readonly outputs: readonly Output[] }
type Waiter = { readonly seq: number; readonly resolve: (durable: boolean) => void }

export class Sequencer {
  readonly #ports: SequencerPorts
  readonly #start: SequencerStart
  #state: SequencerState = 'open'
  #nextSeq: number
  #durableSeq: number
  #batch: number
  #open: JournalRecord[] = []
  #inFlight: JournalRecord[] | null = null
  #writingSince = 0
  #scheduled = false
  #folding = false
  readonly #waiters: Waiter[] = []

  constructor(ports: SequencerPorts, start: SequencerStart) {
    this.#ports = ports
    this.#start = start
    this.#nextSeq = start.durableSeq + 1
    this.#durableSeq = start.durableSeq
    this.#batch = start.lastBatch + 1
  }

  get state(): SequencerState {
    return this.#state
  }
  /** The seq that the next fact gets. */
  get nextSeq(): number {
    return this.#nextSeq
  }
  get durableSeq(): number {
    return this.#durableSeq
  }
  /** The disk does not keep up: nothing new should be begun. */
  get crowded(): boolean {
    return this.#nextSeq - 1 - this.#durableSeq > MOST_WAITING
  }
  /** Milliseconds for which the disk has had the batch that it is to take; 0: it has none. */
  get writingMs(): number {
    return this.#inFlight === null ? 0 : this.#ports.clock.now() - this.#writingSince
  }
  /** Nothing waits to be written or released. */
  get idle(): boolean {
    return this.#open.length === 0 && this.#inFlight === null
  }

  /** Takes a fact. Its outputs are returned as folded; they are released when durable. */
  accept(fact: Fact, at = this.#ports.clock.now()): Accepted {
    assert(!this.#folding, `fact ${fact.type} arrives outside the fold`)
    if (this.#state === 'failed') return { seq: 0, outputs: [] }
    const stamped = stamp(fact, this.#nextSeq, at)
    const { partition } = this.#start
    const batch = this.#batch
    this.#append({ v: 1, seq: this.#nextSeq++, batch, at, partition, kind: 'fact', body: fact })
    this.#folding = true
    const applied = this.#ports.core.apply(stamped)
    this.#folding = false
    const outputSeqs = applied.outputs.map((output) => {
      const seq = this.#nextSeq++
      const cause = stamped.seq
      this.#append(output.kind === 'command' ? { v: 1, seq, batch, at, partition, kind: 'command', cause, body: output.body } : { v: 1, seq, batch, at, partition, kind: 'notice', cause, body: output.body })
      return seq
    })
    this.#ports.onApplied(stamped, applied, outputSeqs)
    for (const failure of applied.failures) this.accept({ type: 'fact.failed', failedSeq: stamped.seq, positionId: failure.positionId, error: failure.error })
    return { seq: stamped.seq, outputs: applied.outputs }
  }

  /** Records the hash of the whole state as it is now; returns its seq. */
  mark(hash: string): number {
    const seq = this.#nextSeq++
    this.#append({ v: 1, seq, batch: this.#batch, at: this.#ports.clock.now(), partition: this.#start.partition, kind: 'mark', body: { type: 'state.hashed', hash } })
    return seq
  }

  /** Resolves true once everything up to `seq` is durable, false if that will never be. */
  whenDurable(seq: number): Promise<boolean> {
    if (seq <= this.#durableSeq) return Promise.resolve(true)
    if (this.#state === 'failed') return Promise.resolve(false)
    return new Promise((resolve) => this.#waiters.push({ seq, resolve }))
  }

  /** Resolves true once all that has been folded so far is durable. */
  barrier(): Promise<boolean> {
    return this.whenDurable(this.#nextSeq - 1)
  }

  /** Resolves once nothing waits to be written or released, or nothing can be written any more. */
  async whenIdle(): Promise<void> {
    while (!this.idle && this.#state !== 'failed') await this.barrier()
  }

  /** With a store that answers at once: writes and releases until nothing is left. */
  settle(): void {
    while (this.#open.length > 0 && this.#inFlight === null) this.#flush()
  }

  #append(record: JournalRecord): void {
    this.#open.push(record)
    this.#scheduleFlush()
  }

  #scheduleFlush(): void {
    if (this.#scheduled || this.#inFlight !== null) return
    this.#scheduled = true
    this.#ports.schedule(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    // A batch that found no room, or whose fate is unknown, stays in flight.
    if (this.#inFlight !== null || this.#open.length === 0) return
    this.#inFlight = this.#open
    this.#writingSince = this.#ports.clock.now()
    this.#open = []
    this.#batch += 1
    this.#write(this.#inFlight)
  }

  #write(records: readonly JournalRecord[]): void {
    const first = records[0]
    assert(first, 'a batch has records')
    const result = this.#ports.store.append(this.#start.partition, first.seq, this.#start.epoch, records)
    if (!(result instanceof Promise)) return this.#landed(records, result)
    result.then(
      (outcome) => this.#landed(records, outcome),
      (error: unknown) => this.#landed(records, { ok: false, code: 'poisoned', message: String(error) }),
    )
  }

  #landed(records: readonly JournalRecord[], result: AppendResult): void {
    if (!result.ok) return this.#refused(records, result.code, result.message)
    if (this.#state === 'stalled') this.#enter('open', 'the journal accepts records again')
    this.#inFlight = null
    this.#durableSeq = (records.at(-1) as JournalRecord).seq
    this.#scheduled = false
    for (const record of records) this.#release(record)
    this.#wake()
    if (this.#open.length > 0) this.#scheduleFlush()
  }

  #refused(records: readonly JournalRecord[], code: string, message: string): void {
    if (code === 'no_space') {
      this.#enter('stalled', message)
      return this.#ports.retryLater(() => this.#write(records))
    }
    this.#enter('failed', message)
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(false)
  }

  #enter(state: SequencerState, message: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#ports.onState(state, message)
  }

  #release(record: JournalRecord): void {
    if (record.kind === 'command') this.#ports.onCommand(record.body)
    else if (record.kind === 'notice') this.#ports.onNotice(record.body, record.seq, record.at)
  }

  #wake(): void {
    let ready = 0
    while (ready < this.#waiters.length && (this.#waiters[ready] as Waiter).seq <= this.#durableSeq) ready += 1
    for (const waiter of this.#waiters.splice(0, ready)) waiter.resolve(true)
  }
}
