/** What a quote costs in the Book. */
import { createActor, setup } from 'xstate'
import { decimal } from '../../src/domain/decimal.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import type { PriceQuote } from '../../src/domain/quote.ts'
import { createBook } from '../../src/prices/book.ts'
import type { Crossing, PriceBook } from '../../src/prices/watch.ts'
import { atMost, interleaved, nanoseconds, timesCheaper, type BenchRow } from './measure.ts'

type Feed = { -readonly [Field in keyof PriceQuote]: PriceQuote[Field] }
const feedQuote = (): Feed => ({ symbol: 'X', ts: 0.5, bid: 99.5, ask: 100.5, last: 100.25, mark: 100.125, source: 'bench', path: 'point' })

/** Prices of a walk that crosses nothing. */
const QUIET = Float64Array.from({ length: 4096 }, (_, index) => 100 + Math.sin(index / 10))

/** A generator of its own, so that every run measures the same walk. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** A Book with a stop and a target for each of `count` positions, all out of reach of `QUIET`. */
function quietBook(count: number): PriceBook {
  const book = createBook('X', () => {})
  for (let index = 1; index <= count; index++) {
    const id = index as PositionId
    book.set(id, { kind: 'level', key: 'stop', class: 'stop', lane: 'trigger', when: 'at-or-below', level: decimal(98 - (index % 5000) / 1000) })
    book.set(id, { kind: 'level', key: 'target', class: 'target', lane: 'last', when: 'at-or-above', level: decimal(102 + (index % 5000) / 1000) })
  }
  return book
}

function feedQuiet(book: PriceBook, count: number): number {
  const quote = feedQuote()
  return nanoseconds(count, () => {
    for (let index = 0; index < count; index++) {
      const price = QUIET[index & 4095] as number
      quote.ts += 1
      quote.last = price
      quote.mark = price
      book.quote(quote)
    }
  })
}

/** Results that nobody reads, so that loops are not optimised away. */
export let sink = 0
/** The cheapest thing that could notice a crossing: a number out of a typed array against two constants. */
function emptyLoop(count: number): number {
  return nanoseconds(count, () => {
    let crossed = 0
    for (let index = 0; index < count; index++) {
      const price = QUIET[index & 4095] as number
      if (price <= 98 || price >= 102) crossed++
    }
    sink += crossed
  })
}

/** Quiet quotes at 100,000 open positions against 10, and against the empty loop. */
export function quietQuote(): BenchRow[] {
  const few = quietBook(10)
  const many = quietBook(100_000)
  const count = 1_000_000
  const cost = interleaved(9, { few: () => feedQuiet(few, count), many: () => feedQuiet(many, count), floor: () => emptyLoop(count) })
  return [
    atMost('quiet quote, 100,000 open against 10', 'ns', cost.many, cost.few, 1.5),
    atMost('quiet quote, 100,000 open, against an empty loop', 'ns', cost.many, cost.floor, 40),
  ]
}

type Levels = { readonly stop: number; readonly target: number }
const positionMachine = setup({
  types: { context: {} as Levels, input: {} as Levels, events: {} as { type: 'quote'; price: number } },
  guards: { crossed: ({ context, event }) => event.price <= context.stop || event.price >= context.target },
}).createMachine({
  context: ({ input }) => input,
  initial: 'open',
  states: { open: { on: { quote: { guard: 'crossed', target: 'closed' } } }, closed: { type: 'final' } },
})

/** A quiet quote in the Book against sending it to the actor of each of 10,000 positions. */
export function quietQuoteAgainstActors(): BenchRow[] {
  const count = 10_000
  const book = quietBook(count)
  const input = { stop: 98, target: 102 }
  const actors = Array.from({ length: count }, () => createActor(positionMachine, { input }).start())
  const toActors = (): number =>
    nanoseconds(5, () => {
      for (let index = 0; index < 5; index++) {
        const event = { type: 'quote' as const, price: QUIET[index] as number }
        for (const actor of actors) actor.send(event)
      }
    })
  const cost = interleaved(5, { book: () => feedQuiet(book, 1_000_000), actors: toActors })
  for (const actor of actors) actor.stop()
  return [timesCheaper('quiet quote, 10,000 open, times cheaper than to 10,000 plain actors', 'ns', cost.book, cost.actors, 10_000)]
}

/** 100,000 trailing positions on one symbol and a random walk, against scanning their best prices and stops. */
export function trailingWalk(): BenchRow[] {
  const count = 100_000
  const draw = generator(7)
  const distances = Array.from({ length: 200 }, (_, index) => decimal((300 + index * 5) / 100))
  let price = 100
  let fired = 0
  const open = (id: PositionId): void => {
    const distancePct = distances[Math.floor(draw() * distances.length)] as (typeof distances)[number]
    book.set(id, { kind: 'trail', key: 'trail', class: 'stop', lane: 'last', direction: 'long', distancePct, peak: decimal(price) })
  }
  // Whoever is stopped out is replaced: the number of trailing positions stays.
  const book = createBook('X', ({ positionId }: Crossing) => {
    fired++
    open(positionId)
  })
  const quote = feedQuote()
  const step = (): void => {
    price = Math.max(10, Math.round(price * (1 + (draw() - 0.5) * 0.0001) * 10_000) / 10_000)
    quote.last = price
    book.quote(quote)
  }
  for (let index = 1; index <= count; index++) {
    open(index as PositionId)
    if (index % 5 === 0) step()
  }
  const quotes = 200_000
  const walk = (): number => nanoseconds(quotes, () => { for (let index = 0; index < quotes; index++) step() })
  const cost = interleaved(7, { book: walk, scan: scanOf(count, price) })
  const perQuote = (fired / (8 * quotes)).toPrecision(2)
  return [timesCheaper(`random walk, 100,000 trailing (${perQuote} stopped out per quote), times cheaper than a scan`, 'ns', cost.book, cost.scan, 500)]
}

/** The scan: best price and stop of every position in typed arrays, updated and compared at every quote. */
function scanOf(count: number, from: number): () => number {
  const best = new Float64Array(count).fill(from)
  const keep = Float64Array.from({ length: count }, (_, index) => 0.9 - (index % 200) / 2000)
  const quotes = 20
  return () =>
    nanoseconds(quotes, () => {
      let crossed = 0
      for (let index = 0; index < quotes; index++) {
        const price = from * ((QUIET[index] as number) / 100)
        for (let position = 0; position < count; position++) {
          const peak = best[position] as number
          if (price > peak) best[position] = price
          else if (price <= peak * (keep[position] as number)) crossed++
        }
      }
      sink += crossed
    })
}

/** Every row of this bench. */
export function bookBench(): BenchRow[] {
  return [...quietQuote(), ...quietQuoteAgainstActors(), ...trailingWalk()]
}
