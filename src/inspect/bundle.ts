/**
 * An incident in one file: a slice of the journal with the whole state before it. JSON Lines; the first line describes
 * it, every further line is a record as the journal has it.
 */
import type { JournalRecord } from '../../state/record.ts'
import type { CoreDump } from '../../machines/core-dump.ts'

export const BUNDLE_FORMAT = 'loms-bundle'

export type BundleHead = {
  readonly format: typeof BUNDLE_FORMAT
  readonly v: 1
  /** ISO 8601, UTC. */
  readonly made_at: string
  readonly versions: { readonly loms: string; readonly machine: number; readonly node: string }
  readonly first_seq: number
  readonly last_seq: number
  /** The position it was made for; null: a span of time. */
  readonly position: number | null
  /** The state before the first record; null: the records begin with the journal. */
  readonly start: { readonly seq: number; readonly state_hash: string; readonly core: CoreDump } | null
  /** The settings of whoever made it, secrets masked. What was in force then is in the records. */
  readonly settings: readonly { readonly name: string; readonly value: string; readonly origin: string }[]
  /** What was left aside or is not in it, one readable line each. */
  readonly remarks: readonly string[]
}

export type Bundle = { readonly head: BundleHead; readonly records: readonly JournalRecord[] }
export type BundleReading = { readonly ok: true; readonly bundle: Bundle } | { readonly ok: false; readonly message: string }

/** Whether a file's first line is that of a bundle. */
export const isBundleLine = (line: string): boolean => line.startsWith(`{"format":"${BUNDLE_FORMAT}"`)

/** Reads a bundle's text. A file that was cut is refused: it would tell another story. */
export function readBundle(text: string): BundleReading {
  const [first = '', ...rest] = text.split('\n').filter((line) => line !== '')
  if (!isBundleLine(first)) return { ok: false, message: 'This is no bundle: `loms bundle` makes one.' }
  try {
    const head = JSON.parse(first) as BundleHead
    if (head.v !== 1) return { ok: false, message: `This bundle has the format ${String(head.v)}; this version reads format 1.` }
    const records = rest.map((line) => JSON.parse(line) as JournalRecord)
    const wanted = head.last_seq - head.first_seq + 1
    const gap = records.findIndex(({ seq }, index) => seq !== head.first_seq + index)
    if (gap >= 0 || records.length !== wanted) return { ok: false, message: `The bundle is damaged: record ${head.first_seq + (gap < 0 ? records.length : gap)} is missing.` }
    return { ok: true, bundle: { head, records } }
  } catch (error) {
    return { ok: false, message: `The bundle is damaged: ${(error as Error).message}` }
  }
}
