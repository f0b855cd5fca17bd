/**
 * The life of one position, step by step, from its records: the very machine that ran is run again, so each step also
 * tells whether it says today what was recorded.
 */
import { createActor, type InspectionEvent } from 'xstate'
import type { CoreSettings } from '../domain/core-settings.ts'
import type { Command } from '../domain/commands.ts'
import type { Fact } from '../domain/facts.ts'
import type { JournalId, OrderId, PositionId } from '../domain/ids.ts'
import type { Notice } from '../domain/notices.ts'
import type { PositionState } from '../domain/wire.ts'
import { adoptedSignal, straySignal } from '../../machines/entry-answer.ts'
import type { PositionContext } from '../../machines/position.context.ts'
import { positionMachine, type PositionActor, type PositionSnapshot } from '../../machines/position.machine.ts'
import { needsResume } from '../../machines/position.orders.ts'
import type { PositionEvent } from '../../machines/position.reports.ts'
import type { PositionInput, StrayFill } from '../../machines/position.steps.ts'
import type { PositionDump } from '../../machines/registry.ts'
import type { ApprovedSignal } from '../risk/risk-engine.ts'
import { differences, isSameJson, type Difference } from './differences.ts'
import { waitsOf, type Wait } from './waits.ts'

/** A record as the journal has it. */
export type InspectedRecord =
  | { readonly kind: 'fact'; readonly seq: number; readonly at: number; readonly body: Fact }
  | { readonly kind: 'command'; readonly seq: number; readonly at: number; readonly cause: number; readonly body: Command }
  | { readonly kind: 'notice'; readonly seq: number; readonly at: number; readonly cause: number; readonly body: Notice }
  | { readonly kind: 'mark'; readonly seq: number; readonly at: number; readonly body: { readonly type: 'state.hashed'; readonly hash: string } }
export type InspectedOutput = Extract<InspectedRecord, { kind: 'command' | 'notice' }>
export type InspectedFact = Extract<InspectedRecord, { kind: 'fact' }>

/** An arrow of the chart that was taken. */
export type TakenArrow = { readonly from: string; readonly to: string; readonly why: string }

export type Step = {
  readonly seq: number
  readonly at: number
  readonly fact: Fact
  /** What was recorded with the fact for this position. */
  readonly outputs: readonly InspectedOutput[]
  readonly from: PositionState | null
  readonly to: PositionState
  readonly taken: readonly TakenArrow[]
  readonly changes: readonly Difference[]
  readonly context: PositionContext
  readonly waits: readonly Wait[]
  /** Null: the machine says what was recorded; else what differs. */
  readonly divergence: string | null
}

export type PositionRun = {
  readonly id: number
  readonly journalId: string
  readonly settings: CoreSettings
  /** The position as a checkpoint had it; null: it is opened by the records. */
  readonly start: PositionDump | null
}

/** Every fact that the position's machine took. Records must be in order; others' records are passed over. */
export function positionSteps(run: PositionRun, records: Iterable<InspectedRecord>): readonly Step[] {
  const player = new Player(run)
  for (const { fact, outputs } of groups(records, run.id)) player.play(fact, outputs)
  return player.steps
}

/** An actor begins with its input, or goes on from a snapshot, which XState's types call an option beside the input. */
type Starting = { readonly input: PositionInput }

class Player {
  readonly steps: Step[] = []
  readonly #run: PositionRun
  #actor: PositionActor | null = null
  #taken: TakenArrow[] = []
  #skipped = new Set<number>()

  constructor(run: PositionRun) {
    this.#run = run
    const { start } = run
    if (!start) return
    const snapshot = positionMachine.resolveState({ value: start.state, context: { ...start.context, outputs: [] } })
    this.#actor = this.#start({ snapshot } as unknown as Starting)
  }

  play(fact: InspectedFact, outputs: readonly InspectedOutput[]): void {
    if (!this.#actor) {
      const input = this.#inputOf(fact, outputs)
      if (!input) return
      this.#taken = []
      this.#actor = this.#start({ input })
      return this.#push(fact, outputs, null, this.#actor.getSnapshot().context.outputs)
    }
    const before = this.#actor.getSnapshot()
    const event = this.#eventOf(fact, before)
    if (before.context.retired) return
    this.#taken = []
    const said = event ? this.#send(event) : []
    const halt = this.#haltOf(fact, outputs)
    if (!event && !halt) return
    this.#push(fact, outputs, before, halt ? [...said, ...this.#send(halt)] : said)
  }

  /** What the machine says to an event. */
  #send(event: PositionEvent): PositionContext['outputs'] {
    const before = (this.#actor as PositionActor).getSnapshot()
    this.#actor?.send(event)
    const after = (this.#actor as PositionActor).getSnapshot()
    if (after.status === 'error') {
      // As the core does: the machine goes back to where it was, the failure comes as a fact of its own.
      this.#skipped.add(event.seq)
      this.#actor = this.#start({ snapshot: before } as unknown as Starting)
      return []
    }
    return after.context === before.context ? [] : after.context.outputs
  }

  /** A halt asks every position of its account to close, behind what the fact itself did (`Core.#closeAll`). */
  #haltOf({ seq, at, body }: InspectedFact, outputs: readonly InspectedOutput[]): PositionEvent | null {
    const { context } = (this.#actor as PositionActor).getSnapshot()
    const halted = outputs.flatMap((output) => (output.body.type === 'trading.changed' && output.body.accountLabel === context.signal.accountLabel ? [output.body] : []))[0]
    // The positions are asked to leave by facts of their own.
    if (body.type === 'trading.halted' && body.closesApart) return null
    if (!halted || context.closing !== null || context.closedAt !== null || context.retired || this.#skipped.has(seq)) return null
    const byPerson = body.type === 'trading.halted'
    return { type: 'exit.requested', positionId: context.id, reason: byPerson ? 'panic' : 'kill_switch', qty: null, note: byPerson ? body.reason : null, seq, at }
  }

  #start(options: Starting): PositionActor {
    const inspect = (event: InspectionEvent): void => {
      if (event.type === '@xstate.microstep') this.#taken.push(...event._transitions.flatMap(arrowOf))
    }
    const actor = createActor(positionMachine, { ...options, inspect })
    actor.subscribe({ error: () => {} })
    actor.start()
    return actor
  }

  #inputOf({ seq, at, body }: InspectedFact, outputs: readonly InspectedOutput[]): PositionInput | null {
    const { id, settings } = this.#run
    const common = { id: id as PositionId, journalId: this.#run.journalId as JournalId, settings, at }
    if (body.type === 'signal.received') {
      const answer = outputs.flatMap((output) => (output.body.type === 'signal.answered' && 'position_id' in output.body.answer ? [output.body.answer] : []))[0]
      // Its answer says that it was approved.
      return answer?.position_id === id ? { ...common, orderId: answer.order_id as OrderId, signal: body.signal as ApprovedSignal, strayFill: null } : null
    }
    if ((body.type !== 'stray.filled' && body.type !== 'position.adopted') || !outputs.some((output) => 'positionId' in output.body && output.body.positionId === id)) return null
    const orderId = id as unknown as OrderId
    return body.type === 'stray.filled'
      ? { ...common, orderId, signal: straySignal(body), strayFill: { ...body, seq } as StrayFill }
      : { ...common, orderId, signal: adoptedSignal(body), strayFill: null, adopted: true }
  }

  #eventOf({ seq, at, body }: InspectedFact, { context }: PositionSnapshot): PositionEvent | null {
    const { id } = this.#run
    if (body.type === 'run.started') return !context.retired && needsResume(context, at) ? { type: 'run.resumed', seq, at } : null
    if (body.type === 'position.overdue') return null
    if (body.type === 'fact.failed') return body.positionId === id ? { type: 'position.failed', seq, at, error: body.error } : null
    return 'positionId' in body && body.positionId === id && !this.#skipped.has(seq) ? { ...body, seq, at } : null
  }

  #push({ seq, at, body }: InspectedFact, outputs: readonly InspectedOutput[], before: PositionSnapshot | null, said: PositionContext['outputs']): void {
    const { context, value } = (this.#actor as PositionActor).getSnapshot()
    const { outputs: _said, ...now } = context
    const { outputs: _, ...was } = before?.context ?? { outputs: [] }
    this.steps.push({
      seq, at, fact: body, outputs, from: before?.value ?? null, to: value, taken: [...this.#taken],
      changes: before ? differences(was, now) : [], context, waits: waitsOf(context), divergence: divergence(outputs, said),
    })
  }
}

/** What the core adds around the machine. */
const ADDED = new Set(['position.moved', 'position.overdue-noticed', 'signal.answered', 'risk.blocked', 'trading.changed'])

function divergence(recorded: readonly InspectedOutput[], said: PositionContext['outputs']): string | null {
  const own = recorded.filter(({ body }) => !ADDED.has(body.type)).map(({ kind, body }) => ({ kind, body }))
  const index = own.findIndex((output, number) => !isSameJson(output, said[number] ?? null))
  if (index >= 0) return `recorded ${own[index]?.body.type}, now ${said[index]?.body.type ?? 'nothing'}`
  return said.length > own.length ? `now also ${said[own.length]?.body.type}` : null
}

type Definition = { readonly source: { readonly key: string }; readonly target?: readonly { readonly key: string }[] | undefined; readonly guard?: unknown; readonly eventType: string }

/** The arrow of a transition that leads to another state. */
function arrowOf({ source, target, guard, eventType }: Definition): readonly TakenArrow[] {
  const to = target?.[0]?.key
  return to === undefined || to === source.key ? [] : [{ from: source.key, to, why: typeof guard === 'string' ? guard : eventType }]
}

/** Facts with what they caused for one position. */
function* groups(records: Iterable<InspectedRecord>, id: number): Generator<{ readonly fact: InspectedFact; readonly outputs: readonly InspectedOutput[] }> {
  let fact: InspectedFact | null = null
  let outputs: InspectedOutput[] = []
  for (const record of records) {
    if (record.kind === 'command' || record.kind === 'notice') {
      if (record.cause === fact?.seq && concerns(record, id)) outputs.push(record)
      continue
    }
    if (fact) yield { fact, outputs }
    fact = record.kind === 'fact' ? record : null
    outputs = []
  }
  if (fact) yield { fact, outputs }
}

const concerns = ({ body }: InspectedOutput, id: number): boolean => isHalt(body) || ('positionId' in body ? body.positionId === id : body.type === 'signal.answered' && 'position_id' in body.answer && body.answer.position_id === id)

const isHalt = (body: InspectedOutput['body']): boolean => body.type === 'trading.changed' && body.to === 'halted'
