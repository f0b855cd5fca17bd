/**
 * The lines of a journal file. Each is one line of valid JSON that opens with the CRC-32 of everything after it:
 *
 *     {"crc":"1a2b3c4d","part":[1,3],"v":1,"seq":7,"batch":2,"at":…,"partition":…,"kind":…,"body":{…}}
 *     {"crc":"5e6f7a8b","journal":"loms","format":1,"epoch":4,"next":8,"lastBatch":2,"previous":null}
 *
 * `part` is the record's place in its batch: a reader knows which batch is whole, and where a broken one began. The
 * second kind is a seal: it opens every segment and every process life, and what stands before it was synced.
 * Decoding never throws and never looks beyond the line it was given.
 */
import { crc32 } from 'node:zlib'
import { RECORD_VERSION, type JournalRecord } from './record.ts'
import { upcast } from './upcast.ts'

export const JOURNAL_FORMAT = 1
export const NEWLINE = 0x0a
/** `{"crc":"1a2b3c4d",` */
const PREFIX_BYTES = 18
const CRC_AT = 8
const CRC_DIGITS = 8
const HEX_DIGITS = Buffer.from('0123456789abcdef')
const PREFIX = Buffer.from('{"crc":"00000000",')
/** Room for a few hundred records; what a batch grows beyond `MOST_KEPT_BYTES` is given back. */
const BATCH_BYTES = 256 * 1024
const MOST_KEPT_BYTES = 4 * 1024 * 1024
/** UTF-8 needs at most this many bytes for a UTF-16 unit. */
const MOST_BYTES_PER_UNIT = 3

/** What a segment says about the one before it. */
export type PreviousSegment = { readonly first: number; readonly bytes: number; readonly crc: string }
export type Seal = {
  readonly format: number
  readonly epoch: number
  /** Seq of the next record. */
  readonly next: number
  /** Number of the last batch before it; 0 in a new journal. */
  readonly lastBatch: number
  /** In the first line of a segment; null in the journal's first segment and elsewhere. */
  readonly previous: PreviousSegment | null
}

/** A record line whose CRC holds; its body is not parsed yet. */
export type RecordLine = {
  readonly kind: 'record'
  readonly seq: number
  readonly batch: number
  /** Place in the batch, from 1. */
  readonly part: number
  /** Size of the batch. */
  readonly of: number
  /** Where the record's own JSON begins, without its opening brace. */
  readonly bodyAt: number
  readonly end: number
}
export type SealLine = { readonly kind: 'seal'; readonly seal: Seal }
/** `newer`: intact, but of a format this version does not know. */
export type Line = RecordLine | SealLine | { readonly kind: 'newer'; readonly what: string } | { readonly kind: 'bad' }

const BAD: Line = { kind: 'bad' }

const hex = (crc: number): string => crc.toString(16).padStart(8, '0')

/** One line of valid JSON protected by its CRC. `members` is the inside of an object after its opening brace, brace included. */
export const protectedLine = (members: string): string => `{"crc":"${hex(crc32(members))}",${members}\n`

/** The members behind a line's CRC (closing brace included), or undefined if the CRC or the prefix is wrong. */
export function protectedMembers(line: Buffer): string | undefined {
  return intact(line, 0, line.length) ? line.toString('utf8', PREFIX_BYTES) : undefined
}

/** The line of record number `part` of a batch of `of` records. */
export const encodeRecord = (record: JournalRecord, part: number, of: number): string => protectedLine(recordMembers(record, part, of))

function recordMembers(record: JournalRecord, part: number, of: number): string {
  const { v, seq, batch, at, partition, kind, body } = record
  const cause = 'cause' in record ? `,"cause":${record.cause}` : ''
  return `"part":[${part},${of}],"v":${v},"seq":${seq},"batch":${batch},"at":${at},"partition":${JSON.stringify(partition)},"kind":"${kind}"${cause},"body":${JSON.stringify(body)}}`
}

/** The lines of `encodeRecord` for a whole batch, made in one buffer that is used again: each text is copied once, its CRC taken from the bytes. */
export class BatchEncoder {
  #buffer = Buffer.allocUnsafeSlow(BATCH_BYTES)

  /** Valid until the next call. */
  encode(records: readonly JournalRecord[]): Buffer {
    let end = 0
    for (const [index, record] of records.entries()) end = this.#line(recordMembers(record, index + 1, records.length), end)
    const bytes = this.#buffer.subarray(0, end)
    // One huge batch must not keep its memory for ever.
    if (this.#buffer.length > MOST_KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(BATCH_BYTES)
    return bytes
  }

  /** Writes a line at `start`; returns its end. */
  #line(members: string, start: number): number {
    this.#reserve(start + PREFIX_BYTES + members.length * MOST_BYTES_PER_UNIT + 1, start)
    const buffer = this.#buffer
    const from = start + PREFIX_BYTES
    const end = from + buffer.write(members, from)
    PREFIX.copy(buffer, start)
    let crc = crc32(buffer.subarray(from, end))
    for (let at = start + CRC_AT + CRC_DIGITS - 1; at >= start + CRC_AT; at--) {
      buffer[at] = HEX_DIGITS[crc & 15] as number
      crc >>>= 4
    }
    buffer[end] = NEWLINE
    return end + 1
  }

  /** Makes room for `bytes` in all; the first `used` of them stay. */
  #reserve(bytes: number, used: number): void {
    if (bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, used)
    this.#buffer = larger
  }
}

export function encodeSeal(seal: Seal): string {
  const { format, epoch, next, lastBatch, previous } = seal
  return protectedLine(JSON.stringify({ journal: 'loms', format, epoch, next, lastBatch, previous }).slice(1))
}

/** Reads the line in `bytes[start, end)`, newline excluded. */
export function decodeLine(bytes: Buffer, start: number, end: number): Line {
  if (!intact(bytes, start, end)) return BAD
  const cursor = new LineCursor(bytes, start + PREFIX_BYTES, end)
  if (!cursor.skip('"part":[')) return decodeSeal(bytes, start, end)
  const part = cursor.integer()
  if (!cursor.skip(',')) return BAD
  const of = cursor.integer()
  if (!cursor.skip('],')) return BAD
  const bodyAt = cursor.at
  if (!cursor.skip('"v":')) return BAD
  const version = cursor.integer()
  if (version > RECORD_VERSION) return { kind: 'newer', what: `record version ${version}` }
  if (!cursor.skip(',"seq":')) return BAD
  const seq = cursor.integer()
  if (!cursor.skip(',"batch":')) return BAD
  const batch = cursor.integer()
  if (!cursor.skip(',') || part < 1 || of < part || seq < part || batch < 1) return BAD
  return { kind: 'record', seq, batch, part, of, bodyAt, end }
}

/** The record of a line; undefined if it is not JSON after all (a CRC that matched by accident). */
export function parseRecord(bytes: Buffer, line: RecordLine): JournalRecord | undefined {
  const record = parsed(`{${bytes.toString('utf8', line.bodyAt, line.end)}`) as JournalRecord | undefined
  return record && upcast(record)
}

/** The CRC that a line carries, as its eight digits. */
export const lineCrc = (bytes: Buffer, start: number): string => bytes.toString('latin1', start + 8, start + 16)

function intact(bytes: Buffer, start: number, end: number): boolean {
  if (end > bytes.length || end - start <= PREFIX_BYTES) return false
  let crc = crc32(bytes.subarray(start + PREFIX_BYTES, end))
  for (let at = start + CRC_AT + CRC_DIGITS - 1; at >= start + CRC_AT; at--) {
    if (bytes[at] !== HEX_DIGITS[crc & 15]) return false
    crc >>>= 4
  }
  // A flipped bit in the punctuation around it is damage too.
  return isAt(bytes, start, '{"crc":"') && isAt(bytes, start + CRC_AT + CRC_DIGITS, '",')
}

/** Whether this ASCII text stands there. */
function isAt(bytes: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text.charCodeAt(index)) return false
  return true
}

function decodeSeal(bytes: Buffer, start: number, end: number): Line {
  const value = parsed(bytes.toString('utf8', start, end))
  if (!isObject(value) || value.journal !== 'loms') return { kind: 'newer', what: 'a line of unknown kind' }
  if (typeof value.format === 'number' && value.format > JOURNAL_FORMAT) return { kind: 'newer', what: `journal format ${value.format}` }
  const { format, epoch, next, lastBatch } = value
  if (format !== JOURNAL_FORMAT || !isPositive(epoch) || !isPositive(next) || !isCount(lastBatch)) return BAD
  const previous = value.previous
  if (previous === null) return { kind: 'seal', seal: { format, epoch, next, lastBatch, previous } }
  if (!isObject(previous) || !isPositive(previous.first) || !isPositive(previous.bytes) || typeof previous.crc !== 'string') return BAD
  return { kind: 'seal', seal: { format, epoch, next, lastBatch, previous: { first: previous.first, bytes: previous.bytes, crc: previous.crc } } }
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isPositive = (value: unknown): value is number => isCount(value) && value > 0
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Walks through the fixed head of a line without building strings. */
class LineCursor {
  at: number
  readonly #bytes: Buffer
  readonly #end: number
  constructor(bytes: Buffer, at: number, end: number) {
    this.#bytes = bytes
    this.at = at
    this.#end = end
  }

  /** Steps over `text` if it is next. */
  skip(text: string): boolean {
    if (this.at + text.length > this.#end || !isAt(this.#bytes, this.at, text)) return false
    this.at += text.length
    return true
  }

  /** The integer that is next; -1 if there is none, or none that a double holds exactly. */
  integer(): number {
    const from = this.at
    let value = 0
    while (this.at < this.#end) {
      const digit = (this.#bytes[this.at] as number) - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      this.at += 1
    }
    return this.at === from || !Number.isSafeInteger(value) ? -1 : value
  }
}
