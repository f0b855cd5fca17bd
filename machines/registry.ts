/**
 * The position actors: standalone XState actors by position id. Standalone, because spawning into a root copies the
 * whole children map at each spawn and stop, and one thrown error takes all siblings down (machines/README.md, M-001).
 */
import { createActor, type ActorOptions } from 'xstate'
import { assert } from '../src/domain/assert.ts'
import type { PositionId } from '../src/domain/ids.ts'
import type { PositionState } from '../src/domain/wire.ts'
import type { PositionContext } from './position.context.ts'
import { positionMachine, type PositionActor, type PositionMachine, type PositionSnapshot } from './position.machine.ts'
import type { PositionEvent } from './position.reports.ts'
import type { PositionInput } from './position.steps.ts'

export type Delivery = { readonly ok: true; readonly before: PositionState; readonly snapshot: PositionSnapshot } | { readonly ok: false; readonly error: string }

/** A position as the checkpoint keeps it. */
export type PositionDump = { readonly state: PositionState; readonly context: Omit<PositionContext, 'outputs'> }

const STATES = new Set<string>(Object.keys(positionMachine.states))

export const stateOf = (snapshot: PositionSnapshot): PositionState => snapshot.value

export class Registry {
  readonly #actors = new Map<PositionId, PositionActor>()

  get size(): number {
    return this.#actors.size
  }

  ids(): IterableIterator<PositionId> {
    return this.#actors.keys()
  }

  get(id: PositionId): PositionSnapshot | undefined {
    return this.#actors.get(id)?.getSnapshot()
  }

  /** Starts a new position; its first commands are in the snapshot's outputs. */
  open(input: PositionInput): PositionSnapshot {
    assert(!this.#actors.has(input.id), `position ${input.id} is new`)
    const actor = this.#start(createActor(positionMachine, { id: `p${input.id}`, input }))
    this.#actors.set(input.id, actor)
    return actor.getSnapshot()
  }

  /** Gives an event to one actor. One that throws is put back to where it was and the error is returned. */
  deliver(id: PositionId, event: PositionEvent): Delivery {
    const actor = this.#actors.get(id)
    assert(actor, `position ${id} is in the registry`)
    const before = actor.getSnapshot()
    actor.send(event)
    const after = actor.getSnapshot()
    if (after.status !== 'error') return { ok: true, before: stateOf(before), snapshot: after }
    this.#actors.set(id, this.#start(restored(id, before)))
    return { ok: false, error: after.error instanceof Error ? after.error.message : String(after.error) }
  }

  retire(id: PositionId): void {
    this.#actors.get(id)?.stop()
    this.#actors.delete(id)
  }

  dump(): PositionDump[] {
    return [...this.#actors.keys()].sort((a, b) => a - b).map((id) => {
      const snapshot = this.#actors.get(id)?.getSnapshot()
      assert(snapshot, `position ${id} has a snapshot`)
      // What the last fact made it say was said; it is no part of the state.
      const { outputs: _, ...context } = snapshot.context
      return { state: stateOf(snapshot), context }
    })
  }

  restore(dumps: readonly PositionDump[]): void {
    for (const { state, context } of dumps) {
      assert(STATES.has(state), `state ${String(state)} of position ${context.id} is known`)
      const snapshot = positionMachine.resolveState({ value: state, context: { ...context, outputs: [] } })
      this.#actors.set(context.id, this.#start(restored(context.id, snapshot)))
    }
  }

  #start(actor: PositionActor): PositionActor {
    // Without an observer XState rethrows a failing actor's error to the process; `deliver` reads it from the snapshot.
    actor.subscribe({ error: () => {} })
    actor.start()
    return actor
  }
}

/** An actor that goes on from a snapshot; its input was used up when it was opened. */
const restored = (id: PositionId, snapshot: PositionSnapshot): PositionActor => createActor(positionMachine, { id: `p${id}`, snapshot } as unknown as ActorOptions<PositionMachine> & { input: PositionInput })
