/**
 * One file of the journal: a seal, then batches of records, now and then another seal. Scanning it finds the last whole
 * batch and tells a torn end (the last write did not complete) from damage (something behind the bad place was written
 * later, so the bad place had been durable).
 */
import { decodeLine, lineCrc, NEWLINE, type Line, type PreviousSegment } from './codec.ts'

/** About how many bytes lie between two entries of a block index: what is read to find one record. */
const BLOCK_BYTES = 16_384

/** What a running journal keeps behind its durable end, to be overwritten: white space of JSON, nothing to a reader. */
export const BLANK = 0x20

/** `000000000042.jsonl`: the segment whose first record is number 42. */
export const segmentName = (first: number): string => `${String(first).padStart(12, '0')}.jsonl`

/** The number in a segment's or an archive's name, or undefined for other files. */
export function firstOfName(name: string): number | undefined {
  const match = /^(\d{12})\.jsonl(\.gz)?$/.exec(name)
  return match ? Number(match[1]) : undefined
}

/** Where to start reading for a seq: the first record of each block and the block's offset. */
export class BlockIndex {
  readonly seqs: number[] = []
  readonly offsets: number[] = []

  /** Tells of a record at an offset; kept when the last entry is far enough behind. */
  note(seq: number, offset: number): void {
    const last = this.offsets.at(-1)
    if (last === undefined || offset - last >= BLOCK_BYTES) this.push(seq, last === undefined ? 0 : offset)
  }

  push(seq: number, offset: number): void {
    this.seqs.push(seq)
    this.offsets.push(offset)
  }

  /** Forgets what lies at `offset` or behind it. */
  cut(offset: number): void {
    while ((this.offsets.at(-1) ?? -1) >= offset) {
      this.offsets.pop()
      this.seqs.pop()
    }
  }

  /** Number of the block that holds `seq`; 0 for anything before. */
  find(seq: number): number {
    let low = 0
    let high = this.seqs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.seqs[middle] as number) <= seq) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }
}

/** What is known when a scan begins. */
export type ScanFrom = { readonly lastBatch: number; readonly epoch: number }

/** `torn`: the end of an interrupted write. `damaged`: it had been durable. `newer`: written by a later version. */
export type ScanProblem = { readonly kind: 'torn' | 'damaged' | 'newer'; readonly offset: number; readonly seq: number; readonly what: string }

export type SegmentScan = {
  readonly previous: PreviousSegment | null
  /** After the last whole batch or seal. */
  readonly end: number
  readonly nextSeq: number
  readonly lastBatch: number
  readonly epoch: number
  /** Where the last whole batch begins; 0 if there is none. */
  readonly lastBatchAt: number
  /** CRC of the last line before `end`. */
  readonly lastCrc: string
  readonly index: BlockIndex
  readonly problem: ScanProblem | null
}

/** Reads a whole segment whose first record is number `first`. */
export function scanSegment(bytes: Buffer, first: number, from: ScanFrom): SegmentScan {
  const scan = new Scan(bytes, first, from)
  scan.run()
  return scan.result()
}

/** Where the blanks at the end of the bytes begin. */
export function blanksAt(bytes: Buffer): number {
  let at = bytes.length
  while (at > 0 && bytes[at - 1] === BLANK) at -= 1
  return at
}

class Scan {
  readonly #bytes: Buffer
  readonly #index = new BlockIndex()
  readonly #first: number
  #at = 0
  #end = 0
  #lineAt = 0
  #nextSeq: number
  #lastBatch: number
  #lastBatchAt = 0
  #epoch: number
  #lastCrc = ''
  #previous: PreviousSegment | null = null
  /** The batch that is being read: how many of its records have been seen. */
  #open: { readonly batch: number; readonly of: number; readonly at: number; seen: number } | null = null
  #newer: string | null = null

  constructor(bytes: Buffer, first: number, from: ScanFrom) {
    this.#bytes = bytes
    this.#first = first
    this.#nextSeq = first
    this.#lastBatch = from.lastBatch
    this.#epoch = from.epoch
  }

  run(): void {
    for (;;) {
      const newline = this.#bytes.indexOf(NEWLINE, this.#at)
      if (newline < 0) return
      this.#lineAt = this.#at
      if (!this.#accept(decodeLine(this.#bytes, this.#at, newline), newline + 1)) return
      this.#at = newline + 1
    }
  }

  /** Takes the line if it continues what came before. */
  #accept(line: Line, end: number): boolean {
    if (line.kind === 'newer') this.#newer = line.what
    if (line.kind === 'seal') {
      const { seal } = line
      if (this.#open || seal.next !== this.#nextSeq || seal.epoch < this.#epoch || seal.lastBatch < this.#lastBatch) return false
      if (this.#lineAt === 0) this.#previous = seal.previous
      this.#epoch = seal.epoch
      this.#lastBatch = seal.lastBatch
      this.#close(end)
      return true
    }
    if (line.kind !== 'record' || this.#end === 0) return false
    const open = this.#open ?? { batch: line.batch, of: line.of, at: this.#lineAt, seen: 0 }
    const continues = line.batch === open.batch && line.of === open.of && line.part === open.seen + 1
    if (!continues || line.seq !== this.#nextSeq + open.seen || line.batch <= this.#lastBatch) return false
    this.#index.note(line.seq, this.#lineAt)
    open.seen += 1
    this.#open = open
    if (open.seen === open.of) {
      this.#nextSeq += open.of
      this.#lastBatch = open.batch
      this.#lastBatchAt = open.at
      this.#open = null
      this.#close(end)
    }
    return true
  }

  #close(end: number): void {
    this.#end = end
    this.#lastCrc = lineCrc(this.#bytes, this.#lineAt)
  }

  result(): SegmentScan {
    this.#index.cut(this.#end)
    return {
      previous: this.#previous,
      end: this.#end,
      nextSeq: this.#nextSeq,
      lastBatch: this.#lastBatch,
      epoch: this.#epoch,
      lastBatchAt: this.#lastBatchAt,
      lastCrc: this.#lastCrc,
      index: this.#index,
      problem: this.#end > 0 && this.#end === blanksAt(this.#bytes) ? null : this.#problem(),
    }
  }

  #problem(): ScanProblem {
    const seq = this.#nextSeq + (this.#open?.seen ?? 0)
    const place = { offset: this.#at, seq }
    if (this.#newer !== null) return { kind: 'newer', ...place, what: this.#newer }
    if (this.#end === 0) return { kind: 'damaged', ...place, what: `the first line is not the seal of segment ${segmentName(this.#first)}` }
    const later = this.#laterLine()
    if (later === undefined) return { kind: 'torn', offset: this.#end, seq: this.#nextSeq, what: 'the last batch is incomplete' }
    return { kind: 'damaged', ...place, what: `a record is unreadable, but ${later} behind it is intact` }
  }

  /**
   * An intact line behind the last whole batch that cannot belong to the batch directly after it. A batch is written
   * only after the one before it was synced, so such a line proves that the bad place was durable once.
   */
  #laterLine(): string | undefined {
    let at = this.#end
    for (;;) {
      const newline = this.#bytes.indexOf(NEWLINE, at)
      if (newline < 0) return undefined
      const line = decodeLine(this.#bytes, at, newline)
      if (line.kind === 'newer' || line.kind === 'seal') return `the seal at byte ${at}`
      if (line.kind === 'record' && (line.seq - line.part !== this.#nextSeq - 1 || line.batch <= this.#lastBatch)) {
        return `record ${line.seq} (batch ${line.batch}, byte ${at})`
      }
      at = newline + 1
    }
  }
}
