/**
 * Appends batches to the active segment: one write and one fdatasync per batch, the next segment when this one is full.
 * Blanks stand behind the durable end: a batch that overwrites them leaves the file's length as it is, and its sync has
 * only data to write. Readers take blanks at the end of the newest segment for nothing. What a failure leaves behind is decided here:
 *
 * - no room (ENOSPC, EDQUOT, EFBIG, a short write): cut back to the durable end, the same batch may be tried again;
 * - anything else, and every failed sync: poisoned for ever. After a failed fdatasync the kernel has dropped the pages
 *   and calls the next one a success; only a restart that reads the disk again may go on.
 */
import { join } from 'node:path'
import { assert } from '../src/domain/assert.ts'
import { BatchEncoder, encodeSeal, JOURNAL_FORMAT, lineCrc, NEWLINE } from './codec.ts'
import { errorText, isNoSpace, placeFile, writeAllSync, type FileIo } from './io.ts'
import type { JournalRecord } from './record.ts'
import { BLANK, BlockIndex, segmentName } from './segment.ts'
import type { AppendFailure, AppendResult } from './store.ts'

export type ActiveSegment = {
  readonly first: number
  readonly file: string
  readonly index: BlockIndex
  /** Bytes that are durable; the file may be longer for a moment. */
  readonly size: number
  readonly lastCrc: string
}

/** Blanks are written this many at a time at most; a small segment gets no more than it is long. */
const BLANKS = Buffer.alloc(1024 * 1024, BLANK)

type Options = {
  readonly io: FileIo
  readonly directory: string
  readonly epoch: number
  /** A segment that would grow beyond this is followed by a new one. */
  readonly segmentBytes: number
  readonly onSealed: (segment: ActiveSegment) => void
}

export class JournalWriter {
  readonly #options: Options
  readonly #encoder = new BatchEncoder()
  #fd: number
  #active: ActiveSegment
  /** End of the blanks, and of the file. */
  #fileEnd: number
  #durableSeq: number
  #lastBatch: number
  #poison: AppendFailure | null = null
  #writing = false

  constructor(options: Options, fd: number, active: ActiveSegment, end: { readonly durableSeq: number; readonly lastBatch: number }) {
    this.#options = options
    this.#fd = fd
    this.#active = active
    this.#fileEnd = active.size
    this.#durableSeq = end.durableSeq
    this.#lastBatch = end.lastBatch
  }

  get active(): ActiveSegment {
    return this.#active
  }
  get durableSeq(): number {
    return this.#durableSeq
  }
  get lastBatch(): number {
    return this.#lastBatch
  }
  /** Why nothing is acknowledged any more; null while all is well. */
  get poison(): AppendFailure | null {
    return this.#poison
  }

  /** Makes a batch of one record or more durable. One call at a time, none once it is poisoned. */
  async append(records: readonly JournalRecord[]): Promise<AppendResult> {
    assert(!this.#poison && !this.#writing, 'a batch is written only after the one before it was synced')
    this.#writing = true
    try {
      return await this.#append(records)
    } finally {
      this.#writing = false
    }
  }

  async #append(records: readonly JournalRecord[]): Promise<AppendResult> {
    const bytes = this.#encoder.encode(records)
    const lastCrc = lineCrc(bytes, bytes.lastIndexOf(NEWLINE, bytes.length - 2) + 1)
    if (this.#active.size + bytes.length > this.#options.segmentBytes && this.#durableSeq >= this.#active.first) {
      const failure = await this.#rotate()
      if (failure) return failure
    }
    const { io } = this.#options
    const { size, first, file, index } = this.#active
    try {
      // Into the page cache: this takes microseconds and saves the way to another thread and back. What waits for the disk is the sync.
      writeAllSync(io, this.#fd, bytes, size)
      this.#addBlanks(size + bytes.length)
    } catch (error) {
      return this.#takeBack(error)
    }
    try {
      await io.fdatasync(this.#fd)
    } catch (error) {
      return this.#poisoned('syncing', error)
    }
    index.note(this.#durableSeq + 1, size)
    this.#active = { first, file, index, size: size + bytes.length, lastCrc }
    this.#durableSeq += records.length
    this.#lastBatch = (records.at(-1) as JournalRecord).batch
    return { ok: true }
  }

  /** When the blanks are used up: writes more behind `end`, to be synced with what stands before it. A full disk has none. */
  #addBlanks(end: number): void {
    if (end <= this.#fileEnd) return
    this.#fileEnd = end
    const { io, segmentBytes } = this.#options
    const count = Math.min(BLANKS.length, end, segmentBytes - end)
    if (count <= 0) return
    try {
      writeAllSync(io, this.#fd, BLANKS.subarray(0, count), end)
      this.#fileEnd = end + count
    } catch (error) {
      if (!isNoSpace(error)) throw error
      io.truncate(this.#fd, end)
    }
  }

  /** Cuts the blanks off. */
  #cut(): void {
    const { size } = this.#active
    if (this.#fileEnd > size) this.#options.io.truncate(this.#fd, size)
    this.#fileEnd = size
  }

  /** Starts the next segment. The old one stays active if there is no room for it. */
  async #rotate(): Promise<AppendFailure | null> {
    const { io, directory, epoch } = this.#options
    const { first, size, lastCrc } = this.#active
    const next = this.#durableSeq + 1
    const file = join(directory, segmentName(next))
    const header = Buffer.from(encodeSeal({ format: JOURNAL_FORMAT, epoch, next, lastBatch: this.#lastBatch, previous: { first, bytes: size, crc: lastCrc } }))
    try {
      // The next segment names this one's length: that is durable first.
      this.#cut()
      await io.fdatasync(this.#fd)
    } catch (error) {
      return this.#poisoned('ending', error)
    }
    let renaming = false
    try {
      await placeFile(io, file, header, () => (renaming = true))
      const fd = io.open(file, 'r+')
      io.close(this.#fd)
      this.#fd = fd
    } catch (error) {
      if (!isNoSpace(error) || renaming) return this.#poisoned('starting a segment', error)
      return this.#noSpace(error)
    }
    this.#options.onSealed(this.#active)
    this.#active = { first: next, file, index: new BlockIndex(), size: header.length, lastCrc: header.toString('latin1', 8, 16) }
    this.#fileEnd = header.length
    return null
  }

  /** After a failed write: the file ends again where it is durable, or nothing is trusted any more. */
  #takeBack(error: unknown): AppendFailure {
    if (!isNoSpace(error)) return this.#poisoned('writing', error)
    try {
      this.#options.io.truncate(this.#fd, this.#active.size)
      this.#fileEnd = this.#active.size
    } catch (second) {
      return this.#poisoned('cutting off an incomplete write', second)
    }
    return this.#noSpace(error)
  }

  #noSpace(error: unknown): AppendFailure {
    const message = `No room for record ${this.#durableSeq + 1} in ${this.#options.directory} (${errorText(error)}). Nothing of it was kept. Free some space; no restart is needed.`
    return { ok: false, code: 'no_space', message }
  }

  #poisoned(doing: string, error: unknown): AppendFailure {
    const message = `The journal failed while ${doing} ${this.#active.file} behind record ${this.#durableSeq} (${errorText(error)}). Nothing more is acknowledged. Check the disk, then restart LOMS.`
    this.#poison = { ok: false, code: 'poisoned', message }
    return this.#poison
  }

  close(): void {
    try {
      if (!this.#poison) this.#cut()
    } catch {
      // Blanks that stay harm nobody.
    }
    this.#poison ??= { ok: false, code: 'poisoned', message: 'The journal is closed.' }
    this.#options.io.close(this.#fd)
  }
}
