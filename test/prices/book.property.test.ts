import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, decimal, type Decimal } from '../../src/domain/decimal.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { PRICE_MODES, type PriceLane, type PriceQuote } from '../../src/domain/quote.ts'
import { createBook } from '../../src/prices/book.ts'
import type { Crossing, PriceBook, PriceWatch } from '../../src/prices/watch.ts'
import { BruteForceBook } from './brute-force-book.ts'

type Change =
  | { readonly op: 'set'; readonly position: PositionId; readonly watch: PriceWatch }
  | { readonly op: (typeof PLAIN)[number]; readonly position: PositionId; readonly key: string }
  | { readonly op: 'follow'; readonly position: PositionId; readonly lane: PriceLane; readonly high: Decimal; readonly low: Decimal }
/** A random walk in ticks. */
type Quotes = { readonly op: 'walk'; readonly seed: number; readonly count: number; readonly step: number; readonly from: number }
type Scenario = { readonly positions: number; readonly scale: number; readonly commands: readonly (Change | Quotes)[]; readonly reactions: readonly Change[] }

const LANES: readonly PriceLane[] = [...PRICE_MODES, 'trigger']
const PLAIN = ['remove', 'unfollow', 'evaluate'] as const
const KEYS = ['a', 'b', 'c']

const lane = fc.oneof({ weight: 3, arbitrary: fc.constant<PriceLane>('last') }, { weight: 2, arbitrary: fc.constantFrom(...LANES) })
const tick = fc.integer({ min: 950, max: 1050 }).map((tenths) => decimal(tenths / 10))
/** Prices on the ticks that the walk visits, one double or far less beside them, and of many digits. */
const price = fc.oneof(
  { weight: 6, arbitrary: tick },
  { weight: 1, arbitrary: fc.constantFrom('104.5', '100.05', '99.99999999999999999999', '100.00000000000000000001', '33.333333333333333333') },
  { weight: 1, arbitrary: fc.tuple(tick, fc.constantFrom('1e-17', '-1e-17', '1e-14')).map(([price, beside]) => add(price, decimal(beside))) },
)
const distance = fc.constantFrom(
  '0.1', '0.5', '0.8', '1', '1.5', '4.5', '0.333333333333333333', '0.33333333333333333', '2', '2.0000000000000000001', '100.00000000000000000001',
)
const watchClass = fc.constantFrom('stop' as const, 'target' as const, 'policy' as const)

const scaled = (text: string, scale: number): Decimal => decimal(scale === 0 ? text : `${text}e${scale}`)
const level = (scale: number): fc.Arbitrary<PriceWatch> =>
  fc.record({
    kind: fc.constant('level' as const), key: fc.constantFrom(...KEYS), class: watchClass, lane,
    when: fc.constantFrom('at-or-above' as const, 'at-or-below' as const), level: price.map((text) => scaled(text, scale)),
  })
const trail = (scale: number): fc.Arbitrary<PriceWatch> =>
  fc.record({
    kind: fc.constant('trail' as const), key: fc.constantFrom(...KEYS), class: watchClass, lane,
    direction: fc.constantFrom('long' as const, 'short' as const), distancePct: distance.map(decimal), peak: price.map((text) => scaled(text, scale)),
  })
const change = (scale: number, positions: number): fc.Arbitrary<Change> => {
  const position = fc.integer({ min: 1, max: positions }).map((id) => id as PositionId)
  const start = price.map((text) => scaled(text, scale))
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ op: fc.constant('set' as const), position, watch: fc.oneof(level(scale), trail(scale)) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constantFrom(...PLAIN), position, key: fc.constantFrom(...KEYS) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('follow' as const), position, lane, high: start, low: start }) },
  )
}
const walk: fc.Arbitrary<Quotes> = fc.record({
  op: fc.constant('walk' as const), seed: fc.integer({ min: 1, max: 2 ** 31 }), count: fc.integer({ min: 1, max: 40 }),
  step: fc.constantFrom(0, 1, 1, 2, 5, 60), from: fc.integer({ min: 950, max: 1050 }),
})
const scenario = (positions: number, length: number): fc.Arbitrary<Scenario> =>
  fc.constantFrom(0, 0, -7, 4).chain((scale) =>
    fc.record({
      positions: fc.constant(positions),
      scale: fc.constant(scale),
      commands: fc.array(fc.oneof({ weight: 3, arbitrary: change(scale, positions) }, { weight: 1, arbitrary: walk }), {
        minLength: 5, maxLength: length, size: 'max',
      }),
      reactions: fc.array(change(scale, positions), { maxLength: 8 }),
    }),
  )

/** A small generator of its own, so that a walk is one value to shrink. */
function* random(seed: number): Generator<number, never> {
  let state = seed
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state / 2 ** 32
  }
}

function* quotesOf({ seed, count, step, from }: Quotes, scale: number): Generator<PriceQuote> {
  const draws = random(seed)
  const draw = (): number => draws.next().value
  let tick = from
  const field = (offset: number): number => {
    const odd = draw()
    if (odd < 0.06) return NaN
    if (odd < 0.07) return [0, -1, Infinity][Math.floor(draw() * 3)] as number
    return Number(`${tick + offset}e${scale - 1}`)
  }
  for (let index = 0; index < count; index++) {
    tick = Math.max(900, tick + Math.round((draw() * 2 - 1) * step))
    yield {
      symbol: 'X', ts: index, bid: field(-Math.floor(draw() * 3)), ask: field(Math.floor(draw() * 3)), last: field(0),
      mark: field(Math.round(draw() * 4 - 2)), source: 'test', path: draw() < 0.5 ? 'point' : 'continuous',
    }
  }
}

function apply(book: PriceBook, change: Change): void {
  switch (change.op) {
    case 'set':
      return book.set(change.position, change.watch)
    case 'remove':
      return book.remove(change.position, change.key)
    case 'follow':
      return book.follow(change.position, change.lane, { high: change.high, low: change.low })
    case 'unfollow':
      return book.unfollow(change.position)
    case 'evaluate':
      return book.evaluate(change.position)
  }
}

type MakeBook = (symbol: string, onCrossing: (crossing: Crossing) => void) => PriceBook

/** Plays a scenario; every crossing answers with the next reaction, and leaves what could be seen at that moment. */
function play(makeBook: MakeBook, { positions, commands, reactions, scale }: Scenario): { seen: unknown[]; quotes: number; crossings: number } {
  const seen: unknown[] = []
  const ids = Array.from({ length: positions }, (_, index) => (index + 1) as PositionId)
  let quotes = 0
  let crossings = 0
  const book: PriceBook = makeBook('X', (crossing) => {
    seen.push([crossing, book.extremes(crossing.positionId), book.size()])
    const reaction = reactions[crossings++ % reactions.length]
    if (reaction && crossings < 1000) apply(book, reaction)
  })
  for (const command of commands) {
    if (command.op !== 'walk') apply(book, command)
    else {
      for (const quote of quotesOf(command, scale)) {
        book.quote(quote)
        quotes++
      }
    }
    seen.push(book.size(), ids.map((id) => book.extremes(id)), book.lastQuote)
  }
  return { seen, quotes, crossings }
}

/** Compares a number of scenarios; returns how much was compared. */
function compare(scenarios: fc.Arbitrary<Scenario>, numRuns: number, seed: number): { quotes: number; crossings: number } {
  const total = { quotes: 0, crossings: 0 }
  const property = fc.property(scenarios, (given) => {
    const expected = play((symbol, onCrossing) => new BruteForceBook(symbol, onCrossing), given)
    expect(play(createBook, given)).toEqual(expected)
    total.quotes += expected.quotes
    total.crossings += expected.crossings
  })
  fc.assert(property, { numRuns, seed })
  return total
}

describe('the Book against a model that shows every quote to every position', () => {
  it('reports the same crossings in the same order with the same extremes: few positions, long histories', () => {
    const { quotes, crossings } = compare(scenario(6, 60), 2500, 20240719)
    expect(quotes).toBeGreaterThan(300_000)
    expect(crossings).toBeGreaterThan(40_000)
  })

  it('reports the same crossings in the same order with the same extremes: hundreds of positions', () => {
    const { quotes, crossings } = compare(scenario(300, 800), 8, 20240808)
    expect(quotes).toBeGreaterThan(5_000)
    expect(crossings).toBeGreaterThan(1_000)
  })
})
