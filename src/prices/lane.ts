import { atLeast, atMost, toNumber, type Decimal } from '../domain/decimal.ts'
import type { PriceLane, PriceQuote } from '../domain/quote.ts'
import { ArmedLevel, type ArmedTrail, type ArmedWatch, type Firing } from './armed-watch.ts'
import { IndexedHeap } from './indexed-heap.ts'
import { LanePrice } from './lane-price.ts'
import { PeakCohorts, SLACK, type Sign } from './peak-cohorts.ts'
import type { LevelWatch } from './watch.ts'

/** What waits in one direction: levels reached by falling (sign 1) or rising (-1) prices, and the best prices opposite. */
class LaneSide {
  readonly levels = new IndexedHeap<ArmedLevel>(setHeapIndex)
  readonly peaks: PeakCohorts
  private readonly sign: Sign

  constructor(sign: Sign, lane: PriceLane) {
    this.sign = sign
    this.peaks = new PeakCohorts(sign, lane)
  }

  get firesFrom(): number {
    return Math.min(this.levels.topKey, this.peaks.firesFrom)
  }

  addLevel(armed: ArmedLevel): void {
    const key = -this.sign * toNumber(armed.watch.level)
    this.levels.add(armed, key - SLACK * Math.abs(key))
  }

  collect(price: LanePrice, firings: Firing[]): void {
    const fall = -this.sign * price.value
    if (this.firesFrom > fall) return
    for (const armed of this.levels.upTo(fall)) {
      const { level } = armed.watch
      if (isReached(armed.watch, price.exact)) firings.push({ armed, price: price.exact, level })
    }
    this.peaks.collect(price, firings)
  }
}

/** Everything that waits for one lane's price on one symbol. */
export class Lane {
  readonly name: PriceLane
  /** A price at or below this, or at or above `upper`, has work to do; every other price has none. */
  lower = -Infinity
  upper = Infinity
  /** The quote being taken has a usable price for this lane. */
  seen = false
  readonly price: LanePrice
  private readonly falling: LaneSide
  private readonly rising: LaneSide

  constructor(name: PriceLane) {
    this.name = name
    this.price = new LanePrice(name)
    this.falling = new LaneSide(1, name)
    this.rising = new LaneSide(-1, name)
  }

  arm(armed: ArmedWatch): void {
    if (armed instanceof ArmedLevel) this.sideOfLevel(armed.watch).addLevel(armed)
    else this.sideOfTrail(armed).peaks.addTrail(armed, armed.watch.peak)
    this.refresh()
  }

  disarm(armed: ArmedWatch): void {
    if (armed instanceof ArmedLevel) this.sideOfLevel(armed.watch).levels.removeAt(armed.heapIndex)
    else this.sideOfTrail(armed).peaks.removeTrail(armed)
    this.refresh()
  }

  get highs(): PeakCohorts {
    return this.falling.peaks
  }

  get lows(): PeakCohorts {
    return this.rising.peaks
  }

  /** Looks at a quote and adds what fires against the best prices of earlier quotes; false if it has no usable price. */
  collect(quote: PriceQuote, firings: Firing[]): boolean {
    if (!this.price.see(quote)) return false
    this.falling.collect(this.price, firings)
    this.rising.collect(this.price, firings)
    return true
  }

  /** Lets the price looked at better the best prices. */
  raise(): void {
    this.falling.peaks.raise(this.price)
    this.rising.peaks.raise(this.price)
    this.refresh()
  }

  /** What `collect` would add for one watch; the price must have been seen. */
  collectOne(armed: ArmedWatch, firings: Firing[]): void {
    const price = this.price.exact
    if (armed instanceof ArmedLevel) {
      if (isReached(armed.watch, price)) firings.push({ armed, price, level: armed.watch.level })
      return
    }
    const { peaks } = this.sideOfTrail(armed)
    const level = peaks.stopOf(armed)
    if (peaks.isReached(level, price)) firings.push({ armed, price, level })
  }

  raiseTrail(armed: ArmedTrail): void {
    this.sideOfTrail(armed).peaks.raiseTrail(armed, this.price)
    this.refresh()
  }

  /** To be called after every change of highs and lows from outside. */
  refresh(): void {
    this.upper = Math.min(this.rising.firesFrom, this.falling.peaks.raisesFrom)
    this.lower = -Math.min(this.falling.firesFrom, this.rising.peaks.raisesFrom)
  }

  private sideOfLevel(watch: LevelWatch): LaneSide {
    return watch.when === 'at-or-below' ? this.falling : this.rising
  }

  private sideOfTrail(armed: ArmedTrail): LaneSide {
    return armed.watch.direction === 'long' ? this.falling : this.rising
  }
}

const setHeapIndex = (armed: ArmedLevel, index: number): void => void (armed.heapIndex = index)
const isReached = (watch: LevelWatch, price: Decimal): boolean =>
  watch.when === 'at-or-below' ? atMost(price, watch.level) : atLeast(price, watch.level)
