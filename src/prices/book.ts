import type { PriceExtremes } from '../domain/facts.ts'
import type { PositionId } from '../domain/ids.ts'
import { lanePrice, type PriceLane, type PriceQuote } from '../domain/quote.ts'
import { ArmedLevel, ArmedTrail, firingOrder, sameWatch, WatchedPosition, type ArmedWatch, type Firing } from './armed-watch.ts'
import { exactPrice } from './lane-price.ts'
import { Lane } from './lane.ts'
import { SeenQuote } from './seen-quote.ts'
import type { Crossing, PriceBook, PriceWatch } from './watch.ts'

/**
 * The Book of one symbol. `onCrossing` is called for each crossing in order; it may set, remove, follow, unfollow and
 * evaluate, but must not call `quote`. Setting a watch that is already set word for word changes nothing: a trail keeps
 * the best price it has reached. If `onCrossing` throws, the watches whose turn has not come stay armed.
 */
export function createBook(symbol: string, onCrossing: (crossing: Crossing) => void): PriceBook {
  return new Book(symbol, onCrossing)
}

class Book implements PriceBook {
  readonly symbol: string
  private readonly onCrossing: (crossing: Crossing) => void
  private readonly positions = new Map<PositionId, WatchedPosition>()
  /** Lanes that somebody has asked for, at most six. */
  private readonly lanes: Lane[] = []
  private current: SeenQuote
  private before: SeenQuote
  /** Filled by the quote being taken; empty between quotes. */
  private firings: Firing[] = []
  private watches = 0
  private followed = 0

  constructor(symbol: string, onCrossing: (crossing: Crossing) => void) {
    this.symbol = symbol
    this.onCrossing = onCrossing
    this.current = new SeenQuote(symbol)
    this.before = new SeenQuote(symbol)
  }

  get lastQuote(): PriceQuote | null {
    return this.current.toQuote()
  }

  size(): { readonly watches: number; readonly followed: number } {
    return { watches: this.watches, followed: this.followed }
  }

  set(positionId: PositionId, watch: PriceWatch): void {
    const position = this.position(positionId)
    const present = find(position, watch.key)
    if (present !== null) {
      if (sameWatch(present.watch, watch)) return
      this.disarm(present)
    }
    const armed = watch.kind === 'level' ? new ArmedLevel(position, watch) : new ArmedTrail(position, watch)
    armed.next = position.first
    position.first = armed
    this.watches++
    this.lane(watch.lane).arm(armed)
  }

  remove(positionId: PositionId, key: string): void {
    const position = this.positions.get(positionId)
    const armed = position ? find(position, key) : null
    if (armed === null) return
    this.disarm(armed)
    this.forgetIfIdle(armed.position)
  }

  follow(positionId: PositionId, laneName: PriceLane, start: PriceExtremes): void {
    this.unfollow(positionId)
    const position = this.position(positionId)
    const lane = this.lane(laneName)
    position.lane = lane
    position.high = lane.highs.join(start.high)
    position.low = lane.lows.join(start.low)
    lane.refresh()
    this.followed++
  }

  unfollow(positionId: PositionId): void {
    const position = this.positions.get(positionId)
    if (!position?.lane || !position.high || !position.low) return
    position.lane.highs.leave(position.high)
    position.lane.lows.leave(position.low)
    position.lane.refresh()
    position.lane = position.high = position.low = null
    this.followed--
    this.forgetIfIdle(position)
  }

  extremes(positionId: PositionId): PriceExtremes | undefined {
    const position = this.positions.get(positionId)
    if (!position?.lane || !position.high || !position.low) return undefined
    return { high: position.lane.highs.peakOf(position.high), low: position.lane.lows.peakOf(position.low) }
  }

  quote(quote: PriceQuote): void {
    const { lanes } = this
    let work = false
    for (let index = 0; index < lanes.length; index++) {
      const lane = lanes[index] as Lane
      const price = lanePrice(quote, lane.name)
      if (price <= lane.lower || price >= lane.upper) work = true
    }
    const seen = this.before
    this.before = this.current
    this.current = seen
    seen.copy(quote)
    if (work) this.take(quote)
  }

  evaluate(positionId: PositionId): void {
    const position = this.positions.get(positionId)
    const quote = this.current.toQuote()
    if (!position || quote === null) return
    const firings: Firing[] = []
    for (let armed = position.first; armed !== null; armed = armed.next) {
      const lane = this.lane(armed.watch.lane)
      if (lane.price.see(quote)) lane.collectOne(armed, firings)
    }
    for (const firing of firings) this.noteExtremes(firing)
    this.raiseOne(position, quote)
    this.fire(firings)
  }

  /** The part of a quote that has something to do. */
  private take(quote: PriceQuote): void {
    const { firings } = this
    for (const lane of this.lanes) lane.seen = lane.collect(quote, firings)
    for (const firing of firings) this.noteExtremes(firing)
    for (const lane of this.lanes) if (lane.seen) lane.raise()
    if (firings.length === 0) return
    this.firings = []
    this.fire(firings)
  }

  private noteExtremes(firing: Firing): void {
    const extremes = this.extremes(firing.armed.position.id)
    if (extremes) firing.extremes = extremes
  }

  /** Reports in order; what is no longer armed when its turn comes has been removed meanwhile. */
  private fire(firings: Firing[]): void {
    const quote = this.current.toQuote()
    const before = this.before.toQuote()
    if (quote === null) return
    firings.sort(firingOrder)
    for (const { armed, price, level, extremes } of firings) {
      if (!armed.armed) continue
      const { position, watch } = armed
      this.disarm(armed)
      this.forgetIfIdle(position)
      const previousPrice = before === null ? null : exactPrice(before, watch.lane)
      this.onCrossing({ positionId: position.id, watch, price, level, previousPrice, extremes: extremes ?? null, quote })
    }
  }

  /** Lets one position's best prices see a quote. */
  private raiseOne(position: WatchedPosition, quote: PriceQuote): void {
    for (let armed = position.first; armed !== null; armed = armed.next) {
      const lane = this.lane(armed.watch.lane)
      if (armed instanceof ArmedTrail && lane.price.see(quote)) lane.raiseTrail(armed)
    }
    const { lane, high, low } = position
    if (!lane || !high || !low || !lane.price.see(quote)) return
    position.high = lane.highs.raiseMember(high, lane.price)
    position.low = lane.lows.raiseMember(low, lane.price)
    lane.refresh()
  }

  private disarm(armed: ArmedWatch): void {
    const { position } = armed
    if (position.first === armed) position.first = armed.next
    else {
      let before = position.first
      while (before !== null && before.next !== armed) before = before.next
      if (before !== null) before.next = armed.next
    }
    this.watches--
    this.lane(armed.watch.lane).disarm(armed)
  }

  private position(id: PositionId): WatchedPosition {
    let position = this.positions.get(id)
    if (!position) this.positions.set(id, (position = new WatchedPosition(id)))
    return position
  }

  private forgetIfIdle(position: WatchedPosition): void {
    if (position.first === null && position.lane === null) this.positions.delete(position.id)
  }

  private lane(name: PriceLane): Lane {
    for (const lane of this.lanes) if (lane.name === name) return lane
    const lane = new Lane(name)
    this.lanes.push(lane)
    return lane
  }
}

function find(position: WatchedPosition, key: string): ArmedWatch | null {
  let armed = position.first
  while (armed !== null && armed.watch.key !== key) armed = armed.next
  return armed
}
