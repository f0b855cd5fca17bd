/** What must hold when a life begins on what a crash left: nothing acknowledged is lost, nothing half is kept, everything is provable. */
import fs from 'node:fs'
import { join } from 'node:path'
import { memoryReadModel } from '../../src/runtime/read-model-files.ts'
import { ReadModel } from '../../src/runtime/read-model.ts'
import { canonicalJson, stateHash } from '../../state/canonical.ts'
import type { JournalRecord } from '../../state/record.ts'
import { replay } from '../../state/replay.ts'
import { AUDIT_FILE, type EngineLife } from './engine-life.ts'
import { journalProblems, type Expected } from './journal-problems.ts'

/** I4, I5, I9 of a life that has just recovered and not begun; empty: all hold. */
export function recoveryProblems(directory: string, life: EngineLife, expected: Expected): string[] {
  const records = [...life.store.read(1, life.opening.durableSeq)]
  return [...journalProblems(life.opening, records, expected), ...foldProblems(life, records), ...auditProblems(directory, life, records)]
}

/** Checkpoint and tail give what the whole journal gives, and so do the files beside them. */
function foldProblems({ recovered, readModel, store }: EngineLife, records: readonly JournalRecord[]): string[] {
  const whole = new ReadModel(memoryReadModel(), store)
  whole.restore(null)
  const replayed = replay({ records: () => records, until: {}, follow: (group, applied) => whole.follow(group, applied) })
  const problems = [...replayed.hashDifferences, ...replayed.outputDifferences].map(({ seq, what }) => `I5: at record ${seq}: ${what}`)
  if (stateHash(replayed.core.dump()) !== stateHash(recovered.core.dump())) problems.push('I5: the recovered state is not the fold of the whole journal')
  const [found, wanted] = [readModel, whole].map((model) => canonicalJson({ mark: model.history.mark(), keys: model.keys.mark(), rows: model.history.idsAfter(0, Infinity, {}).map((id) => model.history.row(id)) }))
  if (found !== wanted) problems.push('I5: history or keys are not those of the journal')
  return problems
}

/** Each signal of the journal has its line, once, and no other line is there. */
function auditProblems(directory: string, { audit }: EngineLife, records: readonly JournalRecord[]): string[] {
  if (audit.failure !== null) return [`the audit log cannot be used: ${audit.failure}`]
  const path = join(directory, AUDIT_FILE)
  const lines = fs.existsSync(path) ? fs.readFileSync(path, 'utf8').split('\n') : ['']
  const wanted = records.flatMap(({ seq, at, kind, body }) =>
    kind === 'fact' && body.type === 'signal.received' && body.kind === 'bounce_signal' ? [JSON.stringify({ type: 'bounce_signal', ts: new Date(at).toISOString(), seq, payload: body.payload })] : [],
  )
  return lines.join('\n') === [...wanted, ''].join('\n') ? [] : [`the audit log has ${lines.length - 1} lines and differs from the ${wanted.length} signals of the journal`]
}
