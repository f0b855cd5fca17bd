/** What the Book watches for, and what it reports. */
import type { Decimal } from '../domain/decimal.ts'
import type { PositionId } from '../domain/ids.ts'
import type { PriceExtremes } from '../domain/facts.ts'
import type { PriceLane, PriceQuote } from '../domain/quote.ts'
import type { Direction } from '../domain/signal.ts'

/**
 * Order in which the watches of one position fire on one quote: the stop as it stands, then the target, then what a
 * policy waits for. Positions go in order of their id.
 */
export type WatchClass = 'stop' | 'target' | 'policy'

/** Fires once when the lane's price reaches the level (inclusive), then is gone. */
export type LevelWatch = {
  readonly kind: 'level'
  /** Unique within the position. */
  readonly key: string
  readonly class: WatchClass
  readonly lane: PriceLane
  readonly when: 'at-or-above' | 'at-or-below'
  readonly level: Decimal
}

/**
 * Fires once when the lane's price has fallen (long) or risen (short) by `distancePct` percent of its best price since
 * `peak`: long `price ≤ best·(1−d/100)`, short `price ≥ best·(1+d/100)`. The price that makes a new best never fires.
 */
export type TrailWatch = {
  readonly kind: 'trail'
  readonly key: string
  readonly class: WatchClass
  readonly lane: PriceLane
  readonly direction: Direction
  readonly distancePct: Decimal
  readonly peak: Decimal
}

export type PriceWatch = LevelWatch | TrailWatch

/** A watch fired. */
export type Crossing = {
  readonly positionId: PositionId
  readonly watch: PriceWatch
  /** The lane's exact price that decided. */
  readonly price: Decimal
  /** Trail: the stop's exact level, best·(1∓d/100). Level watch: its level. */
  readonly level: Decimal
  /** The lane's price before this quote, for a continuous path; null at the first quote. */
  readonly previousPrice: Decimal | null
  /** High and low of the position as they were before this quote; null if it is not followed. */
  readonly extremes: PriceExtremes | null
  readonly quote: PriceQuote
}

/**
 * Every level anybody waits for on one symbol. A quote that crosses nothing costs the same for 10 and for 100,000
 * watches and allocates nothing. Doubles nominate (relative slack 1e-12), decimals decide.
 */
export interface PriceBook {
  readonly symbol: string
  /** Adds a watch or replaces the one with the same position and key. It is first compared with the next quote. */
  set(positionId: PositionId, watch: PriceWatch): void
  remove(positionId: PositionId, key: string): void
  /** Starts to follow high and low of `lane` for a position from `start` on (for MFE/MAE). */
  follow(positionId: PositionId, lane: PriceLane, start: PriceExtremes): void
  unfollow(positionId: PositionId): void
  /** High and low since `follow`, exact; undefined if not followed. */
  extremes(positionId: PositionId): PriceExtremes | undefined
  /**
   * Takes a quote: first high, low and trails see it in the order of X-4 (stops and targets as they stand before the
   * best price moves), then crossings are reported one by one in order (position id, class, key). The handler may set
   * and remove watches; a watch set during a quote is first compared with the next quote; a watch removed before its
   * turn does not fire.
   */
  quote(quote: PriceQuote): void
  /** Compares one position's watches with the last quote, as at the end of the minimum age. */
  evaluate(positionId: PositionId): void
  readonly lastQuote: PriceQuote | null
  /** Watches and followed positions, for /health and tests. */
  size(): { readonly watches: number; readonly followed: number }
}
