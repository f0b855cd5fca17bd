/**
 * One line per valid signal, whatever became of it:
 *
 *     {"type":"bounce_signal","ts":"2026-01-31T12:00:00.000Z","seq":17,"payload":{…}}
 *
 * A line is written before its fact enters the journal, so a crash can leave lines whose facts never became durable, and
 * a power loss can take lines that were. `recover` makes the file's end what the journal says, on the disk and not only in
 * the kernel's memory. Lines up to `floorSeq` (synced at the last checkpoint) are never touched. The file may be moved away at any time: a new one is begun.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'
import type { JsonObject } from '../src/domain/signal.ts'
import { NEWLINE } from './codec.ts'
import { ensureDirectory, errorText, nodeIo, writeAllSync, type FileIo } from './io.ts'
import { readAt } from './segment-reader.ts'

export type AuditEntry = { readonly seq: number; readonly at: number; readonly payload: JsonObject }
/** Not written: answer 503. */
export type AuditFailure = { readonly ok: false; readonly message: string }
export type AuditResult = { readonly ok: true } | AuditFailure
/** `remarks`: what a person should know, one readable line each. */
export type AuditRecovery = { readonly ok: true; readonly cutBytes: number; readonly added: number; readonly remarks: readonly string[] } | AuditFailure

export type AuditRecoveryInput = {
  /** Seq of the last checkpoint that followed a `sync`; 0 without one. */
  readonly floorSeq: number
  readonly durableSeq: number
  /** The journal's signals with `afterSeq` < seq ≤ `durableSeq`, in order. */
  readonly missing: (afterSeq: number) => Iterable<AuditEntry>
}

const lineOf = ({ seq, at, payload }: AuditEntry): Buffer =>
  Buffer.from(`${JSON.stringify({ type: 'bounce_signal', ts: new Date(at).toISOString(), seq, payload })}\n`)

export class AuditLog {
  readonly path: string
  readonly #io: FileIo
  #open: { readonly fd: number; readonly inode: number } | null = null
  /** A failed write that could not be taken back: the length to return to before anything else. */
  #cutTo: number | null = null
  #syncFailure: Error | null = null

  constructor(path: string, io: FileIo = nodeIo) {
    this.path = path
    this.#io = io
  }

  /** Writes the line of a signal. Throws nothing; a short write is taken back. */
  append(seq: number, at: number, payload: JsonObject): AuditResult {
    try {
      const { fd, size, created } = this.#current()
      // The first line of a file is durable at once, so that an empty file never stands for lost lines.
      this.#write(fd, size, lineOf({ seq, at, payload }), created)
      return { ok: true }
    } catch (error) {
      return this.#failure(error)
    }
  }

  /**
   * Brings the end of the file in line with the journal: cuts a torn line, lines that never became facts and anything
   * unreadable behind the floor, and adds what is missing. Called once at the start, before the first `append`. Lines
   * older than the file's first one were moved away by a person and are not added again; neither is anything if the
   * file itself is gone.
   */
  recover({ floorSeq, durableSeq, missing }: AuditRecoveryInput): AuditRecovery {
    try {
      if (!fs.existsSync(this.path)) {
        const remarks = durableSeq === 0 ? [] : [`${this.path} is not there: the audit log begins again behind record ${durableSeq}.`]
        return { ok: true, cutBytes: 0, added: 0, remarks }
      }
      const { fd } = this.#current()
      const end = endOfFile(fd, floorSeq)
      if (durableSeq === 0 && end.numbered) return this.#moveAway()
      return this.#align(fd, end, missing(Math.max(floorSeq, (end.firstSeq ?? 1) - 1)))
    } catch (error) {
      return this.#failure(error)
    }
  }

  /** Resolves when every line survives a power loss; rejects with the system's error. */
  async sync(): Promise<void> {
    if (this.#syncFailure) throw this.#syncFailure
    try {
      if (this.#open) await this.#io.fdatasync(this.#open.fd)
    } catch (error) {
      throw this.#syncFailed(error)
    }
  }

  close(): void {
    if (this.#open) this.#io.close(this.#open.fd)
    this.#open = null
  }

  /**
   * Keeps what the journal confirms line by line, cuts from the first difference, writes the rest. What is kept is written
   * once more: after a sync that failed in an earlier life the kernel shows lines that the disk does not have, and calls
   * them clean, so that no later sync would write them.
   */
  #align(fd: number, end: EndOfFile, expected: Iterable<AuditEntry>): AuditRecovery {
    let at = 0
    let added = 0
    let cutBytes = 0
    for (const entry of expected) {
      const line = lineOf(entry)
      if (added === 0 && end.bytes.subarray(at, at + line.length).equals(line)) {
        at += line.length
        continue
      }
      if (added === 0) cutBytes = this.#cut(fd, end, at)
      this.#write(fd, fs.fstatSync(fd).size, line, false)
      added += 1
    }
    if (added === 0) cutBytes = this.#cut(fd, end, at)
    this.#writeAgain(end.bytes.subarray(0, at), end.offset)
    this.#syncNow(fd)
    return { ok: true, cutBytes, added, remarks: [] }
  }

  /** The same bytes at the same place, so that an interruption changes nothing. Our own descriptor can only append. */
  #writeAgain(bytes: Buffer, offset: number): void {
    if (bytes.length === 0) return
    const fd = this.#io.open(this.path, 'r+')
    try {
      writeAllSync(this.#io, fd, bytes, offset)
    } finally {
      this.#io.close(fd)
    }
  }

  #cut(fd: number, end: EndOfFile, keep: number): number {
    const cut = end.bytes.length - keep
    if (cut > 0) this.#io.truncate(fd, end.offset + keep)
    return cut
  }

  /** A new journal beside lines of an older one: those lines are somebody's records, and their numbers would mix with ours. */
  #moveAway(): AuditRecovery {
    this.close()
    let number = 1
    while (fs.existsSync(`${this.path}.${number}`)) number++
    this.#io.rename(this.path, `${this.path}.${number}`)
    this.#io.fsyncDirectorySync(dirname(this.path))
    return { ok: true, cutBytes: 0, added: 0, remarks: [`${this.path} belonged to another journal; it is kept as ${this.path}.${number}.`] }
  }

  /** The file under our path, opened or created; noticed when a person has moved it away. */
  #current(): { readonly fd: number; readonly size: number; readonly created: boolean } {
    const found = fs.statSync(this.path, { throwIfNoEntry: false })
    if (this.#open && this.#open.inode === found?.ino) {
      const size = this.#cutTo ?? found.size
      if (this.#cutTo !== null) this.#io.truncate(this.#open.fd, this.#cutTo)
      this.#cutTo = null
      return { fd: this.#open.fd, size, created: false }
    }
    // What a person moved away has to be whole too.
    if (this.#open) this.#syncNow(this.#open.fd)
    this.close()
    this.#cutTo = null
    if (!found) ensureDirectory(this.#io, dirname(this.path))
    const fd = this.#io.open(this.path, 'a+')
    const { ino, size } = fs.fstatSync(fd)
    this.#open = { fd, inode: ino }
    if (!found) this.#io.fsyncDirectorySync(dirname(this.path))
    return { fd, size, created: !found }
  }

  /** Adds a line to a file of `size` bytes, to which it is cut back if the line does not get there whole. */
  #write(fd: number, size: number, line: Buffer, durable: boolean): void {
    try {
      writeAllSync(this.#io, fd, line, null)
      if (durable) this.#syncNow(fd)
    } catch (error) {
      this.#cutTo = size
      this.#io.truncate(fd, size)
      this.#cutTo = null
      throw error
    }
  }

  /** Throws for ever once it has failed. */
  #syncNow(fd: number): void {
    if (this.#syncFailure) throw this.#syncFailure
    try {
      this.#io.fdatasyncSync(fd)
    } catch (error) {
      throw this.#syncFailed(error)
    }
  }

  /** The kernel has dropped the pages: no later success would be true. */
  #syncFailed(error: unknown): Error {
    this.#syncFailure = new Error(`The audit log ${this.path} could not be synced (${errorText(error)}); restart LOMS`, { cause: error })
    return this.#syncFailure
  }

  #failure(error: unknown): AuditFailure {
    if (error === this.#syncFailure) return { ok: false, message: `${errorText(error)}. Until then signals are refused.` }
    return { ok: false, message: `The audit log ${this.path} cannot be written (${errorText(error)}). Signals are refused until it can; no restart is needed.` }
  }
}

type EndOfFile = {
  /** Where the lines behind the floor begin. */
  readonly offset: number
  readonly bytes: Buffer
  /** Seq of the file's very first line where that lies behind the floor: what is older is in another file. */
  readonly firstSeq: number | undefined
  /** The end holds numbered lines although nothing stands before it. */
  readonly numbered: boolean
}

const WINDOW_BYTES = 1 << 20

/** The lines at the end of the file that are behind the floor or unreadable: everything after the last trusted line. */
function endOfFile(fd: number, floorSeq: number): EndOfFile {
  const { size } = fs.fstatSync(fd)
  const opening = readAt(fd, 0, Math.min(size, WINDOW_BYTES))
  // Lines without a number are another program's only where the file began with them.
  const foreign = seqOf(opening.subarray(0, Math.max(0, opening.indexOf(NEWLINE)))) === 'unnumbered'
  for (let window = WINDOW_BYTES; ; window *= 4) {
    const start = Math.max(0, size - window)
    const bytes = readAt(fd, start, size)
    const trusted = afterLastTrusted(bytes, start > 0, (seq) => (seq === 'unnumbered' ? foreign : seq !== undefined && seq <= floorSeq))
    if (trusted === undefined && start > 0) continue
    const end = bytes.subarray(trusted ?? 0)
    const first = end.subarray(0, Math.max(0, end.indexOf(NEWLINE)))
    const seq = seqOf(first)
    const numbered = typeof seq === 'number'
    return { offset: start + (trusted ?? 0), bytes: end, firstSeq: trusted === undefined && numbered ? seq : undefined, numbered }
  }
}

/** Offset behind the last complete line that is not ours to change; undefined if there is none. */
function afterLastTrusted(bytes: Buffer, beginsInside: boolean, isTrusted: (seq: LineSeq) => boolean): number | undefined {
  for (let end = bytes.lastIndexOf(NEWLINE); end >= 0; ) {
    const before = end === 0 ? -1 : bytes.lastIndexOf(NEWLINE, end - 1)
    // The first line of a window may have begun before it.
    if (before < 0 && beginsInside) return undefined
    if (isTrusted(seqOf(bytes.subarray(before + 1, end)))) return end + 1
    end = before
  }
  return undefined
}

/** The seq of a line; `unnumbered` for a JSON object without one, undefined for anything else. */
type LineSeq = number | 'unnumbered' | undefined

function seqOf(line: Buffer): LineSeq {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    return 'seq' in value && typeof value.seq === 'number' ? value.seq : 'unnumbered'
  } catch {
    return undefined
  }
}
