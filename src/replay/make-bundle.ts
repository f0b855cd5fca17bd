/** `loms bundle`: cuts an incident out of a journal. Only reads, so the service may be running. */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { BundleOptions, BundleOutcome } from '../cli/commands/bundle.ts'
import { BUNDLE_FORMAT, BUNDLE_VERSION, type BundleHead, type BundlePart } from '../inspect/bundle.ts'
import { PROCESS_FACTS, processSteps } from '../inspect/process-steps.ts'
import { MACHINE_VERSION } from '../../machines/position.machine.ts'
import { stateHash } from '../../state/canonical.ts'
import { journalDirectory, readJournal, type ReadableJournal } from '../../state/journal-reading.ts'
import type { JournalRecord } from '../../state/record.ts'
import { replay as fold } from '../../state/replay.ts'
import { bundleParts } from './bundle-parts.ts'

type Span = { readonly first: number; readonly last: number; readonly from: number; readonly to: number }
const WRITTEN_TOGETHER = 500

export async function makeBundle({ source, file, slice, version, settings, auditLog }: BundleOptions, now: Date): Promise<BundleOutcome> {
  const opened = readJournal(source)
  if (!opened.ok) return { ok: false, problems: [opened.message] }
  const { journal } = opened
  const span = spanOf(journal, slice)
  if (typeof span === 'string') return { ok: false, problems: [span] }
  const start = stateBefore(journal, span.first)
  const time = { from: span.from, to: span.to }
  const { parts, contents } = await bundleParts(journalDirectory(source) as string, auditLog, { time, firstSeq: span.first, lastSeq: span.last })
  const head: BundleHead = {
    format: BUNDLE_FORMAT,
    v: BUNDLE_VERSION,
    made_at: now.toISOString(),
    versions: { loms: version, machine: MACHINE_VERSION, node: process.version },
    first_seq: span.first,
    last_seq: span.last,
    position: slice.kind === 'position' ? slice.id : null,
    start,
    settings,
    contents,
    remarks: journal.remarks,
  }
  try {
    const records = write(file, head, journal.records(span.first), span.last, parts)
    return { ok: true, bundle: { file, first_seq: span.first, last_seq: span.last, records, state_hash_before: start?.state_hash ?? null, contents } }
  } catch (error) {
    return { ok: false, problems: [`cannot write ${file}: ${(error as Error).message}`] }
  }
}

/** Folded anew up to the record: a checkpoint of just that moment is not kept. */
function stateBefore(journal: ReadableJournal, first: number): BundleHead['start'] {
  if (first <= 1) return null
  const told: { readonly seq: number; readonly at: number; readonly body: { readonly type: string } }[] = []
  const { core, seq } = fold({ records: () => journal.records(), until: { seq: first - 1 }, follow: ({ fact }) => void ((PROCESS_FACTS.includes(fact.body.type) || fact.body.type === 'signal.received') && told.push(fact)) })
  const dump = core.dump()
  return { seq, state_hash: stateHash(dump), core: dump, process: processSteps(told).at(-1)?.to ?? null }
}

function write(file: string, head: BundleHead, records: Iterable<JournalRecord>, last: number, parts: readonly BundlePart[]): number {
  const descriptor = openSync(file, 'w', 0o600)
  try {
    let lines = [JSON.stringify(head)]
    let count = 0
    for (const record of records) {
      if (record.seq > last) break
      lines.push(JSON.stringify(record))
      count += 1
      if (lines.length < WRITTEN_TOGETHER) continue
      writeSync(descriptor, `${lines.join('\n')}\n`)
      lines = []
    }
    if (lines.length > 0) writeSync(descriptor, `${lines.join('\n')}\n`)
    for (const part of parts) writeSync(descriptor, `${JSON.stringify(part)}\n`)
    return count
  } finally {
    closeSync(descriptor)
  }
}

/** The records from first to last, widened to whole facts with all they caused; a text says why there are none. */
function spanOf(journal: ReadableJournal, slice: BundleOptions['slice']): Span | string {
  let first: number | null = null
  let last = 0
  let group = 0
  let from = 0
  let to = 0
  let inside = false
  for (const record of journal.records()) {
    if (record.kind === 'fact' || record.kind === 'mark') {
      group = record.seq
      inside = false
    }
    inside ||= slice.kind === 'position' ? concerns(record, slice.id) : isWithin(record, slice)
    if (!inside) continue
    if (first === null) from = record.at
    first ??= group
    last = record.seq
    to = record.at
  }
  if (first !== null) return { first, last, from, to }
  return slice.kind === 'position' ? `there is no position ${slice.id} in this journal` : 'the journal has no record in this span'
}

function isWithin({ seq, at }: JournalRecord, { from, to }: Extract<BundleOptions['slice'], { kind: 'span' }>): boolean {
  const after = from === null || (from.kind === 'seq' ? seq >= from.seq : at >= Date.parse(from.at))
  const before = to === null || (to.kind === 'seq' ? seq <= to.seq : at <= Date.parse(to.at))
  return after && before
}

function concerns({ body }: JournalRecord, id: number): boolean {
  if ('positionId' in body) return body.positionId === id
  return body.type === 'signal.answered' && 'position_id' in body.answer && body.answer.position_id === id
}
