/** A journal opened to be looked at: nothing is locked, cut or written. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { loadCheckpoints } from './checkpoint-file.ts'
import { surveyJournal, type Segment } from './journal-survey.ts'
import type { JournalRecord } from './record.ts'
import { openArchive } from './segment-archive.ts'
import { openPlain, readSegment } from './segment-reader.ts'
import type { Checkpoint } from './store.ts'

export type ReadableJournal = {
  /** Durable records in order, from the first. May be iterated more than once. */
  readonly records: (from?: number) => Iterable<JournalRecord>
  readonly durableSeq: number
  readonly checkpoints: readonly Checkpoint[]
  /** What was left aside, one readable line each. */
  readonly remarks: readonly string[]
}
export type ReadableResult = { readonly ok: true; readonly journal: ReadableJournal } | { readonly ok: false; readonly message: string }

/** Opens a data directory, or a segment of one (which stands for its directory). */
export function readJournal(source: string): ReadableResult {
  const directory = journalDirectory(source)
  if (directory === undefined) return { ok: false, message: `${source} is no data directory of LOMS: it has no folder journal/` }
  const surveyed = surveyJournal(join(directory, 'journal'), 0)
  if (!surveyed.ok) return surveyed
  const { segments, durableSeq, torn } = surveyed.survey
  const remarks = torn ? [`the incomplete last write from record ${torn.seq} on is left aside`] : []
  const { usable } = loadCheckpoints(directory)
  return { ok: true, journal: { records: (from = 1) => ({ [Symbol.iterator]: () => read(segments, from, durableSeq) }), durableSeq, checkpoints: usable, remarks } }
}

/** The data directory that a source stands for; undefined: it is none. */
export function journalDirectory(source: string): string | undefined {
  if (fs.existsSync(join(source, 'journal'))) return source
  const folder = dirname(source)
  const journal = basename(folder) === 'archive' ? dirname(folder) : folder
  return fs.existsSync(source) && basename(journal) === 'journal' ? dirname(journal) : undefined
}

function* read(segments: readonly Segment[], from: number, durableSeq: number): Generator<JournalRecord> {
  for (const [number, segment] of segments.entries()) {
    const last = Math.min(durableSeq, (segments[number + 1]?.first ?? Infinity) - 1)
    if (last < from || segment.first > last) continue
    const blocks = segment.archived ? openArchive(segment.file, null) : openPlain(segment.file, segment.first, null)
    try {
      yield* readSegment(blocks, Math.max(from, segment.first), last)
    } finally {
      blocks.close()
    }
  }
}
