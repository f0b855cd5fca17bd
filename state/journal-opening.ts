/**
 * Makes a surveyed journal writable: the incomplete end is copied aside and cut off, the last batch is written once
 * more, and a seal with the new owner's epoch is synced behind it. Repeating any part of it after a crash is harmless.
 */
import { basename, join } from 'node:path'
import { encodeSeal, JOURNAL_FORMAT } from './codec.ts'
import { ensureDirectory, placeFileSync, writeAllSync, type FileIo } from './io.ts'
import type { JournalSurvey } from './journal-survey.ts'
import { JournalWriter, type ActiveSegment } from './journal-writer.ts'
import { blanksAt, BlockIndex, segmentName, type ScanProblem } from './segment.ts'
import type { TornTail } from './store.ts'

type Options = { readonly io: FileIo; readonly directory: string; readonly segmentBytes: number; readonly onSealed: (segment: ActiveSegment) => void }
export type StartedJournal = { readonly writer: JournalWriter; readonly epoch: number; readonly tornTail: TornTail | null }

/** Throws the system's error if the directory cannot be written. */
export function startJournal(options: Options, survey: JournalSurvey): StartedJournal {
  ensureDirectory(options.io, options.directory)
  const epoch = survey.epoch + 1
  const tornTail = survey.torn ? setAside(options, survey, survey.torn) : null
  const { fd, active } = survey.active ? continueSegment(options, survey, epoch) : firstSegment(options, epoch)
  return { writer: new JournalWriter({ ...options, epoch }, fd, active, survey), epoch, tornTail }
}

function firstSegment({ io, directory }: Options, epoch: number): { readonly fd: number; readonly active: ActiveSegment } {
  const file = join(directory, segmentName(1))
  const seal = encodeSeal({ format: JOURNAL_FORMAT, epoch, next: 1, lastBatch: 0, previous: null })
  placeFileSync(io, file, Buffer.from(seal))
  return { fd: io.open(file, 'r+'), active: { first: 1, file, index: new BlockIndex(), size: seal.length, lastCrc: seal.slice(8, 16) } }
}

function continueSegment({ io }: Options, survey: JournalSurvey, epoch: number): { readonly fd: number; readonly active: ActiveSegment } {
  const { segment, bytes, scan } = survey.active as NonNullable<JournalSurvey['active']>
  const fd = io.open(segment.file, 'r+')
  try {
    if (bytes.length > scan.end) io.truncate(fd, scan.end)
    const seal = Buffer.from(encodeSeal({ format: JOURNAL_FORMAT, epoch, next: scan.nextSeq, lastBatch: scan.lastBatch, previous: null }))
    // What was read may come from the page cache of a process whose sync failed, and not be on the disk. Only the last
    // batch can be in that state; written again, the next sync covers it.
    writeAllSync(io, fd, Buffer.concat([bytes.subarray(scan.lastBatchAt, scan.end), seal]), scan.lastBatchAt)
    io.fdatasyncSync(fd)
    const active = { first: segment.first, file: segment.file, index: scan.index, size: scan.end + seal.length, lastCrc: seal.toString('latin1', 8, 16) }
    return { fd, active }
  } catch (error) {
    io.close(fd)
    throw error
  }
}

/** Copies what will be cut off into `journal/torn`, durably, before it is cut. */
function setAside({ io, directory }: Options, survey: JournalSurvey, torn: ScanProblem): TornTail {
  const { segment, bytes } = survey.active as NonNullable<JournalSurvey['active']>
  const aside = join(directory, 'torn')
  ensureDirectory(io, aside)
  const keptAs = join(aside, `${basename(segment.file, '.jsonl')}-byte-${torn.offset}-epoch-${survey.epoch + 1}.part`)
  const rest = bytes.subarray(torn.offset, blanksAt(bytes))
  placeFileSync(io, keptAs, rest)
  return { file: segment.file, offset: torn.offset, bytes: rest.length, keptAs, firstLostSeq: torn.seq }
}
