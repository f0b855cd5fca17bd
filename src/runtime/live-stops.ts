/**
 * What LOMS's own prices mean where stops rest at an exchange (SPEC X-0). A price at the stop is the exchange's to act on;
 * LOMS only watches that it does. A best price that moved moves the trailing stop there.
 */
import type { Fact, PriceExtremes } from '../domain/facts.ts'
import type { PositionId } from '../domain/ids.ts'
import { isFlat } from '../../machines/position.context.ts'
import { stopInForce } from '../../machines/position.exits.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import { exitPolicy } from '../exits/registry.ts'
import { Deadlines } from './deadlines.ts'

/** A stop that was reached and has not filled for so long is closed by LOMS. */
const STOP_FILLS_WITHIN_MS = 5000
/** A trailing stop is moved at the exchange at most this often. */
const TRAIL_INTERVAL_MS = 1000

export type LiveStopsPorts = {
  readonly now: () => number
  readonly position: (id: PositionId) => PositionSnapshot | undefined
  readonly positions: () => Iterable<PositionId>
  /** Where its symbol's prices come from. */
  readonly feedSymbol: (symbol: string) => string | undefined
  /** High and low since the fill, as far as journaled. */
  readonly extremes: (id: PositionId) => PriceExtremes | undefined
  readonly accept: (fact: Fact) => void
  readonly onTimers: () => void
}

export class LiveStops {
  readonly #ports: LiveStopsPorts
  /** When a stop that was reached must have filled. */
  readonly #reached = new Deadlines()
  readonly #reachedPositions = new Set<PositionId>()
  readonly #trailedAt = new Map<PositionId, number>()
  /** When a stop may be moved again that should have been moved already. */
  readonly #trails = new Deadlines()

  constructor(ports: LiveStopsPorts) {
    this.#ports = ports
  }

  /** The price is at the position's stop: the exchange should fill it now. */
  reached(id: PositionId): void {
    if (this.#reachedPositions.has(id)) return
    this.#reachedPositions.add(id)
    this.#reached.sync(id, { fill: this.#ports.now() + STOP_FILLS_WITHIN_MS })
    this.#ports.onTimers()
  }

  nextAt(): number {
    return Math.min(this.#reached.peek()?.dueAt ?? Infinity, this.#trails.peek()?.dueAt ?? Infinity)
  }

  /** Moves a stop that had to wait, or closes a position whose stop should have filled; false: none is due. */
  fire(now: number): boolean {
    const late = this.#trails.take(now)
    if (late) this.#trail(late.positionId)
    const due = this.#reached.take(now)
    if (!due) return late !== undefined
    this.#reachedPositions.delete(due.positionId)
    const context = this.#ports.position(due.positionId)?.context
    if (context && !context.closing && !isFlat(context))
      this.#ports.accept({ type: 'exit.requested', positionId: due.positionId, reason: 'sl', qty: null, note: `the stop was reached ${STOP_FILLS_WITHIN_MS / 1000} s ago and has not filled` })
    return true
  }

  /** The position is finished: nothing is watched for it any more. */
  drop(id: PositionId): void {
    this.#reached.sync(id, {})
    this.#trails.sync(id, {})
    this.#reachedPositions.delete(id)
    this.#trailedAt.delete(id)
  }

  /** A best price on the symbol was journaled: stops that trail it are moved. */
  peaked(feedSymbol: string): void {
    for (const id of [...this.#ports.positions()]) {
      const signal = this.#ports.position(id)?.context.signal
      if (signal && exitPolicy(signal.exitStrategy).followsBest && this.#ports.feedSymbol(signal.symbol) === feedSymbol) this.#trail(id)
    }
  }

  /** Moves the stop now, or as soon as it may be moved again: the last best price must not be lost. */
  #trail(id: PositionId): void {
    const context = this.#ports.position(id)?.context
    const extremes = this.#ports.extremes(id)
    if (!context || context.closing || !extremes || stopInForce(context, extremes).price === context.stopPrice) return
    const now = this.#ports.now()
    const mayAt = (this.#trailedAt.get(id) ?? -Infinity) + TRAIL_INTERVAL_MS
    if (now < mayAt) {
      this.#trails.sync(id, { trail: mayAt })
      return this.#ports.onTimers()
    }
    this.#trailedAt.set(id, now)
    this.#ports.accept({ type: 'stop.trailed', positionId: id, extremes })
  }
}
