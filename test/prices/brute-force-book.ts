/**
 * The Book's meaning, written as naively as possible: every quote is shown to every watch of every position, and
 * everything is decided in decimals. Shares nothing with the Book but the vocabulary.
 */
import { addPct, atLeast, atMost, greater, less, maximum, minimum, negate, type Decimal } from '../../src/domain/decimal.ts'
import type { PriceExtremes } from '../../src/domain/facts.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { selectPrice, type PriceLane, type PriceQuote } from '../../src/domain/quote.ts'
import type { Crossing, PriceBook, PriceWatch } from '../../src/prices/watch.ts'

type Entry = { readonly positionId: PositionId; readonly watch: PriceWatch; best: Decimal | null }
type Followed = { readonly positionId: PositionId; readonly lane: PriceLane; high: Decimal; low: Decimal }
type Hit = { readonly entry: Entry; readonly price: Decimal; readonly level: Decimal }

const CLASSES = ['stop', 'target', 'policy']

export class BruteForceBook implements PriceBook {
  readonly symbol: string
  lastQuote: PriceQuote | null = null
  private quoteBefore: PriceQuote | null = null
  private entries: Entry[] = []
  private follows: Followed[] = []
  private readonly onCrossing: (crossing: Crossing) => void

  constructor(symbol: string, onCrossing: (crossing: Crossing) => void) {
    this.symbol = symbol
    this.onCrossing = onCrossing
  }

  set(positionId: PositionId, watch: PriceWatch): void {
    const present = this.entries.find((entry) => entry.positionId === positionId && entry.watch.key === watch.key)
    if (present && JSON.stringify(present.watch) === JSON.stringify(watch)) return
    this.remove(positionId, watch.key)
    this.entries.push({ positionId, watch, best: watch.kind === 'trail' ? watch.peak : null })
  }

  remove(positionId: PositionId, key: string): void {
    this.entries = this.entries.filter((entry) => entry.positionId !== positionId || entry.watch.key !== key)
  }

  follow(positionId: PositionId, lane: PriceLane, start: PriceExtremes): void {
    this.unfollow(positionId)
    this.follows.push({ positionId, lane, ...start })
  }

  unfollow(positionId: PositionId): void {
    this.follows = this.follows.filter((followed) => followed.positionId !== positionId)
  }

  extremes(positionId: PositionId): PriceExtremes | undefined {
    const followed = this.follows.find((candidate) => candidate.positionId === positionId)
    return followed && { high: followed.high, low: followed.low }
  }

  quote(quote: PriceQuote): void {
    this.quoteBefore = this.lastQuote
    this.lastQuote = { ...quote }
    this.show(this.entries, this.follows)
  }

  evaluate(positionId: PositionId): void {
    const own = <T extends { readonly positionId: PositionId }>(all: T[]): T[] => all.filter((one) => one.positionId === positionId)
    this.show(own(this.entries), own(this.follows))
  }

  size(): { readonly watches: number; readonly followed: number } {
    return { watches: this.entries.length, followed: this.follows.length }
  }

  private show(entries: Entry[], follows: Followed[]): void {
    const quote = this.lastQuote
    if (quote === null) return
    const hits = entries.map((entry) => hitBy(entry, quote)).filter((hit) => hit !== null)
    const before = new Map(hits.map(({ entry }) => [entry, this.extremes(entry.positionId) ?? null]))
    for (const entry of entries) better(entry, quote)
    for (const followed of follows) {
      const selected = selectPrice(quote, followed.lane)
      if (!selected.ok) continue
      followed.high = maximum(followed.high, selected.price)
      followed.low = minimum(followed.low, selected.price)
    }
    hits.sort((a, b) => (inOrder(a.entry, b.entry) ? -1 : 1))
    for (const { entry, price, level } of hits) {
      if (!this.entries.includes(entry)) continue
      this.entries = this.entries.filter((other) => other !== entry)
      const previous = this.quoteBefore === null ? null : selectPrice(this.quoteBefore, entry.watch.lane)
      const previousPrice = previous?.ok ? previous.price : null
      this.onCrossing({ positionId: entry.positionId, watch: entry.watch, price, level, previousPrice, extremes: before.get(entry) ?? null, quote })
    }
  }
}

function hitBy(entry: Entry, quote: PriceQuote): Hit | null {
  const { watch, best } = entry
  const selected = selectPrice(quote, watch.lane)
  if (!selected.ok) return null
  const { price } = selected
  if (watch.kind === 'level') {
    const hit = watch.when === 'at-or-above' ? atLeast(price, watch.level) : atMost(price, watch.level)
    return hit ? { entry, price, level: watch.level } : null
  }
  if (best === null) return null
  const level = addPct(best, watch.direction === 'long' ? negate(watch.distancePct) : watch.distancePct)
  const hit = watch.direction === 'long' ? atMost(price, level) : atLeast(price, level)
  return hit ? { entry, price, level } : null
}

function better(entry: Entry, quote: PriceQuote): void {
  const { watch, best } = entry
  const selected = selectPrice(quote, watch.lane)
  if (watch.kind !== 'trail' || best === null || !selected.ok) return
  const isBetter = watch.direction === 'long' ? greater(selected.price, best) : less(selected.price, best)
  if (isBetter) entry.best = selected.price
}

function inOrder(a: Entry, b: Entry): boolean {
  if (a.positionId !== b.positionId) return a.positionId < b.positionId
  const byClass = CLASSES.indexOf(a.watch.class) - CLASSES.indexOf(b.watch.class)
  return byClass === 0 ? a.watch.key < b.watch.key : byClass < 0
}
