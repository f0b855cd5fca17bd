/** What a quote costs on its real way, `PriceDesk.quote`, with positions that the engine has opened. */
import { createActor } from 'xstate'
import type { PositionId } from '../../src/domain/ids.ts'
import type { EngineOptions } from '../../src/runtime/engine-options.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { PriceHistory } from '../../src/runtime/price-history.ts'
import { Publisher } from '../../src/runtime/publisher.ts'
import { positionMachine, type PositionActor } from '../../machines/position.machine.ts'
import type { PositionEvent } from '../../machines/position.reports.ts'
import { atMost, interleaved, nanoseconds, timesCheaper, type BenchRow } from './measure.ts'
import { createWorld, feedQuote, openFarAway, PRICE, quoteAt, SYMBOL, type World } from './world.ts'

/** Prices of a walk that crosses nothing and makes no new high or low. */
const QUIET = Float64Array.from({ length: 4096 }, (_, index) => PRICE + Math.sin(index / 10))
const QUOTES = 1_000_000

function feed({ engine }: World, count: number): number {
  const quote = feedQuote()
  return nanoseconds(count, () => {
    for (let index = 0; index < count; index++) {
      const price = QUIET[index & 4095] as number
      quote.ts += 1
      quote.last = price
      quote.mark = price
      engine.desk.quote(quote)
    }
  })
}

let sink = 0
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

async function openWorld(positions: number, onNotice?: EngineOptions['onNotice']): Promise<World> {
  const world = await createWorld(null, 'virtual', onNotice)
  const quote = feedQuote()
  quoteAt(world, quote, PRICE)
  await openFarAway(world, positions)
  // Highs and lows of the quiet walk are known beforehand.
  for (const price of [PRICE + 1.5, PRICE - 1.5, PRICE]) quoteAt(world, quote, price)
  return world
}

/** Actors of the real machine, as the registry holds them. */
function actorsOf(world: World): PositionActor[] {
  return [...world.engine.core.registry.ids()].map((id: PositionId) => {
    const snapshot = world.engine.core.registry.get(id)
    return createActor(positionMachine, { id: `p${id}`, snapshot } as never).start()
  })
}

/** Shows one quote to every actor: the machine takes the fact of a price and finds that it has nothing to do. */
function toEveryActor(actors: readonly PositionActor[], ids: readonly PositionId[]): number {
  const quotes = 3
  return nanoseconds(quotes, () => {
    for (let index = 0; index < quotes; index++) {
      const price = String(QUIET[index]) as never
      for (let at = 0; at < actors.length; at++) {
        const event: PositionEvent = {
          type: 'price.sampled',
          seq: 1,
          at: index,
          positionId: ids[at] as PositionId,
          key: 'quote',
          price,
          quote: { ts: index, last: price, source: 'bench', path: 'point' },
          extremes: { high: price, low: price },
        }
        ;(actors[at] as PositionActor).send(event)
      }
    }
  })
}

/**
 * Positions beside the inspector with nobody looking: notices go past its publisher, prices are taken from the side for its
 * charts. `few` has neither.
 */
async function openInspectedWorld(positions: number): Promise<World> {
  const publisher = new Publisher(silentLogger)
  const world = await openWorld(positions, (notice, seq, at) => publisher.publish(notice, seq, at))
  new PriceHistory(() => {
    const quote = world.engine.desk.lastQuote(SYMBOL)
    return quote ? [[SYMBOL, quote.last, quote.ts]] : []
  })
  return world
}

/** Quiet quotes at 100,000 open positions against 10, the empty loop, and every actor; and beside the inspector. */
export async function quoteBench(): Promise<BenchRow[]> {
  const few = await openWorld(10)
  const inspected = await openInspectedWorld(10)
  const some = await openWorld(10_000)
  const many = await openWorld(100_000)
  const cost = interleaved(9, { few: () => feed(few, QUOTES), inspected: () => feed(inspected, QUOTES), many: () => feed(many, QUOTES), floor: () => emptyLoop(QUOTES) })
  const actors = actorsOf(some)
  const ids = [...some.engine.core.registry.ids()]
  const fanOut = interleaved(3, { desk: () => feed(some, QUOTES), actors: () => toEveryActor(actors, ids) })
  if (sink < 0) process.stderr.write(String(sink))
  return [
    atMost('quiet quote at 100,000 open, against 10', 'ns', cost.many, cost.few, 1.5),
    atMost('quiet quote at 100,000 open, against an empty loop', 'ns', cost.many, cost.floor, 40),
    atMost('quiet quote with the inspector there and nobody looking, against none', 'ns', cost.inspected, cost.few, 1.1),
    timesCheaper('quiet quote at 10,000 open, times cheaper than to every actor', 'ns', fanOut.desk, fanOut.actors, 10_000),
  ]
}
