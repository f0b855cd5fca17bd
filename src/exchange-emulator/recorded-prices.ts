/** Recorded price files as quotes for the emulated venue. */
import type { PriceQuote } from '../domain/quote.ts'
import { openRecordedFeed, type RecordedFeed } from '../prices/recorded/recorded-feed.ts'
import { resolveSymbol } from '../prices/recorded/resolve-symbol.ts'
import { CONTINUOUS } from '../prices/recorded/row-block.ts'

export type RecordedPrices =
  | { readonly ok: true; readonly symbols: readonly string[]; readonly quotes: AsyncIterable<PriceQuote> }
  | { readonly ok: false; readonly problem: string }

/** Opens and checks ticks or klines as CSV, also gzipped. */
export async function openRecordedPrices(files: readonly string[]): Promise<RecordedPrices> {
  const opened = await openRecordedFeed(files, { candlePath: 'auto' })
  if (!opened.ok) return { ok: false, problem: opened.problem.message }
  return { ok: true, symbols: opened.feed.symbols, quotes: quotesOf(opened.feed) }
}

/** A venue's mark price follows an index, not the last trade: where none was recorded, it is the middle, smoothed over so long. */
const MARK_SMOOTHING_MS = 10_000

/** Mark prices of symbols whose recording has none. */
class SmoothedMarks {
  readonly #marks = new Map<number, { price: number; at: number }>()

  next(symbol: number, at: number, middle: number): number {
    const before = this.#marks.get(symbol)
    if (!Number.isFinite(middle)) return before?.price ?? Number.NaN
    const weight = before === undefined ? 1 : 1 - Math.exp((before.at - at) / MARK_SMOOTHING_MS)
    const price = before === undefined ? middle : before.price + weight * (middle - before.price)
    this.#marks.set(symbol, { price, at })
    return price
  }
}

async function* quotesOf(feed: RecordedFeed): AsyncGenerator<PriceQuote> {
  const marks = new SmoothedMarks()
  for await (const block of feed.blocks()) {
    for (let row = 0; row < block.length; row += 1) {
      const at = (column: Float64Array): number => column[row] as number
      const symbol = block.symbol[row] as number
      const smoothed = marks.next(symbol, at(block.ts), (at(block.bid) + at(block.ask)) / 2)
      yield {
        symbol: feed.symbols[symbol] as string,
        ts: at(block.ts),
        bid: at(block.bid),
        ask: at(block.ask),
        last: at(block.last),
        mark: Number.isNaN(at(block.mark)) ? smoothed : at(block.mark),
        source: 'recorded',
        path: block.path[row] === CONTINUOUS ? 'continuous' : 'point',
      }
    }
  }
}

/** Which recorded symbol each of the venue's symbols is played from; those without one are absent. */
export function playedFrom(venueSymbols: readonly string[], recorded: readonly string[]): ReadonlyMap<string, string> {
  const pairs = venueSymbols.map((symbol) => [resolveSymbol(symbol, recorded), symbol] as const)
  return new Map(pairs.flatMap(([from, symbol]) => (from === undefined ? [] : [[from, symbol] as const])))
}
