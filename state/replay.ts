/** The fold again, without a dispatcher: nothing leaves. Tells where a recorded journal and this code differ. */
import type { Applied } from '../machines/applied.ts'
import { Core } from '../machines/core.ts'
import { canonicalJson, stateHash } from './canonical.ts'
import { foldedGroups, stamped, type FactGroup } from './fold.ts'
import type { JournalRecord } from './record.ts'
import type { CheckpointState } from './recover.ts'
import type { Checkpoint } from './store.ts'

export type Divergence = { readonly seq: number; readonly what: string }
export type Until = { readonly seq?: number; readonly at?: number }

export type Replayed = {
  readonly core: Core
  /** Last record that is part of the state; 0: none. */
  readonly seq: number
  readonly at: number | null
  readonly records: number
  /** Facts whose commands and notices differ from the recorded ones, first ones only. */
  readonly outputDifferences: readonly Divergence[]
  readonly outputsCompared: number
  /** Recorded state hashes that this fold does not reach. */
  readonly hashDifferences: readonly Divergence[]
  readonly hashesCompared: number
}

const DIFFERENCES_KEPT = 10

export type ReplayOptions = {
  readonly records: () => Iterable<JournalRecord>
  readonly until: Until
  /** Goes on from here instead of from nothing. */
  readonly checkpoint?: Checkpoint
  readonly follow?: (group: FactGroup, applied: Applied, core: Core) => void
}

/** Folds the records up to a moment. A fact is taken whole: with all it caused. */
export function replay({ records, until, checkpoint, follow }: ReplayOptions): Replayed {
  const core = checkpoint ? Core.restore((checkpoint.state as CheckpointState).core) : new Core()
  const outputDifferences: Divergence[] = []
  const hashDifferences: Divergence[] = []
  let seq = checkpoint?.seq ?? 0
  let at: number | null = null
  let count = 0
  let outputsCompared = 0
  let hashesCompared = 0
  for (const group of foldedGroups(records(), (failedSeq, id) => core.skip(failedSeq, id))) {
    const record = group.kind === 'mark' ? group : group.fact
    if (record.seq > (until.seq ?? Infinity) || record.at > (until.at ?? Infinity)) break
    if (group.kind === 'mark') {
      hashesCompared += 1
      const hash = stateHash(core.dump())
      if (hash !== group.body.hash && hashDifferences.length < DIFFERENCES_KEPT) hashDifferences.push({ seq: group.seq, what: `recorded ${group.body.hash.slice(0, 12)}…, folded ${hash.slice(0, 12)}…` })
    } else {
      const applied = core.apply(stamped(group.fact))
      outputsCompared += group.outputs.length
      const difference = compareOutputs(group, applied)
      if (difference !== null && outputDifferences.length < DIFFERENCES_KEPT) outputDifferences.push({ seq: group.fact.seq, what: difference })
      follow?.(group, applied, core)
    }
    seq = group.kind === 'mark' ? group.seq : (group.outputs.at(-1)?.seq ?? group.fact.seq)
    at = record.at
    count += group.kind === 'mark' ? 1 : 1 + group.outputs.length
  }
  return { core, seq, at, records: count, outputDifferences, outputsCompared, hashDifferences, hashesCompared }
}

function compareOutputs(group: FactGroup, applied: Applied): string | null {
  const recorded = group.outputs.map(({ kind, body }) => canonicalJson({ kind, body }))
  const folded = applied.outputs.map(({ kind, body }) => canonicalJson({ kind, body }))
  const index = recorded.findIndex((text, number) => text !== folded[number])
  if (index >= 0) return `${group.fact.body.type}: recorded ${recorded[index]}, folded ${folded[index] ?? 'nothing'}`
  return folded.length > recorded.length ? `${group.fact.body.type}: folded ${folded[recorded.length]}, recorded nothing` : null
}
