/**
 * Positions that the account does not hold any more while no fill says why (SPEC C-3; reliability.md §5.1, 8b). Proven by
 * several complete looks, told once; then nothing is sent for them, and nothing is invented. A stop that rests speaks
 * against it: lists of positions have been empty by mistake.
 */
import type { PositionId } from '../../domain/ids.ts'
import type { Finding } from '../../domain/reconciliation.ts'
import type { BrokerReport } from '../broker.ts'
import type { LivePosition } from './live-world.ts'
import { Misses } from './misses.ts'
import type { VenuePosition } from './venue-api.ts'

/** Longer than venues are known to hold back a fill in ordinary times, shorter than the bound of the protective procedure. */
const GONE = { looks: 5, overMs: 5000 } as const

/** It is there again: fills are listed after the positions that they open, and somebody else's are looked for first. */
const BACK = { looks: 3, overMs: 1000 } as const

export class Vanished {
  readonly #misses: Misses<PositionId>
  readonly #returns: Misses<PositionId>
  /** Since when somebody else holds something where the position was. */
  readonly #sharedSince = new Map<PositionId, number>()

  /** Symbols of which the last look found another quantity than is booked. */
  #differing: ReadonlySet<string> = new Set()

  constructor(now: () => number) {
    this.#misses = new Misses(now)
    this.#returns = new Misses(now)
  }

  /** Somebody else's fill has opened or enlarged what is held where this position is. */
  share(id: PositionId, at: number): void {
    this.#sharedSince.set(id, Math.min(at, this.#sharedSince.get(id) ?? Infinity))
  }

  /** The next look should come soon. */
  get isUnsure(): boolean {
    return this.#misses.size + this.#returns.size > 0
  }

  /** A fill of this time may have closed what is somebody else's. */
  isShared(id: PositionId, at: number): boolean {
    return at >= (this.#sharedSince.get(id) ?? Infinity)
  }

  /** More or less is held than is booked: a list may have left out a fill long ago. */
  differs(venueSymbol: string): boolean {
    return this.#differing.has(venueSymbol)
  }

  /** What one complete look proves: fills, then orders, then positions. */
  look(positions: readonly LivePosition[], findings: readonly Finding[], held: readonly VenuePosition[], venueSymbol: (symbol: string) => string): readonly BrokerReport[] {
    this.#differing = new Set(findings.filter(({ kind }) => kind === 'quantity' || kind === 'vanished').map(({ symbol }) => symbol))
    const missing = positions.filter((position) => !position.vanished && findings.some(({ kind, positionId }) => kind === 'vanished' && positionId === position.id))
    this.#misses.retain(new Set(missing.map(({ id }) => id)))
    const gone = missing.filter((position) => (!position.covered || position.closing) && isCalm(position) && this.#misses.miss(position.id, GONE))
    const there = positions.filter((position) => position.vanished && !this.#sharedSince.has(position.id) && held.some(({ symbol, direction, qty }) => symbol === venueSymbol(position.symbol) && direction === position.direction && qty === position.openQty))
    this.#returns.retain(new Set(there.map(({ id }) => id)))
    const back = there.filter(({ id }) => this.#returns.miss(id, BACK))
    return [
      ...gone.map(({ id }): BrokerReport => ({ type: 'position.vanished', positionId: id })),
      ...back.map(({ id, openQty }): BrokerReport => ({ type: 'position.reported', positionId: id, qty: openQty })),
    ]
  }
}

/** Nothing is under way that could explain it a moment later. */
const isCalm = ({ orders }: LivePosition): boolean =>
  orders.every(({ role, status, code }) => {
    // Proven never to have been there: only an entry would be sent again.
    if (status === 'created') return code === 'absent' && role !== 'entry'
    return status !== 'unresolved' && ((role !== 'entry' && role !== 'close') || (status !== 'working' && status !== 'partially_filled'))
  })
