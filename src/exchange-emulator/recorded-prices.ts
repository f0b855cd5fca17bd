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

async function* quotesOf(feed: RecordedFeed): AsyncGenerator<PriceQuote> {
  for await (const block of feed.blocks()) {
    for (let row = 0; row < block.length; row += 1) {
      const at = (column: Float64Array): number => column[row] as number
      yield {
        symbol: feed.symbols[block.symbol[row] as number] as string,
        ts: at(block.ts),
        bid: at(block.bid),
        ask: at(block.ask),
        last: at(block.last),
        mark: at(block.mark),
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
