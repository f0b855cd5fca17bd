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
    return this.#reached.peek()?.dueAt ?? Infinity
  }

  /** Closes a position whose stop should have filled; false: none is due. */
  fire(now: number): boolean {
    const due = this.#reached.take(now)
    if (!due) return false
    this.#reachedPositions.delete(due.positionId)
    const context = this.#ports.position(due.positionId)?.context
    if (context && !context.closing && !isFlat(context))
      this.#ports.accept({ type: 'exit.requested', positionId: due.positionId, reason: 'sl', qty: null, note: `the stop was reached ${STOP_FILLS_WITHIN_MS / 1000} s ago and has not filled` })
    return true
  }

  /** The position is finished: nothing is watched for it any more. */
  drop(id: PositionId): void {
    this.#reached.sync(id, {})
    this.#reachedPositions.delete(id)
    this.#trailedAt.delete(id)
  }

  /** A best price on the symbol was journaled: stops that trail it are moved. */
  peaked(feedSymbol: string): void {
    for (const id of [...this.#ports.positions()]) {
      const context = this.#ports.position(id)?.context
      if (!context || context.closing || !exitPolicy(context.signal.exitStrategy).followsBest || this.#ports.feedSymbol(context.signal.symbol) !== feedSymbol) continue
      const extremes = this.#ports.extremes(id)
      if (!extremes || stopInForce(context, extremes).price === context.stopPrice || this.#ports.now() - (this.#trailedAt.get(id) ?? -Infinity) < TRAIL_INTERVAL_MS) continue
      this.#trailedAt.set(id, this.#ports.now())
      this.#ports.accept({ type: 'stop.trailed', positionId: id, extremes })
    }
  }
}
