/**
 * What stands in a journal directory, found without changing a byte: the segments, where the durable end is, and
 * whether it can be trusted. Segments before the checkpoint are not read, only checked by name and length.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { decodeLine, NEWLINE, type Seal } from './codec.ts'
import { firstLineOfArchive, unpackArchive } from './segment-archive.ts'
import { readAt } from './segment-reader.ts'
import { firstOfName, scanSegment, segmentName, type SegmentScan, type ScanProblem } from './segment.ts'
import type { OpenFailure } from './store.ts'

/** A file of the journal; the newest one is `active` and never archived. */
export type Segment = { readonly first: number; readonly file: string; readonly archived: boolean }

export type JournalSurvey = {
  /** Oldest first. */
  readonly segments: readonly Segment[]
  /** The newest segment; null for a new journal. */
  readonly active: { readonly segment: Segment; readonly bytes: Buffer; readonly scan: SegmentScan } | null
  /** The incomplete last write, which the opening cuts off. */
  readonly torn: ScanProblem | null
  readonly durableSeq: number
  readonly lastBatch: number
  readonly epoch: number
}
export type SurveyResult = { readonly ok: true; readonly survey: JournalSurvey } | OpenFailure

export const archiveDirectory = (journal: string): string => join(journal, 'archive')

/** Looks at the journal; everything behind `checkpointSeq` is checked record by record. */
export function surveyJournal(journal: string, checkpointSeq: number): SurveyResult {
  const segments = listSegments(journal)
  const active = segments.at(-1)
  if (!active) return { ok: true, survey: { segments, active: null, torn: null, durableSeq: 0, lastBatch: 0, epoch: 0 } }
  if (active.archived) return damaged(`The journal ${journal} has no active segment, only archives up to ${active.file}.`)
  const oldest = segments[0] as Segment
  if (oldest.first > checkpointSeq + 1) {
    return damaged(`Records ${checkpointSeq + 1} to ${oldest.first - 1} are missing: the oldest segment of the journal is ${oldest.file}.`)
  }
  return walk(segments, checkpointSeq)
}

/** Plain and archived segments by their first record; where both exist the plain one counts. */
export function listSegments(journal: string): Segment[] {
  const found = new Map<number, Segment>()
  const collect = (directory: string, archived: boolean): void => {
    if (!fs.existsSync(directory)) return
    for (const name of fs.readdirSync(directory)) {
      const first = firstOfName(name)
      if (first !== undefined && name.endsWith('.gz') === archived) found.set(first, { first, file: join(directory, name), archived })
    }
  }
  collect(archiveDirectory(journal), true)
  collect(journal, false)
  return [...found.values()].sort((a, b) => a.first - b.first)
}

/** Checks each segment against the one before it, and reads those that hold records behind the checkpoint. */
function walk(segments: readonly Segment[], checkpointSeq: number): SurveyResult {
  let before: { readonly segment: Segment; readonly scan: SegmentScan | null } | null = null
  let state = { lastBatch: 0, epoch: 0 }
  for (const [number, segment] of segments.entries()) {
    const following = segments[number + 1]
    const needed = following === undefined || following.first > checkpointSeq + 1
    const bytes = needed ? readSegmentBytes(segment) : null
    if (bytes instanceof Error) return damaged(bytes.message)
    const scan = bytes ? scanSegment(bytes, segment.first, state) : null
    const problem = scan ? segmentProblem(segment, scan, following) : null
    if (problem) return problem
    // Archives are checked when they are read; opening hundreds of them would slow every start.
    const gap = before && (scan || !segment.archived) ? gapBetween(before, segment) : null
    if (gap) return gap
    if (scan) state = { lastBatch: scan.lastBatch, epoch: scan.epoch }
    before = { segment, scan }
    if (!following && bytes && scan) {
      const { nextSeq, lastBatch, epoch, problem: torn } = scan
      return { ok: true, survey: { segments, active: { segment, bytes, scan }, torn, durableSeq: nextSeq - 1, lastBatch, epoch } }
    }
  }
  return damaged('The journal has no segment.')
}

function readSegmentBytes(segment: Segment): Buffer | Error {
  const bytes = fs.readFileSync(segment.file)
  if (!segment.archived) return bytes
  try {
    return unpackArchive(bytes)
  } catch (error) {
    return new Error(`The archive ${segment.file} cannot be unpacked (${String(error)}).`)
  }
}

function segmentProblem(segment: Segment, scan: SegmentScan, following: Segment | undefined): OpenFailure | null {
  const { problem } = scan
  if (!problem || (problem.kind === 'torn' && !following)) return null
  const place = `${segment.file}, byte ${problem.offset}, record ${problem.seq}`
  if (problem.kind === 'newer') {
    return { ok: false, code: 'newer_format', message: `${place}: ${problem.what} was written by a newer LOMS. Start that version, or restore a backup made by this one.` }
  }
  const what = following && problem.kind === 'torn' ? `${problem.what}, but ${segmentName(following.first)} follows` : problem.what
  return damaged(`${place}: ${what}.`, `cut the file there (truncate -s ${scan.end} ${segment.file}) and move later segments away`)
}

/** Null if `segment` is what was started directly after `before`. */
function gapBetween(before: { readonly segment: Segment; readonly scan: SegmentScan | null }, segment: Segment): OpenFailure | null {
  const previous = firstSeal(segment)?.previous
  if (!previous) return damaged(`${segment.file}, byte 0: the first line does not name the segment before it.`)
  if (previous.first !== before.segment.first) return damaged(`The segment ${segmentName(previous.first)} before ${segment.file} is missing.`)
  const { scan } = before
  if (scan && scan.nextSeq !== segment.first) return damaged(`Records ${scan.nextSeq} to ${segment.first - 1} are missing between ${before.segment.file} and ${segment.file}.`)
  if (scan && scan.lastCrc !== previous.crc) return damaged(`${before.segment.file} does not end as it did when ${segment.file} was begun.`)
  const size = before.segment.archived ? previous.bytes : fs.statSync(before.segment.file).size
  if (size === previous.bytes) return null
  return damaged(`${before.segment.file} has ${size} bytes; it had ${previous.bytes} when ${segment.file} was begun.`)
}

function firstSeal(segment: Segment): Seal | undefined {
  const line = segment.archived ? firstLineOfArchive(segment.file) : firstLine(segment.file)
  const decoded = decodeLine(line, 0, line.length)
  return decoded.kind === 'seal' ? decoded.seal : undefined
}

function firstLine(file: string): Buffer {
  const fd = fs.openSync(file, 'r')
  try {
    const bytes = readAt(fd, 0, 4096)
    return bytes.subarray(0, Math.max(0, bytes.indexOf(NEWLINE)))
  } finally {
    fs.closeSync(fd)
  }
}

/** Without a backup there is one way on, and it loses records: it is named, never taken. */
function damaged(what: string, lastResort = ''): OpenFailure {
  const way = 'Way out: copy the whole data directory, then restore the file from a backup of this journal.'
  const other = lastResort && ` Without a backup, ${lastResort}: the records from there on are then lost, so compare positions with the exchange by hand.`
  return { ok: false, code: 'damaged', message: `The journal is damaged. ${what} ${way}${other}` }
}
