/**
 * `loms backup`: the truth of a data directory, journal and audit log, into a directory of its own, also beside a running
 * service, and with it the only witness of what an exchange was asked and answered. Checkpoint, history and keys are
 * derived: the first start from a restored backup makes them again. The tape stays behind: quotes are public, many and
 * decide nothing afterwards; `loms bundle` takes those of an incident.
 *
 * Why it is consistent: the journal only grows. Files that are complete are copied whole; the one being written to is
 * copied and then cut back to its last whole batch. The audit log is copied first, so it is never ahead of the journal.
 */
import fs from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { listSegments, surveyJournal } from '../../state/journal-survey.ts'
import { ensureDirectory, errorCode, errorText, nodeIo, placeFile } from '../../state/io.ts'
import { proveJournal } from './journal-proof.ts'
import { MANIFEST, sha256Of, type BackedUpFile, type Manifest } from './manifest.ts'

export type BackupOptions = { readonly dataDir: string; readonly auditLog: string; readonly into: string; readonly version: string; readonly at: Date }
export type BackupOutcome = { readonly ok: true; readonly directory: string; readonly manifest: Manifest; readonly remark: string | null } | { readonly ok: false; readonly message: string }

const ATTEMPTS = 5
/** What the exchange was asked and answered, a file per day. */
const VENUE = 'venue'

/** `2026-11-21_140312_paper`: sorts by time, says whose it is. */
export const backupName = (at: Date, dataDir: string): string => `${at.toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '')}_${basename(dataDir).replaceAll(/[^\w.-]/g, '_')}`

export async function backUp(options: BackupOptions): Promise<BackupOutcome> {
  const directory = join(options.into, backupName(options.at, options.dataDir))
  if (!fs.existsSync(join(options.dataDir, 'journal'))) return { ok: false, message: `${options.dataDir} is no data directory of LOMS: it has no folder journal/` }
  if (fs.existsSync(directory)) return { ok: false, message: `${directory} is there already; it was left as it is` }
  // Under another name until it is proven: a directory with a backup's name is a whole backup.
  const unfinished = `${directory}.unfinished`
  try {
    fs.rmSync(unfinished, { recursive: true, force: true })
    ensureDirectory(nodeIo, unfinished)
    const audit = copyAudit(options.auditLog, unfinished)
    copyJournal(join(options.dataDir, 'journal'), join(unfinished, 'journal'))
    const venue = copyVenue(join(options.dataDir, VENUE), join(unfinished, VENUE))
    const proof = proveJournal(unfinished)
    if (!proof.ok) return { ok: false, message: `The copy in ${unfinished} cannot be read: ${proof.message}` }
    const files = await Promise.all([...audit, ...filesOf(join(unfinished, 'journal')), ...venue].map((file) => described(unfinished, file)))
    const { journalId, seq, stateHash, differs } = proof
    const manifest: Manifest = { format: 1, loms: options.version, created_at: options.at.toISOString(), source: options.dataDir, journal_id: journalId, durable_seq: seq, state_hash: stateHash, files }
    await placeFile(nodeIo, join(unfinished, MANIFEST), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`))
    fs.renameSync(unfinished, directory)
    nodeIo.fsyncDirectorySync(dirname(directory))
    return { ok: true, directory, manifest, remark: differs === null ? null : `this version folds the journal otherwise than the one that recorded it (${differs})` }
  } catch (error) {
    return { ok: false, message: `The backup into ${directory} failed: ${errorText(error)}` }
  }
}

function copyAudit(auditLog: string, into: string): string[] {
  if (!fs.existsSync(auditLog)) return []
  const copy = join(into, basename(auditLog))
  copyDurably(auditLog, copy)
  return [copy]
}

/** Lines are only added: the last one of a copy may be half. A day that is removed meanwhile was too old to be kept. */
function copyVenue(venue: string, into: string): string[] {
  if (!fs.existsSync(venue)) return []
  ensureDirectory(nodeIo, into)
  return fs.readdirSync(venue).filter((name) => name.endsWith('.jsonl')).sort().flatMap((name) => {
    try {
      copyDurably(join(venue, name), join(into, name))
      return [join(into, name)]
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return []
      throw error
    }
  })
}

/** A segment may move into the archive while it is copied: then the list is made anew. */
function copyJournal(journal: string, into: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      fs.rmSync(into, { recursive: true, force: true })
      ensureDirectory(nodeIo, join(into, 'archive'))
      for (const segment of listSegments(journal)) copyDurably(segment.file, join(into, relative(journal, segment.file)))
      break
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || attempt === ATTEMPTS) throw error
    }
  }
  const surveyed = surveyJournal(into, 0)
  if (!surveyed.ok) throw new Error(surveyed.message)
  const { active, torn } = surveyed.survey
  if (active && torn) fs.truncateSync(active.segment.file, active.scan.end)
}

/** Copies what is there now and syncs it. */
export function copyDurably(from: string, to: string): void {
  fs.copyFileSync(from, to)
  const fd = fs.openSync(to, 'r+')
  fs.fsyncSync(fd)
  fs.closeSync(fd)
  nodeIo.fsyncDirectorySync(dirname(to))
}

export const filesOf = (directory: string): string[] =>
  fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? filesOf(join(directory, entry.name)) : [join(directory, entry.name)])).sort()

const described = async (root: string, file: string): Promise<BackedUpFile> => ({ path: relative(root, file), bytes: fs.statSync(file).size, sha256: await sha256Of(file) })
