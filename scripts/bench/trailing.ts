/** What a quote costs all in, through the engine, while positions trail it: best prices move, peaks are journaled. */
import { decimal } from '../../src/domain/decimal.ts'
import { exitStrategies } from '../../src/exits/registry.ts'
import { atMost, interleaved, nanoseconds, type BenchRow } from './measure.ts'
import { benchSignal, createWorld, enter, feedQuote, settled, PRICE, type FeedQuote, type World } from './world.ts'

const SYMBOLS = Array.from({ length: 10 }, (_, index) => `SYM${index}`)
const QUOTES = 100_000
/** Positions come in so many groups, at different prices: their best prices differ. */
const GROUPS = 20

/** A walk around a level that rises slowly: it makes new best prices again and again and stops nobody out. */
class RisingWalk {
  readonly world: World
  readonly #quotes: readonly FeedQuote[]
  #state = 7
  #turn = 0

  constructor(world: World, symbols: readonly string[]) {
    this.world = world
    this.#quotes = symbols.map(feedQuote)
  }

  step(): void {
    const { engine, clock } = this.world
    const quote = this.#quotes[this.#turn % this.#quotes.length] as FeedQuote
    this.#turn += 1
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    const price = Math.round((PRICE * 1.03 + this.#turn * 2e-7 + (this.#state / 2 ** 32 - 0.5) * 0.5) * 1e4) / 1e4
    clock.moveTo(clock.now() + 1)
    if (engine.nextTimerAt() <= clock.now()) while (engine.fireTimer(clock.now()));
    quote.ts = clock.now()
    quote.last = quote.bid = quote.ask = quote.mark = price
    engine.quote(quote)
    if (!engine.sequencer.idle) engine.sequencer.settle()
  }
}

/** Trailing positions over the symbols, all of them past their triggers. */
async function trailingWorld(count: number, symbols: readonly string[]): Promise<RisingWalk> {
  const walk = new RisingWalk(await createWorld(null), symbols)
  for (let group = 0, opened = 0; group < GROUPS; group++) {
    for (; opened < ((group + 1) * count) / GROUPS; opened++) {
      const exits = exitStrategies.parse('tp_sl_trailing_v1', { trail_distance_pct: 3 + (opened % 200) / 20, timeout_candles: null }, {})
      if (!exits.ok) throw new Error(JSON.stringify(exits.problems))
      const signal = { ...benchSignal(20), symbol: symbols[opened % symbols.length] as string, price: decimal(PRICE), exitStrategy: 'tp_sl_trailing_v1', exitParams: exits.params }
      enter(walk.world, signal)
      if (opened % 500 === 0) await settled(walk.world)
    }
    await settled(walk.world)
    for (let index = 0; index < 200; index++) walk.step()
  }
  return walk
}

const feed = (walk: RisingWalk, quotes: number): number =>
  nanoseconds(quotes, () => {
    for (let index = 0; index < quotes; index++) walk.step()
  })

/** 10,000 trailing positions over ten symbols against ten. (100,000 on one symbol against a scan: `trailingWalk` of book.ts.) */
export async function trailingBench(): Promise<BenchRow[]> {
  const few = await trailingWorld(10, SYMBOLS)
  const many = await trailingWorld(10_000, SYMBOLS)
  const spread = interleaved(7, { few: () => feed(few, QUOTES), many: () => feed(many, QUOTES) })
  for (const { world } of [few, many]) if (world.engine.core.ledger('lab_dev').closedCount > 0) throw new Error('nobody is to be stopped out')
  return [atMost('quote all in, 10,000 trailing over ten symbols, against 10', 'ns', spread.many, spread.few, 2)]
}
