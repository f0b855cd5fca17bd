/** Reads ranges of records out of one segment, plain or archived, touching only the blocks it needs. */
import fs from 'node:fs'
import { decodeLine, NEWLINE, parseRecord } from './codec.ts'
import type { JournalRecord } from './record.ts'
import { BlockIndex } from './segment.ts'

/** Thrown by a read that meets something else than the next record: the file was changed behind the journal's back. */
export class JournalDamagedError extends Error {
  override readonly name = 'JournalDamagedError'
}

/** The bytes of a segment in blocks that begin at a line. */
export interface SegmentBlocks {
  readonly file: string
  readonly index: BlockIndex
  block(number: number): Buffer
  close(): void
}

/** How far apart the entries of a probed index lie. */
const PROBE_STEP_BYTES = 32_768
/** Read at each probe: holds the rest of one line and all of the next, as a rule. */
const PROBE_BYTES = 4096

/** A plain segment up to `size`; `index` from an earlier opening, or null to make one now. */
export function openPlain(file: string, first: number, index: BlockIndex | null, size?: number): SegmentBlocks {
  const fd = fs.openSync(file, 'r')
  const end = size ?? fs.fstatSync(fd).size
  const known = index ?? probeIndex(fd, end, first)
  return {
    file,
    index: known,
    block: (number) => readAt(fd, known.offsets[number] as number, known.offsets[number + 1] ?? end),
    close: () => fs.closeSync(fd),
  }
}

/** The index of a plain segment, by looking at one line in every so many bytes instead of reading it all. */
export function probeIndex(fd: number, size: number, first: number): BlockIndex {
  const index = new BlockIndex()
  index.push(first, 0)
  for (let from = PROBE_STEP_BYTES; from < size; from += PROBE_STEP_BYTES) {
    // A line may be longer than a probe: look further, up to the next step.
    for (let length = PROBE_BYTES; length <= PROBE_STEP_BYTES; length *= 2) {
      const bytes = readAt(fd, from, Math.min(size, from + length))
      const start = bytes.indexOf(NEWLINE) + 1
      const end = start > 0 ? bytes.indexOf(NEWLINE, start) : -1
      if (end < 0) continue
      const line = decodeLine(bytes, start, end)
      if (line.kind === 'record') index.push(line.seq, from + start)
      break
    }
  }
  return index
}

/** Exactly the bytes of `[from, to)`, fewer only at the end of the file. */
export function readAt(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, to - from))
  let filled = 0
  while (filled < bytes.length) {
    const count = fs.readSync(fd, bytes, filled, bytes.length - filled, from + filled)
    if (count === 0) break
    filled += count
  }
  return filled === bytes.length ? bytes : bytes.subarray(0, filled)
}

/** Records `from`…`to` of a segment that holds at least `from`. Throws `JournalDamagedError` rather than leave one out. */
export function* readSegment(segment: SegmentBlocks, from: number, to: number): Generator<JournalRecord> {
  let next = from
  for (let number = segment.index.find(from); number < segment.index.seqs.length && next <= to; number++) {
    const bytes = segment.block(number)
    for (let at = 0; at < bytes.length && next <= to; ) {
      const newline = bytes.indexOf(NEWLINE, at)
      const line = newline < 0 ? undefined : decodeLine(bytes, at, newline)
      at = newline < 0 ? bytes.length : newline + 1
      if (line?.kind === 'seal' || (line?.kind === 'record' && line.seq < from)) continue
      const record = line?.kind === 'record' && line.seq === next ? parseRecord(bytes, line) : undefined
      if (!record) throw damaged(segment.file, next)
      next += 1
      yield record
    }
  }
  if (next <= to) throw damaged(segment.file, next)
}

const damaged = (file: string, seq: number): JournalDamagedError =>
  new JournalDamagedError(`Record ${seq} cannot be read from ${file}: the file was changed after it was written. Restore this file from a backup.`)
