/**
 * The life of the process from the records that tell of it: the supervisor's own machine, taken the same way again. What a
 * journal cannot tell: `protect-only` (it takes no records then) and `stopped` (it is closed by then).
 */
import { initialTransition, transition } from 'xstate'
import { supervisorMachine, type SupervisorEvent, type SupervisorState } from '../../machines/supervisor.machine.ts'
import type { TakenArrow } from './position-steps.ts'

export type ProcessStep = {
  readonly seq: number
  readonly at: number
  readonly fact: string
  readonly to: SupervisorState
  readonly taken: readonly TakenArrow[]
  /** Which life of the process, from 1. */
  readonly life: number
  /** The life before this one ended without being asked to: it was killed, or it crashed. */
  readonly afterCrash: boolean
}

const booting = () => initialTransition(supervisorMachine)[0]

type Told = { readonly seq: number; readonly at: number; readonly body: { readonly type: string } }
/** By what a life begins, and what its later facts mean to the machine. Journals from before `run.reconciled` existed prove it by the first signal taken. */
const FIRST: readonly SupervisorEvent[] = [{ type: 'journal.opened' }, { type: 'recovery.completed' }]
const RECONCILED: readonly SupervisorEvent[] = [{ type: 'reconciliation.completed' }]
const LATER: Readonly<Record<string, readonly SupervisorEvent[]>> = { 'run.started': [], 'run.reconciled': RECONCILED, 'run.stopping': [{ type: 'shutdown.requested' }] }

/** Facts that tell of the process. */
export const PROCESS_FACTS: readonly string[] = ['journal.created', 'settings.changed', ...Object.keys(LATER)]

/** `start`: the state before the first of the records, where it is known. Other records are passed over. */
export function processSteps(records: Iterable<Told>, start: SupervisorState | null = null): readonly ProcessStep[] {
  const steps: ProcessStep[] = []
  let snapshot = start === null ? booting() : supervisorMachine.resolveState({ value: start })
  let known = start
  let life = start === null ? 0 : 1
  let begun = false
  for (const { seq, at, body } of records) {
    // The first facts of a life are its settings and, in a new journal, the journal itself.
    const begins: boolean = (body.type === 'journal.created' || body.type === 'settings.changed') && !begun
    const events = begins ? FIRST : body.type === 'signal.received' && snapshot.value === 'reconciling' ? RECONCILED : LATER[body.type]
    if (!events || (body.type !== 'run.started' && events.length === 0)) continue
    // A slice that does not begin with a life tells nothing until the next one begins.
    if (!begins && known === null) continue
    const afterCrash = begins && known !== null && known !== 'draining'
    if (begins) {
      snapshot = booting()
      life += 1
    }
    begun = begins || (begun && body.type !== 'run.started')
    const taken: TakenArrow[] = []
    for (const event of events) {
      const before = snapshot.value
      ;[snapshot] = transition(supervisorMachine, snapshot, event)
      if (snapshot.value !== before) taken.push({ from: before, to: snapshot.value, why: event.type })
    }
    known = snapshot.value
    steps.push({ seq, at, fact: body.type, to: known, taken, life, afterCrash })
  }
  return steps
}

/** Where the process was after a record: its states and arrows in that life, and how the one before ended; null: the records do not say. */
export type ProcessPlace = { readonly state: SupervisorState; readonly visited: ReadonlySet<string>; readonly arrows: readonly TakenArrow[]; readonly afterCrash: boolean }

export function processAt(steps: readonly ProcessStep[], seq: number, start: SupervisorState | null = null): ProcessPlace | null {
  const past = steps.filter((step) => step.seq <= seq)
  const last = past.at(-1)
  if (!last) return start === null ? null : { state: start, visited: new Set([start]), arrows: [], afterCrash: false }
  const own = past.filter(({ life }) => life === last.life)
  const arrows = own.flatMap(({ taken }) => taken)
  return { state: last.to, afterCrash: own.some(({ afterCrash }) => afterCrash), visited: new Set([last.to, ...arrows.flatMap(({ from, to }) => [from, to])]), arrows }
}
