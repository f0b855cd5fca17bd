/**
 * An incident in one file: a slice of the journal with the whole state before it, and what else was written down in that
 * time. JSON Lines; the first line describes it, then come records as the journal has them, then the further parts.
 */
import type { JournalRecord } from '../../state/record.ts'
import type { CoreDump } from '../../machines/core-dump.ts'
import type { SupervisorState } from '../../machines/supervisor.machine.ts'

export const BUNDLE_FORMAT = 'loms-bundle'
/** 2 added the parts. */
export const BUNDLE_VERSION = 2

export type BundleHead = {
  readonly format: typeof BUNDLE_FORMAT
  readonly v: number
  /** ISO 8601, UTC. */
  readonly made_at: string
  readonly versions: { readonly loms: string; readonly machine: number; readonly node: string }
  readonly first_seq: number
  readonly last_seq: number
  /** The position it was made for; null: a span of time. */
  readonly position: number | null
  /** The state before the first record, `process`: that of the process; null: the records begin with the journal. */
  readonly start: { readonly seq: number; readonly state_hash: string; readonly core: CoreDump; readonly process?: SupervisorState | null } | null
  /** The settings of whoever made it, secrets masked. What was in force then is in the records. */
  readonly settings: readonly { readonly name: string; readonly value: string; readonly origin: string }[]
  /** What is in it besides records and state, and what is not and why, one readable line each. */
  readonly contents?: readonly { readonly name: string; readonly what: string }[]
  /** What was left aside, one readable line each. */
  readonly remarks: readonly string[]
}

/** `tape`: quotes as ticks CSV. `venue`: what the exchange was asked and answered, JSON Lines. `audit`: signals as received, JSON Lines. */
export type BundlePart = { readonly part: 'tape' | 'venue' | 'audit'; readonly name: string; readonly text: string }
export type Bundle = { readonly head: BundleHead; readonly records: readonly JournalRecord[]; readonly parts: readonly BundlePart[] }
export type BundleReading = { readonly ok: true; readonly bundle: Bundle } | { readonly ok: false; readonly message: string }

/** Whether a file's first line is that of a bundle. */
export const isBundleLine = (line: string): boolean => line.startsWith(`{"format":"${BUNDLE_FORMAT}"`)
const isPartLine = (line: string): boolean => line.startsWith('{"part":')

/** Reads a bundle's text. A file that was cut is refused: it would tell another story. */
export function readBundle(text: string): BundleReading {
  const [first = '', ...rest] = text.split('\n').filter((line) => line !== '')
  if (!isBundleLine(first)) return { ok: false, message: 'This is no bundle: `loms bundle` makes one.' }
  try {
    const head = JSON.parse(first) as BundleHead
    if (head.v !== BUNDLE_VERSION && head.v !== 1) return { ok: false, message: `This bundle has the format ${String(head.v)}; this version reads formats 1 and ${BUNDLE_VERSION}.` }
    const records = rest.filter((line) => !isPartLine(line)).map((line) => JSON.parse(line) as JournalRecord)
    const parts = rest.filter(isPartLine).map((line) => JSON.parse(line) as BundlePart)
    const wanted = head.last_seq - head.first_seq + 1
    const gap = records.findIndex(({ seq }, index) => seq !== head.first_seq + index)
    if (gap >= 0 || records.length !== wanted) return { ok: false, message: `The bundle is damaged: record ${head.first_seq + (gap < 0 ? records.length : gap)} is missing.` }
    const promised = head.contents?.filter(({ name }) => name.includes('/')) ?? []
    const lost = promised.find(({ name }) => !parts.some((part) => `${part.part}/${part.name}` === name))
    if (lost) return { ok: false, message: `The bundle is damaged: its part ${lost.name} is missing.` }
    return { ok: true, bundle: { head, records, parts } }
  } catch (error) {
    return { ok: false, message: `The bundle is damaged: ${(error as Error).message}` }
  }
}

/** A request to the exchange, or the answer of one that was noted before, as the part `venue` has it. */
export type VenueLine = {
  readonly at: number
  readonly n: number
  readonly ms?: number
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly sent?: unknown
  readonly answer?: unknown
  readonly error?: string
}

/** What the exchange was asked and answered, in order. */
export const venueLines = ({ parts }: Bundle): readonly VenueLine[] =>
  parts.flatMap(({ part, text }) => (part === 'venue' ? text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as VenueLine) : []))
