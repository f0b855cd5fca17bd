/** A recovered journal against what was given to it and what of that was acknowledged: I4, I9 and I19. */
import { canonicalJson } from '../../state/canonical.ts'
import type { JournalRecord } from '../../state/record.ts'
import type { Recovered } from '../../state/store.ts'

/** What the lives before have given to the journal, what of it they acknowledged, and the last of their epochs. */
export type Expected = { readonly given: ReadonlyMap<number, JournalRecord>; readonly acknowledgedSeq: number; readonly epoch: number }

/** What a life has found at its start; empty: everything holds. */
export function journalProblems(opening: Recovered, records: readonly JournalRecord[], { given, acknowledgedSeq, epoch }: Expected): string[] {
  const problems: string[] = []
  if (opening.durableSeq < acknowledgedSeq) problems.push(`I4: record ${acknowledgedSeq} was acknowledged, the journal ends at ${opening.durableSeq}`)
  if (opening.epoch <= epoch) problems.push(`I19: epoch ${opening.epoch} after ${epoch}`)
  if (records.length !== opening.durableSeq) problems.push(`I9: ${records.length} records can be read of ${opening.durableSeq}`)
  const wrong = records.find((each, index) => each.seq !== index + 1 || canonicalJson(each) !== canonicalJson(given.get(each.seq) ?? null))
  if (wrong) problems.push(`I9: record ${wrong.seq} is not what was written`)
  const last = records.at(-1)
  if (last && given.get(last.seq + 1)?.batch === last.batch) problems.push(`I9: batch ${last.batch} is there in part, up to record ${last.seq}`)
  return problems
}
