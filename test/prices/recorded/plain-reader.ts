/** The reader of recorded prices as plainly as it can be written: what the quick one is compared with. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { CandlePath } from '../../../src/prices/recorded/candle-path.ts'
import type { RecordedFeed } from '../../../src/prices/recorded/recorded-feed.ts'
import { quoteAt } from '../../../src/prices/recorded/row-block.ts'

/** `ts symbol bid ask last mark path` */
export type PlainQuote = readonly [number, string, number, number, number, number, 'point' | 'continuous']

type Event = { readonly ts: number; readonly symbol: string; readonly fields: readonly string[]; readonly path: 'point' | 'continuous' }

const textOf = (file: string): string => {
  const bytes = readFileSync(file)
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8')
}

function intervalsOf(rows: readonly string[][]): Map<string, number> {
  const intervalOf = (symbol: string): number => {
    const times = rows.filter((row) => row[1] === symbol).map((row) => Number(row[0]))
    const gaps = times.slice(1).map((ts, index) => ts - (times[index] as number))
    const smallest = gaps.filter((gap) => gap > 0).reduce((least, gap) => Math.min(least, gap), Infinity)
    return smallest === Infinity ? 60_000 : smallest
  }
  return new Map([...new Set(rows.map((row) => row[1] as string))].map((symbol) => [symbol, intervalOf(symbol)]))
}

function candleEvents(rows: readonly string[][], candlePath: CandlePath): Event[] {
  const intervals = intervalsOf(rows)
  return rows.flatMap((row): Event[] => {
    const [ts, symbol, open, high, low, close] = row as [string, string, string, string, string, string]
    const interval = intervals.get(symbol) as number
    const highFirst = candlePath === 'ohlc' || (candlePath === 'auto' && Number(close) < Number(open))
    const at = (offset: number, price: string, path: Event['path']): Event => ({ ts: Number(ts) + offset, symbol, fields: [price, price, price, price], path })
    return [
      at(0, open, 'point'),
      at(Math.floor(interval / 3), highFirst ? high : low, 'continuous'),
      at(Math.floor((2 * interval) / 3), highFirst ? low : high, 'continuous'),
      at(interval - 1, close, 'continuous'),
    ]
  })
}

function fileEvents(file: string, candlePath: CandlePath): Event[] {
  const [header, ...lines] = textOf(file).split('\n')
  const rows = lines.filter((line) => line !== '').map((line) => line.split(','))
  if (header?.includes('open')) return candleEvents(rows, candlePath)
  return rows.map((row) => ({ ts: Number(row[0]), symbol: row[1] as string, fields: row.slice(2, 6), path: 'point' }))
}

export function readPlainly(files: readonly string[], candlePath: CandlePath): PlainQuote[] {
  const events = files.flatMap((file) => fileEvents(file, candlePath))
  // Sorting is stable: equal times stay in order of files and rows.
  const sorted = events.toSorted((a, b) => a.ts - b.ts)
  const markets = new Map<string, number[]>()
  return sorted.map(({ ts, symbol, fields, path }): PlainQuote => {
    const before = markets.get(symbol) ?? [NaN, NaN, NaN, NaN]
    const now = fields.map((field, index) => (field === '' ? (before[index] as number) : Number(field)))
    markets.set(symbol, now)
    return [ts, symbol, ...(now as [number, number, number, number]), path]
  })
}

/** Every quote of a feed, in the plain reader's form. */
export async function collect(feed: RecordedFeed): Promise<PlainQuote[]> {
  const quotes: PlainQuote[] = []
  for await (const block of feed.blocks()) {
    for (let at = 0; at < block.length; at += 1) {
      const quote = quoteAt(block, at, feed.symbols, 'test')
      quotes.push([quote.ts, quote.symbol, quote.bid, quote.ask, quote.last, quote.mark, quote.path])
    }
  }
  return quotes
}
