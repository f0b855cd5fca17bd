/**
 * The Books of all symbols and what positions wait for in them. Derived from the positions' contexts; rebuilt by the
 * same `sync` after a restart. Quotes come in by one plain call each; only crossings reach anybody.
 */
import type { PriceExtremes } from '../domain/facts.ts'
import type { ClientOrderId, PositionId } from '../domain/ids.ts'
import { selectPrice, type PriceQuote } from '../domain/quote.ts'
import { atLeast, atMost, type Decimal } from '../domain/decimal.ts'
import type { PaperTrigger } from '../brokers/paper-prices.ts'
import { createBook } from '../prices/book.ts'
import type { Crossing, PriceBook } from '../prices/watch.ts'
import { entryPrice, type PositionContext } from '../../machines/position.context.ts'
import { policyKey, wantedWatches, type WantedLevel, type WantedWatch, type WatchLanes } from '../../machines/position.watches.ts'
import { exitPolicy } from '../exits/registry.ts'
import { widen } from '../../machines/position.reports.ts'
import { Deadlines } from './deadlines.ts'
import { SymbolPeaks, type PeakJournal } from './peak-journal.ts'

export type PriceDeskPorts = {
  readonly lanes: WatchLanes
  /** The feed's name of a symbol; undefined: the feed does not know it. */
  readonly resolve: (symbol: string) => string | undefined
  /** First and last position on a feed symbol. */
  readonly onWatched: (feedSymbol: string, referencePrice: Decimal) => void
  readonly onUnwatched: (feedSymbol: string) => void
  /** Whether the symbol's last quote may still decide something. */
  readonly isCurrent: (feedSymbol: string) => boolean
  /** Peaks journaled for a feed symbol after a fact; null: none. */
  readonly peaksSince: (feedSymbol: string, seq: number) => PriceExtremes | null
  /** A trailing stop was reached. */
  readonly onStopTrailed: (positionId: PositionId, trigger: PaperTrigger) => void
  readonly onOrderReached: (positionId: PositionId, clientOrderId: ClientOrderId, trigger: PaperTrigger) => void
  readonly onPolicyCrossed: (positionId: PositionId, key: string, price: Decimal, quote: PriceQuote, extremes: PriceExtremes) => void
}

type Desk = { readonly book: PriceBook; readonly peaks: SymbolPeaks; quotes: number; positions: number }
type Held = {
  readonly desk: Desk
  readonly feedSymbol: string
  /** Where its path begins: at its entry price; null: unknown, its first price is a jump. */
  pathStart: Decimal | null
  /** The book's quote count when the position was filled: its first quote since starts its path. */
  since: number
  /** Levels in the Book by key. */
  watches: ReadonlyMap<string, WantedWatch>
  armed: boolean
  followed: boolean
  followsBest: boolean
}

const NO_WATCHES: ReadonlyMap<string, WantedWatch> = new Map()

export class PriceDesk {
  readonly #ports: PriceDeskPorts
  readonly #desks = new Map<string, Desk>()
  readonly #held = new Map<PositionId, Held>()
  /** When positions reach the minimum age at which exits are decided. */
  readonly arming = new Deadlines()
  /** Best prices that are journaled. */
  readonly peaks: PeakJournal
  #evaluating = false

  constructor(ports: PriceDeskPorts, peaks: PeakJournal) {
    this.#ports = ports
    this.peaks = peaks
  }

  /** Every quote of the feed, in order. */
  quote(quote: PriceQuote): void {
    const desk = this.#desks.get(quote.symbol) ?? this.#open(quote.symbol)
    desk.quotes += 1
    // Seen first: whoever is filled by this quote was not there to see it.
    const moved = desk.peaks.followers > 0 && desk.peaks.see(quote)
    desk.book.quote(quote)
    if (moved) this.peaks.moved(desk.peaks)
  }

  /** A position is about to be filled for the first time: peaks from before are journaled before its fill. */
  beforeFill(positionId: PositionId): void {
    const held = this.#held.get(positionId)
    if (held && !held.followed) this.peaks.flush(held.desk.peaks)
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

  /** Takes over what a position waits for now. `restored`: it was filled in an earlier run. */
  sync(context: PositionContext, now: number, restored = false): void {
    if (context.retired || context.closedAt !== null) return this.#drop(context.id)
    const held = this.#held.get(context.id) ?? this.#hold(context)
    if (!held) return
    if (context.firstFillAt !== null && !held.followed) this.#follow(context, held, now, restored)
    this.#setWatches(context, held, restored)
  }

  /** The minimum age of a position has come: the last price decides. */
  arm(positionId: PositionId, context: PositionContext): void {
    const held = this.#held.get(positionId)
    if (!held || held.armed) return
    held.armed = true
    // A price from before the fill decides nothing, nor does one that is too old.
    const seen = held.desk.quotes !== held.since && this.#ports.isCurrent(held.feedSymbol)
    this.#setWatches(context, held, !seen)
    if (!seen) return
    this.#evaluating = true
    held.desk.book.evaluate(positionId)
    this.#evaluating = false
    this.#passedWhileYoung(positionId, held)
  }

  /** The best price counts from the fill: policy levels that it reached before the minimum age are reached now. */
  #passedWhileYoung(positionId: PositionId, held: Held): void {
    const extremes = held.desk.book.extremes(positionId)
    const quote = held.desk.book.lastQuote
    const price = quote ? selectPrice(quote, this.#ports.lanes.policyLane) : null
    if (!extremes || !quote || !price?.ok) return
    for (const watch of [...held.watches.values()]) {
      if (watch.kind !== 'level' || watch.of !== 'policy' || !isSame(held.watches.get(watch.key), watch)) continue
      if (isPassed(watch, extremes)) this.#policyCrossed(held, positionId, watch.key, price.price, quote)
    }
  }

  size(): { readonly symbols: number; readonly positions: number } {
    return { symbols: this.#desks.size, positions: this.#held.size }
  }

  #open(feedSymbol: string): Desk {
    const desk: Desk = { book: createBook(feedSymbol, (crossing) => this.#crossed(crossing)), peaks: new SymbolPeaks(feedSymbol, this.#ports.lanes.policyLane), quotes: 0, positions: 0 }
    this.#desks.set(feedSymbol, desk)
    return desk
  }

  #hold(context: PositionContext): Held | undefined {
    const feedSymbol = this.#ports.resolve(context.signal.symbol)
    if (feedSymbol === undefined) return undefined
    const desk = this.#desks.get(feedSymbol) ?? this.#open(feedSymbol)
    desk.positions += 1
    this.#ports.onWatched(feedSymbol, context.signal.price)
    const held: Held = { desk, feedSymbol, pathStart: context.signal.price, since: desk.quotes, watches: NO_WATCHES, armed: true, followed: false, followsBest: false }
    this.#held.set(context.id, held)
    return held
  }

  #follow(context: PositionContext, held: Held, now: number, restored: boolean): void {
    const entry = entryPrice(context)
    const armAt = (context.firstFillAt ?? now) + context.timing.exitMinAgeMs
    held.pathStart = restored ? null : entry
    held.since = held.desk.quotes
    held.followed = true
    held.armed = armAt <= now
    if (!held.armed) this.arming.sync(context.id, { arm: armAt })
    const start = context.extremes ?? { high: entry, low: entry }
    const journaled = context.firstFillSeq === null ? null : this.#ports.peaksSince(held.feedSymbol, context.firstFillSeq)
    held.desk.book.follow(context.id, this.#ports.lanes.policyLane, journaled ? widen(start, journaled) : start)
    held.followsBest = exitPolicy(context.signal.exitStrategy).followsBest
    if (held.followsBest) held.desk.peaks.join()
  }

  /** `overdue`: what the best price has reached without our looking fires at the next price. */
  #setWatches(context: PositionContext, held: Held, overdue = false): void {
    if (!held.armed) return
    const wanted = wantedWatches(context, this.#ports.lanes)
    if (wanted.length === 0 && held.watches.size === 0) return
    for (const key of held.watches.keys()) if (!wanted.some((watch) => watch.key === key)) held.desk.book.remove(context.id, key)
    for (const watch of wanted) if (!isSame(held.watches.get(watch.key), watch)) held.desk.book.set(context.id, this.#asReached(held, context.id, watch, overdue))
    held.watches = new Map(wanted.map((watch) => [watch.key, watch]))
  }

  /** A trail starts from the best price that the Book has seen or was told, which may be beyond what the position knows. */
  #asReached(held: Held, id: PositionId, watch: WantedWatch, overdue: boolean): WantedWatch {
    const extremes = held.desk.book.extremes(id)
    if (!extremes || watch.of !== 'policy') return watch
    if (watch.kind === 'trail') return { ...watch, peak: watch.direction === 'long' ? extremes.high : extremes.low }
    return overdue && held.followsBest && isPassed(watch, extremes) ? { ...watch, when: 'at-or-above', level: this.#ports.lanes.lowestPrice } : watch
  }

  #drop(positionId: PositionId): void {
    const held = this.#held.get(positionId)
    if (!held) return
    for (const key of held.watches.keys()) held.desk.book.remove(positionId, key)
    if (held.followed) held.desk.book.unfollow(positionId)
    if (held.followsBest) held.desk.peaks.leave()
    this.arming.sync(positionId, {})
    this.#held.delete(positionId)
    held.desk.positions -= 1
    if (held.desk.positions === 0) this.#ports.onUnwatched(held.feedSymbol)
  }

  #crossed(crossing: Crossing): void {
    const held = this.#held.get(crossing.positionId)
    const watch = held?.watches.get(crossing.watch.key)
    if (!held || !watch) return
    // The Book has dropped the watch; forget it here too, so that a position that still wants it sets it again.
    held.watches = new Map([...held.watches].filter(([key]) => key !== watch.key))
    if (watch.of === 'order') return this.#ports.onOrderReached(crossing.positionId, watch.key as ClientOrderId, this.#trigger(held, crossing, null))
    if (watch.kind === 'trail') return this.#ports.onStopTrailed(crossing.positionId, this.#trigger(held, crossing, crossing.level))
    this.#policyCrossed(held, crossing.positionId, watch.key, crossing.price, crossing.quote)
  }

  #policyCrossed(held: Held, positionId: PositionId, key: string, price: Decimal, quote: PriceQuote): void {
    const extremes = held.desk.book.extremes(positionId)
    if (extremes) this.#ports.onPolicyCrossed(positionId, policyKey(key), price, quote, extremes)
  }

  #trigger(held: Held, crossing: Crossing, trailedTo: Decimal | null): PaperTrigger {
    const continuous = crossing.quote.path === 'continuous' && !this.#evaluating
    const first = held.desk.quotes === held.since + 1
    return { quote: crossing.quote, price: crossing.price, pathStart: continuous ? (first ? held.pathStart : crossing.previousPrice) : null, trailedTo, extremes: crossing.extremes }
  }
}

const isPassed = (watch: WantedLevel, extremes: PriceExtremes): boolean =>
  watch.when === 'at-or-above' ? atLeast(extremes.high, watch.level) : atMost(extremes.low, watch.level)

/** A watch that stands in the Book already. A trail's peak moves on in the Book itself. */
function isSame(known: WantedWatch | undefined, wanted: WantedWatch): boolean {
  if (known?.kind === 'level' && wanted.kind === 'level') return known.level === wanted.level && known.when === wanted.when
  return known?.kind === 'trail' && wanted.kind === 'trail' && known.distancePct === wanted.distancePct
}
