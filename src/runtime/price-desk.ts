/**
 * The Books of all symbols and what positions wait for in them. Derived from the positions' contexts; rebuilt by the
 * same `sync` after a restart. Quotes come in by one plain call each; only crossings reach anybody.
 */
import type { PriceExtremes } from '../domain/facts.ts'
import type { ClientOrderId, PositionId } from '../domain/ids.ts'
import type { PriceQuote } from '../domain/quote.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { PaperTrigger } from '../brokers/paper-prices.ts'
import { createBook } from '../prices/book.ts'
import type { Crossing, PriceBook } from '../prices/watch.ts'
import { entryPrice, type PositionContext } from '../../machines/position.context.ts'
import { wantedLevels, type WantedLevel, type WatchLanes } from '../../machines/position.watches.ts'
import { Deadlines } from './deadlines.ts'

export type PriceDeskPorts = {
  readonly lanes: WatchLanes
  /** The feed's name of a symbol; undefined: the feed does not know it. */
  readonly resolve: (symbol: string) => string | undefined
  /** First and last position on a feed symbol. */
  readonly onWatched: (feedSymbol: string, referencePrice: Decimal) => void
  readonly onUnwatched: (feedSymbol: string) => void
  readonly onOrderReached: (positionId: PositionId, clientOrderId: ClientOrderId, trigger: PaperTrigger) => void
  readonly onPolicyCrossed: (positionId: PositionId, key: string, crossing: Crossing, extremes: PriceExtremes) => void
}

type Desk = { readonly book: PriceBook; quotes: number; positions: number }
type Held = {
  readonly desk: Desk
  readonly feedSymbol: string
  entryPrice: Decimal
  /** The book's quote count when the position was filled: its first quote since starts its path. */
  since: number
  /** Levels in the Book by key. */
  levels: ReadonlyMap<string, WantedLevel>
  armed: boolean
  followed: boolean
}

const NO_LEVELS: ReadonlyMap<string, WantedLevel> = new Map()

export class PriceDesk {
  readonly #ports: PriceDeskPorts
  readonly #desks = new Map<string, Desk>()
  readonly #held = new Map<PositionId, Held>()
  /** When positions reach the minimum age at which exits are decided. */
  readonly arming = new Deadlines()
  #evaluating = false

  constructor(ports: PriceDeskPorts) {
    this.#ports = ports
  }

  /** Every quote of the feed, in order. */
  quote(quote: PriceQuote): void {
    const desk = this.#desks.get(quote.symbol) ?? this.#open(quote.symbol)
    desk.quotes += 1
    desk.book.quote(quote)
  }

  /** The last quote of a signal's symbol. */
  lastQuote(symbol: string): PriceQuote | null {
    const feedSymbol = this.#ports.resolve(symbol)
    return feedSymbol === undefined ? null : (this.#desks.get(feedSymbol)?.book.lastQuote ?? null)
  }

  /** High and low since the fill. */
  extremes(positionId: PositionId): PriceExtremes | undefined {
    return this.#held.get(positionId)?.desk.book.extremes(positionId)
  }

  /** Takes over what a position waits for now. */
  sync(context: PositionContext, now: number): void {
    if (context.retired || context.closedAt !== null) return this.#drop(context.id)
    const held = this.#held.get(context.id) ?? this.#hold(context)
    if (!held) return
    if (context.firstFillAt !== null && !held.followed) this.#follow(context, held, now)
    this.#setLevels(context, held)
  }

  /** The minimum age of a position has come: the last price decides. */
  arm(positionId: PositionId, context: PositionContext): void {
    const held = this.#held.get(positionId)
    if (!held || held.armed) return
    held.armed = true
    this.#setLevels(context, held)
    // A price from before the fill decides nothing.
    if (held.desk.quotes === held.since) return
    this.#evaluating = true
    held.desk.book.evaluate(positionId)
    this.#evaluating = false
  }

  size(): { readonly symbols: number; readonly positions: number } {
    return { symbols: this.#desks.size, positions: this.#held.size }
  }

  #open(feedSymbol: string): Desk {
    const desk: Desk = { book: createBook(feedSymbol, (crossing) => this.#crossed(crossing)), quotes: 0, positions: 0 }
    this.#desks.set(feedSymbol, desk)
    return desk
  }

  #hold(context: PositionContext): Held | undefined {
    const feedSymbol = this.#ports.resolve(context.signal.symbol)
    if (feedSymbol === undefined) return undefined
    const desk = this.#desks.get(feedSymbol) ?? this.#open(feedSymbol)
    desk.positions += 1
    this.#ports.onWatched(feedSymbol, context.signal.price)
    const held: Held = { desk, feedSymbol, entryPrice: context.signal.price, since: desk.quotes, levels: NO_LEVELS, armed: true, followed: false }
    this.#held.set(context.id, held)
    return held
  }

  #follow(context: PositionContext, held: Held, now: number): void {
    const entry = entryPrice(context)
    const armAt = (context.firstFillAt ?? now) + context.timing.exitMinAgeMs
    held.entryPrice = entry
    held.since = held.desk.quotes
    held.followed = true
    held.armed = armAt <= now
    if (!held.armed) this.arming.sync(context.id, { arm: armAt })
    held.desk.book.follow(context.id, this.#ports.lanes.policyLane, context.extremes ?? { high: entry, low: entry })
  }

  #setLevels(context: PositionContext, held: Held): void {
    if (!held.armed) return
    const wanted = wantedLevels(context, this.#ports.lanes)
    if (wanted.length === 0 && held.levels.size === 0) return
    for (const [key] of held.levels) if (!wanted.some((level) => level.key === key)) held.desk.book.remove(context.id, key)
    for (const level of wanted) {
      const known = held.levels.get(level.key)
      if (known?.level !== level.level || known.when !== level.when) held.desk.book.set(context.id, { kind: 'level', ...level })
    }
    held.levels = new Map(wanted.map((level) => [level.key, level]))
  }

  #drop(positionId: PositionId): void {
    const held = this.#held.get(positionId)
    if (!held) return
    for (const key of held.levels.keys()) held.desk.book.remove(positionId, key)
    if (held.followed) held.desk.book.unfollow(positionId)
    this.arming.sync(positionId, {})
    this.#held.delete(positionId)
    held.desk.positions -= 1
    if (held.desk.positions === 0) this.#ports.onUnwatched(held.feedSymbol)
  }

  #crossed(crossing: Crossing): void {
    const held = this.#held.get(crossing.positionId)
    const level = held?.levels.get(crossing.watch.key)
    if (!held || !level) return
    // The Book has dropped the watch; forget it here too, so that a position that still wants it sets it again.
    held.levels = new Map([...held.levels].filter(([key]) => key !== level.key))
    if (level.order) return this.#ports.onOrderReached(crossing.positionId, level.key as ClientOrderId, this.#trigger(held, crossing))
    const extremes = held.desk.book.extremes(crossing.positionId)
    if (extremes) this.#ports.onPolicyCrossed(crossing.positionId, level.key.slice('policy:'.length), crossing, extremes)
  }

  #trigger(held: Held, crossing: Crossing): PaperTrigger {
    const continuous = crossing.quote.path === 'continuous' && !this.#evaluating
    const first = held.desk.quotes === held.since + 1
    return { quote: crossing.quote, price: crossing.price, pathStart: continuous ? (first ? held.entryPrice : crossing.previousPrice) : null }
  }
}

