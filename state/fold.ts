/** Journal records as the fold takes them: each fact with what it caused. */
import { assert } from '../src/domain/assert.ts'
import { stamp, type Stamped } from '../src/domain/facts.ts'
import type { PositionId } from '../src/domain/ids.ts'
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
export const stamped = (record: FactRecord): Stamped => stamp(record.body, record.seq, record.at)

/**
 * Groups as the fold takes them: `skip` hears of a fact that made a position's machine throw before that fact comes. The
 * sequencer records the failure right behind the fact, so only failures are looked ahead to.
 */
export function* foldedGroups(records: Iterable<JournalRecord>, skip: (failedSeq: number, positionId: PositionId) => void): Generator<FactGroup | MarkRecord> {
  let held: (FactGroup | MarkRecord)[] = []
  for (const group of factGroups(records)) {
    const body = group.kind === 'group' ? group.fact.body : null
    if (body?.type === 'fact.failed') skip(body.failedSeq, body.positionId)
    else {
      yield* held
      held = []
    }
    held.push(group)
  }
  yield* held
}
