/** A bundle played: what was open when, whether it can be proven, and what would have been without one of its facts. */
import type { CoreSettings } from '../domain/core-settings.ts'
import type { PositionId } from '../domain/ids.ts'
import type { PositionState } from '../domain/wire.ts'
import { Core } from '../../machines/core.ts'
import { stateOf } from '../../machines/registry.ts'
import { stateHash } from '../../state/canonical.ts'
import { foldedGroups, stamped, type FactGroup } from '../../state/fold.ts'
import type { Checkpoint } from '../../state/store.ts'
import type { JournalRecord } from '../../state/record.ts'
import { replay } from '../../state/replay.ts'
import { actorsAt, pricesTold, toldPrice, type ActorNode, type ToldPrice } from './actors.ts'
import type { Bundle } from './bundle.ts'
import type { PositionRun } from './position-steps.ts'
import { processAt, processSteps, type ProcessPlace, type ProcessStep } from './process-steps.ts'

export type Sighting = { readonly seq: number; readonly state: PositionState }
/** A position of the bundle and the states it was seen in. */
export type SeenPosition = { readonly run: PositionRun; readonly symbol: string; readonly direction: string; readonly states: readonly Sighting[] }

export type Incident = {
  readonly bundle: Bundle
  /** Facts in order: the places of the slider. */
  readonly moments: readonly { readonly seq: number; readonly at: number; readonly type: string; readonly positionId: number | null }[]
  readonly positions: readonly SeenPosition[]
  /** The life of the process, as far as the records tell it. */
  readonly process: readonly ProcessStep[]
  /** Null: today's machines say what was recorded, and reach every recorded state. */
  readonly divergence: { readonly seq: number; readonly what: string } | null
  readonly proven: { readonly outputs: number; readonly hashes: number }
}

const startOf = ({ head }: Bundle): { readonly checkpoint?: Checkpoint } =>
  head.start ? { checkpoint: { formatVersion: 1, seq: head.start.seq, machineVersion: head.versions.machine, stateHash: head.start.state_hash, state: { core: head.start.core, projection: null } } } : {}

export function openIncident(bundle: Bundle): Incident {
  const { head, records } = bundle
  const seen = new Map<number, { run: PositionRun; symbol: string; direction: string; states: Sighting[] }>()
  const before = new Map((head.start?.core.positions ?? []).map((dump) => [dump.context.id as number, dump]))
  let journalId: string = head.start?.core.journalId ?? ''
  for (const [id, dump] of before) {
    const { signal } = dump.context
    const run = { id, journalId, settings: head.start?.core.settings as CoreSettings, start: dump }
    seen.set(id, { run, symbol: signal.symbol, direction: signal.direction, states: [{ seq: head.start?.seq ?? 0, state: dump.state }] })
  }
  const moments: { seq: number; at: number; type: string; positionId: number | null }[] = []
  const follow = ({ fact }: FactGroup, applied: ReturnType<Core['apply']>, core: Core): void => {
    journalId = core.journalId ?? journalId
    for (const snapshot of applied.touched) {
      const { id, signal } = snapshot.context
      const known = seen.get(id) ?? { run: { id, journalId, settings: core.settings, start: null }, symbol: signal.symbol, direction: signal.direction, states: [] as Sighting[] }
      seen.set(id, known)
      if (known.states.at(-1)?.state !== stateOf(snapshot)) known.states.push({ seq: fact.seq, state: stateOf(snapshot) })
    }
    moments.push({ seq: fact.seq, at: fact.at, type: fact.body.type, positionId: 'positionId' in fact.body ? fact.body.positionId : (applied.touched[0]?.context.id ?? null) })
  }
  const played = replay({ records: () => records, until: {}, ...startOf(bundle), follow })
  const [first] = [...played.outputDifferences, ...played.hashDifferences].sort((a, b) => a.seq - b.seq)
  const process = processSteps(records, head.start?.process ?? null)
  return { bundle, moments, positions: [...seen.values()], process, divergence: first ?? null, proven: { outputs: played.outputsCompared, hashes: played.hashesCompared } }
}

/** The whole state after the facts up to a record. `hash`: the same that `loms replay --until` prints. */
export type MomentState = { readonly hash: string; readonly actors: ActorNode; readonly process: ProcessPlace | null }

export function stateOfAll({ bundle, process }: Incident, seq: number): MomentState {
  const prices = new Map<string, ToldPrice>()
  const follow = ({ fact }: FactGroup, _applied: unknown, { registry }: Core): void => {
    for (const [symbol, price] of pricesTold(fact.body, (id) => registry.get(id as PositionId)?.context.signal.symbol)) prices.set(symbol, toldPrice(price, fact.at))
  }
  const { core, seq: last, at } = replay({ records: () => bundle.records, until: { seq }, ...startOf(bundle), follow })
  const place = processAt(process, seq, bundle.head.start?.process ?? null)
  return { hash: stateHash(core.dump()), actors: actorsAt(core, { seq: last, at: at ?? 0, process: place?.state ?? null, prices }), process: place }
}

/** The state a position was in after a record; null: it was not there yet. */
export const stateAt = ({ states }: SeenPosition, seq: number): PositionState | null => states.findLast((sighting) => sighting.seq <= seq)?.state ?? null

/** What if: a fact that had not come, or had come `laterMs` later. */
export type Change = { readonly seq: number; readonly laterMs: number | null }
export type Alternative = { readonly id: number; readonly was: PositionState | null; readonly is: PositionState | null }

/**
 * Plays a copy with one position's fact taken out or moved. Everything else comes as it was recorded: what the market and
 * the venue would have answered to other commands, nobody knows. Positions that end in another state; a text where the
 * machines do not take this.
 */
export function whatIf({ bundle, positions }: Incident, change: Change): readonly Alternative[] | string {
  const core = bundle.head.start ? Core.restore(bundle.head.start.core) : new Core()
  const last = new Map<number, PositionState>()
  for (const { id, state } of bundle.head.start?.core.positions.map(({ context, state }) => ({ id: context.id, state })) ?? []) last.set(id, state)
  try {
    for (const fact of changed(bundle.records, change)) for (const snapshot of core.apply(fact).touched) last.set(snapshot.context.id, stateOf(snapshot))
  } catch (error) {
    return `The machines do not take this: ${(error as Error).message}`
  }
  return positions.flatMap(({ run: { id }, states }): Alternative[] => {
    const was = states.at(-1)?.state ?? null
    const is = last.get(id) ?? null
    return was === is ? [] : [{ id, was, is }]
  })
}

function changed(records: readonly JournalRecord[], { seq, laterMs }: Change): ReturnType<typeof stamped>[] {
  const facts = [...foldedGroups(records, () => {})].flatMap((group) => (group.kind === 'group' && group.fact.body.type !== 'fact.failed' ? [stamped(group.fact)] : []))
  const moved = facts.find((fact) => fact.seq === seq)
  const rest = facts.filter((fact) => fact.seq !== seq)
  if (!moved || laterMs === null) return rest
  const at = moved.at + laterMs
  const place = rest.findIndex((fact) => fact.at > at)
  return place < 0 ? [...rest, { ...moved, at }] : [...rest.slice(0, place), { ...moved, at }, ...rest.slice(place)]
}
