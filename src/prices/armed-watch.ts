/** Watches as the Book holds them: which position they belong to and where in its heaps they stand. */
import { toNumber, type Decimal } from '../domain/decimal.ts'
import type { PriceExtremes } from '../domain/facts.ts'
import type { PositionId } from '../domain/ids.ts'
import type { Lane } from './lane.ts'
import type { Cohort } from './peak-cohorts.ts'
import type { LevelWatch, PriceWatch, TrailWatch, WatchClass } from './watch.ts'

/** What the Book knows of one position. */
export class WatchedPosition {
  readonly id: PositionId
  first: ArmedWatch | null = null
  /** Lane and cohorts of its high and low; all null = not followed. */
  lane: Lane | null = null
  high: Cohort | null = null
  low: Cohort | null = null

  constructor(id: PositionId) {
    this.id = id
  }
}

export class ArmedLevel {
  readonly watch: LevelWatch
  readonly position: WatchedPosition
  /** The next watch of the same position. */
  next: ArmedWatch | null = null
  /** Index in its heap; -1 = not armed. */
  heapIndex = -1

  constructor(position: WatchedPosition, watch: LevelWatch) {
    this.position = position
    this.watch = watch
  }

  get armed(): boolean {
    return this.heapIndex >= 0
  }
}

/** A trail is also a node of its cohort's pairing heap (trail-heap.ts). */
export class ArmedTrail {
  readonly watch: TrailWatch
  readonly position: WatchedPosition
  next: ArmedWatch | null = null
  /** The cohort that holds its best price, possibly melded into another since; null = not armed. */
  cohort: Cohort | null = null
  /** `distancePct` as a double. */
  readonly distance: number
  child: ArmedTrail | null = null
  sibling: ArmedTrail | null = null
  /** The sibling before, or the parent of a first child. */
  before: ArmedTrail | null = null

  constructor(position: WatchedPosition, watch: TrailWatch) {
    this.position = position
    this.watch = watch
    this.distance = toNumber(watch.distancePct)
  }

  get armed(): boolean {
    return this.cohort !== null
  }
}

export type ArmedWatch = ArmedLevel | ArmedTrail

/** A watch that a price has crossed, with what decided. `extremes`: of its position, before the price that crossed. */
export type Firing = { readonly armed: ArmedWatch; readonly price: Decimal; readonly level: Decimal; extremes?: PriceExtremes }

const CLASS_ORDER: Record<WatchClass, number> = { stop: 0, target: 1, policy: 2 }

/** Order in which firings of one quote are reported: position id, class, key. */
export function firingOrder(a: Firing, b: Firing): number {
  const byPosition = a.armed.position.id - b.armed.position.id
  if (byPosition !== 0) return byPosition
  const byClass = CLASS_ORDER[a.armed.watch.class] - CLASS_ORDER[b.armed.watch.class]
  if (byClass !== 0) return byClass
  return a.armed.watch.key < b.armed.watch.key ? -1 : 1
}

/** Whether two watches with the same key ask for the same thing. */
export function sameWatch(a: PriceWatch, b: PriceWatch): boolean {
  if (a === b) return true
  if (a.class !== b.class || a.lane !== b.lane) return false
  if (a.kind === 'level') return b.kind === 'level' && a.when === b.when && a.level === b.level
  return b.kind === 'trail' && a.direction === b.direction && a.distancePct === b.distancePct && a.peak === b.peak
}
