import { add, addPct, atLeast, atMost, compare, decimal, divide, negate, toNumber, type Decimal } from '../domain/decimal.ts'
import type { PriceLane } from '../domain/quote.ts'
import type { ArmedTrail, Firing } from './armed-watch.ts'
import { IndexedHeap } from './indexed-heap.ts'
import type { LanePrice } from './lane-price.ts'
import { meldTrails, removeTrail, trailsReached } from './trail-heap.ts'

/** Relative error that doubles may have against decimals; whatever is nearer than this is decided in decimals. */
export const SLACK = 1e-12

/** 1: best = highest price (long). -1: best = lowest price (short). */
export type Sign = 1 | -1

type MidParts = { bid: number; ask: number }

/** Members that share one best price. A cohort overtaken together with another melds into it (`into`, union-find). */
export type Cohort = {
  into: Cohort | null
  members: number
  /** How the exact best price is known: as a decimal, as the parts of a mid, or (null) as the double in the heap. */
  exact: Decimal | MidParts | null
  /** Root of the pairing heap of the trails among the members. */
  trails: ArmedTrail | null
  peakIndex: number
  stopIndex: number
}

/**
 * Best prices of one lane in one direction, for any number of members. A price touches only the cohorts whose best it
 * reaches; those become one, so each member is melded at most once per level of the union. Keys are prices times the
 * sign: the best price grows, a trail fires when the price falls.
 */
export class PeakCohorts {
  private readonly sign: Sign
  private readonly lane: PriceLane
  private readonly peaks = new IndexedHeap<Cohort>(setPeakIndex)
  private readonly stops = new IndexedHeap<Cohort>(setStopIndex)

  constructor(sign: Sign, lane: PriceLane) {
    this.sign = sign
    this.lane = lane
  }

  /** Smallest signed price that may touch a best price; Infinity if nothing is followed. A market that stands at its best price touches nothing. */
  get raisesFrom(): number {
    const { top, topKey, secondKey } = this.peaks
    // A best price that is its double is bettered by greater doubles only; a mid's double is not exact.
    const isDouble = this.lane !== 'mid' && top?.exact === null && slightlyBelow(secondKey) > topKey
    return isDouble ? justAbove(topKey) : slightlyBelow(topKey)
  }

  /** Smallest negated signed price that may fire a trail; Infinity if there is none. */
  get firesFrom(): number {
    return this.stops.topKey
  }

  /** Adds a member whose best price is `start` and returns its cohort, to be handed to `leave` and `peakOf`. */
  join(start: Decimal): Cohort {
    const double = toNumber(start)
    const key = this.sign * double
    const lowest = this.peaks.top
    if (lowest !== undefined && this.peaks.topKey === key && this.peakOf(lowest) === start) {
      lowest.members++
      return lowest
    }
    const exact = String(double) === start ? null : start
    const cohort: Cohort = { into: null, members: 1, exact, trails: null, peakIndex: -1, stopIndex: -1 }
    this.peaks.add(cohort, key)
    return cohort
  }

  leave(member: Cohort): void {
    const cohort = rootOf(member)
    cohort.members--
    if (cohort.members === 0) this.peaks.removeAt(cohort.peakIndex)
  }

  addTrail(trail: ArmedTrail, start: Decimal): void {
    const cohort = this.join(start)
    trail.cohort = cohort
    cohort.trails = meldTrails(cohort.trails, trail)
    if (cohort.trails === trail) this.placeStop(cohort)
  }

  removeTrail(trail: ArmedTrail): void {
    const member = trail.cohort as Cohort
    const cohort = rootOf(member)
    const root = cohort.trails as ArmedTrail
    cohort.trails = removeTrail(root, trail)
    trail.cohort = null
    if (root === trail) this.placeStop(cohort)
    this.leave(cohort)
  }

  /** The exact best price of a member. */
  peakOf(member: Cohort): Decimal {
    const cohort = rootOf(member)
    const { exact } = cohort
    if (exact === null) return decimal(this.sign * this.peaks.keyAt(cohort.peakIndex))
    return typeof exact === 'string' ? exact : divide(add(decimal(exact.bid), decimal(exact.ask)), decimal(2))
  }

  /** The stop of a trail as it stands. */
  stopOf(trail: ArmedTrail): Decimal {
    return this.stopAt(this.peakOf(trail.cohort as Cohort), trail)
  }

  /** Whether a price has reached a trail's stop, exactly. */
  isReached(stop: Decimal, price: Decimal): boolean {
    return this.sign === 1 ? atMost(price, stop) : atLeast(price, stop)
  }

  /** Adds every trail that the price has reached, compared with the best prices as they stand. */
  collect(price: LanePrice, firings: Firing[]): void {
    const fall = -this.sign * price.value
    for (const cohort of this.stops.upTo(fall)) {
      const key = this.peaks.keyAt(cohort.peakIndex)
      const peak = this.peakOf(cohort)
      const levels = new Map<Decimal, Decimal>()
      const reached = (trail: ArmedTrail): boolean => {
        if (this.nominatesFrom(key, trail) > fall) return false
        const stop = levels.get(trail.watch.distancePct) ?? this.stopAt(peak, trail)
        levels.set(trail.watch.distancePct, stop)
        return this.isReached(stop, price.exact)
      }
      for (const armed of trailsReached(cohort.trails, reached)) {
        firings.push({ armed, price: price.exact, level: levels.get(armed.watch.distancePct) as Decimal })
      }
    }
  }

  /** Takes a price into every best price that it betters. */
  raise(price: LanePrice): void {
    const key = this.sign * price.value
    const lowest = this.peaks.top
    if (lowest === undefined || slightlyBelow(this.peaks.topKey) > key) return
    if (slightlyBelow(this.peaks.secondKey) > key) {
      if (this.comparePeak(price, lowest) > 0) this.lift(lowest, key, price)
      return
    }
    let leader: Cohort | null = null
    for (const cohort of this.peaks.upTo(key + 2 * SLACK * Math.abs(key))) {
      // Equal best prices meld too: the next quote at this price then meets one cohort.
      if (this.comparePeak(price, cohort) >= 0) leader = leader === null ? cohort : this.meld(leader, cohort)
    }
    if (leader !== null) this.lift(leader, key, price)
  }

  /** Takes a price into one member's best price only; returns the cohort it is in then. */
  raiseMember(member: Cohort, price: LanePrice): Cohort {
    if (this.comparePeak(price, rootOf(member)) <= 0) return member
    this.leave(member)
    return this.join(price.exact)
  }

  /** Takes a price into one trail's best price only. */
  raiseTrail(trail: ArmedTrail, price: LanePrice): void {
    if (this.comparePeak(price, rootOf(trail.cohort as Cohort)) <= 0) return
    this.removeTrail(trail)
    this.addTrail(trail, price.exact)
  }

  /** Positive if the price is better than the cohort's best, zero if equal; exact. */
  private comparePeak(price: LanePrice, cohort: Cohort): number {
    const key = this.sign * price.value
    const peak = this.peaks.keyAt(cohort.peakIndex)
    const { exact } = cohort
    if (price.lane !== 'mid') {
      // Both decimals round to their doubles, and rounding keeps order.
      if (key !== peak || exact === null) return key - peak
    } else {
      if (Math.abs(key - peak) > SLACK * Math.abs(peak)) return key - peak
      if (exact !== null && typeof exact === 'object' && exact.bid === price.bid && exact.ask === price.ask) return 0
    }
    return this.sign * compare(price.exact, this.peakOf(cohort))
  }

  private lift(cohort: Cohort, key: number, price: LanePrice): void {
    this.peaks.rekeyAt(cohort.peakIndex, key)
    if (price.lane !== 'mid') cohort.exact = null
    else if (cohort.exact === null || typeof cohort.exact === 'string') cohort.exact = { bid: price.bid, ask: price.ask }
    else {
      cohort.exact.bid = price.bid
      cohort.exact.ask = price.ask
    }
    if (cohort.trails !== null) this.placeStop(cohort)
  }

  private meld(a: Cohort, b: Cohort): Cohort {
    const [leader, follower] = a.members >= b.members ? [a, b] : [b, a]
    this.peaks.removeAt(follower.peakIndex)
    if (follower.stopIndex >= 0) this.stops.removeAt(follower.stopIndex)
    leader.members += follower.members
    leader.trails = meldTrails(leader.trails, follower.trails)
    follower.trails = null
    follower.exact = null
    follower.into = leader
    return leader
  }

  /** Keeps the cohort's nearest stop in the heap of stops. */
  private placeStop(cohort: Cohort): void {
    const { trails, stopIndex } = cohort
    if (trails === null) {
      if (stopIndex >= 0) this.stops.removeAt(stopIndex)
      return
    }
    const from = this.nominatesFrom(this.peaks.keyAt(cohort.peakIndex), trails)
    if (stopIndex >= 0) this.stops.rekeyAt(stopIndex, from)
    else this.stops.add(cohort, from)
  }

  /** Smallest negated signed price that may have reached a trail's stop. The slack is relative to the best price, too: 1-d/100 cancels. */
  private nominatesFrom(peakKey: number, trail: ArmedTrail): number {
    const stop = peakKey * (1 - (this.sign * trail.distance) / 100)
    return -stop - SLACK * Math.max(Math.abs(peakKey), Math.abs(stop))
  }

  private stopAt(peak: Decimal, trail: ArmedTrail): Decimal {
    const { distancePct } = trail.watch
    return addPct(peak, this.sign === 1 ? negate(distancePct) : distancePct)
  }
}

const slightlyBelow = (key: number): number => (key === Infinity ? key : key - SLACK * Math.abs(key))
/** The next greater double; the key itself where it is a power of two. */
const justAbove = (key: number): number => key + Math.abs(key) * 2 ** -53
const setPeakIndex = (cohort: Cohort, index: number): void => void (cohort.peakIndex = index)
const setStopIndex = (cohort: Cohort, index: number): void => void (cohort.stopIndex = index)

/** The cohort that a melded one has become part of; halves the way for the next search. */
function rootOf(cohort: Cohort): Cohort {
  let root = cohort
  while (root.into !== null) {
    if (root.into.into !== null) root.into = root.into.into
    root = root.into
  }
  return root
}
