/**
 * The embedded store: one data directory, one process, one partition.
 *
 *     lock                                  held while the process lives
 *     checkpoint.json, checkpoint.previous.json
 *     journal/000000000001.jsonl …          segments; the last one is written to
 *     journal/archive/000000000001.jsonl.gz sealed long ago, still readable
 *     journal/torn/…                        copies of what a recovery cut off
 */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { assert } from '../src/domain/assert.ts'
import { refuseBatch } from './batch-order.ts'
import { CheckpointWriter, loadCheckpoints, type LoadedCheckpoints } from './checkpoint-file.ts'
import { ensureDirectory, errorText, nodeIo, placeFile, type FileIo } from './io.ts'
import { startJournal } from './journal-opening.ts'
import { archiveDirectory, surveyJournal, type JournalSurvey, type Segment } from './journal-survey.ts'
import type { ActiveSegment, JournalWriter } from './journal-writer.ts'
import { lockDirectory, type Lock, type LockResult } from './lock.ts'
import type { JournalRecord } from './record.ts'
import { archiveBytes, openArchive } from './segment-archive.ts'
import { JournalDamagedError, openPlain, readSegment, type SegmentBlocks } from './segment-reader.ts'
import { segmentName, type BlockIndex } from './segment.ts'
import type { AppendResult, Checkpoint, OpenFailure, OpenResult, Store } from './store.ts'

export type FileStoreOptions = {
  readonly directory: string
  /** Size at which a new segment begins. Default 16 MiB: a start reads one of them. */
  readonly segmentBytes?: number
  /** Sealed segments that stay uncompressed. Default 8. */
  readonly plainSegments?: number
  /** Sealed segments younger than this stay uncompressed too. Default 0. */
  readonly plainMs?: number
  readonly now?: () => number
  readonly io?: FileIo
  /** Takes the directory for this process. Default `lockDirectory`. */
  readonly lock?: (directory: string) => LockResult
  /** Told what went wrong with archiving, one readable line each; the segment stays as it is. */
  readonly onRemark?: (remark: string) => void
}

type Opened = {
  readonly lock: Lock
  readonly writer: JournalWriter
  readonly checkpoints: CheckpointWriter
  readonly epoch: number
  /** The batch being written, if any; and the checkpoints, one after the other. */
  appending: Promise<AppendResult> | null
  checkpointing: Promise<void>
}

export class FileStore implements Store {
  readonly #options: Required<FileStoreOptions>
  readonly #journal: string
  /** Sealed segments, oldest first; the active one is the writer's. */
  #sealed: Segment[] = []
  #sealedBytes = 0
  readonly #indexes = new Map<string, BlockIndex>()
  #opened: Opened | null = null
  /** Seqs of the two checkpoint generations; archiving stays below both. */
  #checkpointSeqs: readonly number[] = []

  constructor(options: FileStoreOptions) {
    this.#options = { segmentBytes: 16 * 1024 * 1024, plainSegments: 8, plainMs: 0, now: Date.now, io: nodeIo, lock: (directory) => lockDirectory(directory), onRemark: () => undefined, ...options }
    this.#journal = join(options.directory, 'journal')
  }

  open(): OpenResult {
    assert(!this.#opened, 'a store is opened once')
    const { io, directory } = this.#options
    let lock: Lock | null = null
    try {
      ensureDirectory(io, directory)
      const locking = this.#options.lock(directory)
      if (!locking.ok) return locking
      lock = locking.lock
      const result = this.#openLocked(lock)
      if (!result.ok) lock.release()
      return result
    } catch (error) {
      lock?.release()
      return { ok: false, code: 'io', message: `The data directory ${directory} cannot be opened: ${errorText(error)}. Check that it is writable and that the disk has room.` }
    }
  }

  #openLocked(lock: Lock): OpenResult {
    const { io, directory, segmentBytes } = this.#options
    // The one before it is read only where this one cannot be used: each is the whole state.
    const loaded = loadCheckpoints(directory, 1)
    const checkpoint = loaded.usable[0] ?? null
    const surveyed = surveyJournal(this.#journal, checkpoint?.seq ?? 0)
    if (!surveyed.ok) return surveyed
    const { survey } = surveyed
    if (checkpoint && checkpoint.seq > survey.durableSeq) return ahead(directory, checkpoint.seq, survey)
    const started = startJournal({ io, directory: this.#journal, segmentBytes, onSealed: (segment) => this.#seal(segment) }, survey)
    this.#sealed = survey.segments.filter((segment) => segment !== survey.active?.segment)
    this.#sealedBytes = this.#sealed.reduce((total, segment) => total + fs.statSync(segment.file).size, 0)
    const checkpoints = new CheckpointWriter(io, directory, loaded.currentUsable)
    const { durableSeq, lastBatch } = survey
    this.#opened = { lock, writer: started.writer, checkpoints, epoch: started.epoch, appending: null, checkpointing: Promise.resolve() }
    this.#checkpointSeqs = loaded.usable.map(({ seq }) => seq)
    const tail = this.read((checkpoint?.seq ?? 0) + 1, durableSeq)
    return {
      ok: true,
      recovered: { checkpoint, tail, durableSeq, lastBatch, epoch: started.epoch, tornTail: started.tornTail, remarks: remarksOf(loaded) },
    }
  }

  append(partition: string, expectedSeq: number, epoch: number, records: readonly JournalRecord[]): AppendResult | Promise<AppendResult> {
    const opened = this.#open()
    const { writer } = opened
    const refusal = writer.poison ?? refuseBatch({ partition, expectedSeq, epoch, records }, { epoch: opened.epoch, durableSeq: writer.durableSeq, lastBatch: writer.lastBatch })
    if (refusal) return refusal
    if (records.length === 0) return { ok: true }
    opened.appending = writer.append(records)
    return opened.appending
  }

  async checkpoint(checkpoint: Checkpoint): Promise<void> {
    const opened = this.#open()
    const { durableSeq } = opened.writer
    assert(checkpoint.seq <= durableSeq, `a checkpoint at ${checkpoint.seq} waits until that record is durable (now ${durableSeq})`)
    const writing = opened.checkpointing.then(() => this.#checkpoint(opened, checkpoint))
    opened.checkpointing = writing.catch(() => undefined)
    return writing
  }

  async #checkpoint({ checkpoints }: Opened, checkpoint: Checkpoint): Promise<void> {
    await checkpoints.write(checkpoint)
    this.#checkpointSeqs = [checkpoint.seq, ...this.#checkpointSeqs].slice(0, 2)
    await this.#archive()
  }

  read(from: number, to: number): Iterable<JournalRecord> {
    return { [Symbol.iterator]: () => this.#read(Math.max(1, from), to) }
  }

  *#read(from: number, to: number): Generator<JournalRecord> {
    const { writer } = this.#open()
    const end = Math.min(to, writer.durableSeq)
    for (let next = from; next <= end; ) {
      const { first } = writer.active
      const number = next >= first ? -1 : lastAtOrBefore(this.#sealed, next)
      const last = next >= first ? end : Math.min(end, (this.#sealed[number + 1]?.first ?? first) - 1)
      const blocks = next >= first ? openPlain(writer.active.file, first, writer.active.index, writer.active.size) : this.#blocks(number, next)
      try {
        yield* readSegment(blocks, next, last)
      } finally {
        blocks.close()
      }
      next = last + 1
    }
  }

  #blocks(number: number, seq: number): SegmentBlocks {
    const segment = this.#sealed[number]
    if (!segment) throw new JournalDamagedError(`Record ${seq} is older than the oldest segment in ${this.#journal}. Put the archived segments back into ${archiveDirectory(this.#journal)}.`)
    const known = this.#indexes.get(segment.file) ?? null
    const blocks = segment.archived ? openArchive(segment.file, known) : openPlain(segment.file, segment.first, known)
    if (!known) this.#indexes.set(segment.file, blocks.index)
    return blocks
  }

  describe(): { readonly kind: string; readonly segments: number; readonly bytes: number; readonly durableSeq: number } {
    const { writer } = this.#open()
    return { kind: 'file', segments: this.#sealed.length + 1, bytes: this.#sealedBytes + writer.active.size, durableSeq: writer.durableSeq }
  }

  async close(): Promise<void> {
    const opened = this.#opened
    if (!opened) return
    await opened.appending
    await opened.checkpointing
    this.#opened = null
    opened.writer.close()
    opened.lock.release()
  }

  #open(): Opened {
    assert(this.#opened, 'the store is open')
    return this.#opened
  }

  #seal(segment: ActiveSegment): void {
    this.#sealed.push({ first: segment.first, file: segment.file, archived: false })
    this.#sealedBytes += segment.size
  }

  /** Compresses segments that lie behind both checkpoints. Nothing depends on it; what fails is reported and tried again next time. */
  async #archive(): Promise<void> {
    const below = Math.min(...this.#checkpointSeqs)
    const spare = this.#sealed.length - this.#options.plainSegments
    for (let number = 0; number < spare; number++) {
      const segment = this.#sealed[number] as Segment
      const next = this.#sealed[number + 1]?.first ?? this.#open().writer.active.first
      if (segment.archived || next > below + 1 || this.#isYoung(segment)) continue
      try {
        await this.#archiveSegment(segment, number)
      } catch (error) {
        this.#options.onRemark(`${segment.file} was not archived: ${errorText(error)}`)
        return
      }
    }
  }

  /** Its last record is not older than `plainMs`. */
  #isYoung(segment: Segment): boolean {
    const { plainMs, now } = this.#options
    return plainMs > 0 && now() - fs.statSync(segment.file).mtimeMs < plainMs
  }

  async #archiveSegment(segment: Segment, number: number): Promise<void> {
    const { io } = this.#options
    const directory = archiveDirectory(this.#journal)
    ensureDirectory(io, directory)
    const plain = openPlain(segment.file, segment.first, null)
    plain.close()
    const bytes = await fs.promises.readFile(segment.file)
    const file = join(directory, `${segmentName(segment.first)}.gz`)
    const packed = await archiveBytes(bytes, plain.index)
    await placeFile(io, file, packed)
    // Readers find the archive before the plain file goes.
    this.#sealed[number] = { first: segment.first, file, archived: true }
    this.#sealedBytes += packed.length - bytes.length
    this.#indexes.delete(segment.file)
    io.remove(segment.file)
    await io.fsyncDirectory(dirname(segment.file))
  }
}

function lastAtOrBefore(segments: readonly Segment[], seq: number): number {
  let number = segments.length - 1
  while (number >= 0 && (segments[number] as Segment).first > seq) number--
  return number
}

function remarksOf({ remarks, usable }: LoadedCheckpoints): readonly string[] {
  const consequence = usable[0] ? `The checkpoint at record ${usable[0].seq} is used.` : 'Everything is read from the journal.'
  return remarks.map((remark) => `${remark}. ${consequence}`)
}

function ahead(directory: string, checkpointSeq: number, survey: JournalSurvey): OpenFailure {
  const { durableSeq, torn } = survey
  const cut = torn && survey.active ? ` (${survey.active.segment.file} ends in an incomplete batch at byte ${torn.offset})` : ''
  return {
    ok: false,
    code: 'checkpoint_ahead',
    message:
      `The checkpoint in ${directory} holds everything up to record ${checkpointSeq}, but the journal ends at record ${durableSeq}${cut}: the journal is older than its checkpoint, records are missing. ` +
      'Way out: put the journal back that belongs to this checkpoint (a newer backup). ' +
      `If the journal is the one to go on with, move checkpoint.json and checkpoint.previous.json out of ${directory}: everything is rebuilt from the journal. Then compare positions with the exchange.`,
  }
}
