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

/** How many positions keep a running actor. One that waits for the market needs none, and an actor takes 4 kB. */
const MOST_AWAKE = 1024

type Held = { snapshot: PositionSnapshot; actor: PositionActor | null }

export class Registry {
  readonly #positions = new Map<PositionId, Held>()
  /** Positions with a running actor, the one that has had it longest first. */
  readonly #awake = new Set<Held>()

  get size(): number {
    return this.#positions.size
  }

  ids(): IterableIterator<PositionId> {
    return this.#positions.keys()
  }

  get(id: PositionId): PositionSnapshot | undefined {
    return this.#positions.get(id)?.snapshot
  }

  /** Starts a new position; its first commands are in the snapshot's outputs. */
  open(input: PositionInput): PositionSnapshot {
    assert(!this.#positions.has(input.id), `position ${input.id} is new`)
    const actor = started(createActor(positionMachine, { id: `p${input.id}`, input }))
    const held: Held = { snapshot: actor.getSnapshot(), actor: null }
    this.#positions.set(input.id, held)
    this.#keepAwake(held, actor)
    return held.snapshot
  }

  /** Gives an event to one actor. One that throws is put back to where it was and the error is returned. */
  deliver(id: PositionId, event: PositionEvent): Delivery {
    const held = this.#positions.get(id)
    assert(held, `position ${id} is in the registry`)
    const { snapshot: before } = held
    const actor = held.actor ?? this.#keepAwake(held, started(restored(id, before)))
    actor.send(event)
    const after = actor.getSnapshot()
    if (after.status === 'error') {
      this.#sleep(held)
      return { ok: false, error: (after.error as Error).message }
    }
    held.snapshot = after
    return { ok: true, before: stateOf(before), snapshot: after }
  }

  retire(id: PositionId): void {
    const held = this.#positions.get(id)
    if (!held) return
    this.#sleep(held)
    this.#positions.delete(id)
  }

  dump(): PositionDump[] {
    return [...this.#positions].sort(([a], [b]) => a - b).map(([, { snapshot }]) => {
      // What the last fact made it say was said; it is no part of the state.
      const { outputs: _, ...context } = snapshot.context
      return { state: stateOf(snapshot), context }
    })
  }

  restore(dumps: readonly PositionDump[]): void {
    // Snapshots in one state differ in their contexts only; resolving each would take most of a restart.
    const resolved = new Map<PositionState, PositionSnapshot>()
    for (const { state, context: kept } of dumps) {
      assert(STATES.has(state), `state ${String(state)} of position ${kept.id} is known`)
      const context: PositionContext = { outputs: [], ...kept }
      const like = resolved.get(state) ?? positionMachine.resolveState({ value: state, context })
      resolved.set(state, like)
      this.#positions.set(context.id, { snapshot: { ...like, context }, actor: null })
    }
  }

  #keepAwake(held: Held, actor: PositionActor): PositionActor {
    held.actor = actor
    this.#awake.add(held)
    if (this.#awake.size > MOST_AWAKE) this.#sleep(this.#awake.values().next().value as Held)
    return actor
  }

  /** An actor has no timers and no children: without it nothing but its snapshot is left. */
  #sleep(held: Held): void {
    held.actor = null
    this.#awake.delete(held)
  }
}

function started(actor: PositionActor): PositionActor {
  // Without an observer XState rethrows a failing actor's error to the process; `deliver` reads it from the snapshot.
  actor.subscribe({ error: () => {} })
  actor.start()
  return actor
}

/** An actor that goes on from a snapshot; its input was used up when it was opened. */
const restored = (id: PositionId, snapshot: PositionSnapshot): PositionActor => createActor(positionMachine, { id: `p${id}`, snapshot } as unknown as ActorOptions<PositionMachine> & { input: PositionInput })
