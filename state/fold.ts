/** Journal records as the fold takes them: each fact with what it caused. */
import { assert } from '../src/domain/assert.ts'
import type { Stamped } from '../src/domain/facts.ts'
import type { CommandRecord, FactRecord, JournalRecord, MarkRecord, NoticeRecord } from './record.ts'

export type OutputRecord = CommandRecord | NoticeRecord
/** A fact and the commands and notices recorded with it. */
export type FactGroup = { readonly kind: 'group'; readonly fact: FactRecord; readonly outputs: readonly OutputRecord[] }

/** Groups records in journal order; outputs follow their fact within the same batch. */
export function* factGroups(records: Iterable<JournalRecord>): Generator<FactGroup | MarkRecord> {
  let fact: FactRecord | null = null
  let outputs: OutputRecord[] = []
  for (const record of records) {
    if (record.kind === 'command' || record.kind === 'notice') {
      assert(fact && record.cause === fact.seq, `record ${record.seq} follows the fact that caused it`)
      outputs.push(record)
      continue
    }
    if (fact) yield { kind: 'group', fact, outputs }
    fact = null
    outputs = []
    if (record.kind === 'mark') yield record
    else fact = record
  }
  if (fact) yield { kind: 'group', fact, outputs }
}

/** The fact as the machines receive it. */
export const stamped = (record: FactRecord): Stamped => ({ ...record.body, seq: record.seq, at: record.at })

/** `seq:position` of facts that made a machine throw, to be skipped for that position in this fold. */
export function skippedFacts(records: Iterable<JournalRecord>): Set<string> {
  const skipped = new Set<string>()
  for (const record of records) if (record.kind === 'fact' && record.body.type === 'fact.failed') skipped.add(`${record.body.failedSeq}:${record.body.positionId}`)
  return skipped
}
