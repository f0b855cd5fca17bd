/** Recorded prices as plainly as they can be read: the whole file as text, one object per price, exact decimals. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import Big from 'big.js'

export type CandlePath = 'auto' | 'ohlc' | 'olhc'
/** What is known of a symbol at one moment. `continuous`: the price passed through everything between. */
export type Point = {
  readonly ts: number
  readonly symbol: string
  readonly bid: Big | null
  readonly ask: Big | null
  readonly last: Big | null
  readonly mark: Big | null
  readonly continuous: boolean
}
type Row = { readonly ts: number; readonly symbol: string; readonly fields: readonly string[]; readonly continuous: boolean }

function rowsOf(file: string, candlePath: CandlePath): Row[] {
  const bytes = readFileSync(file)
  const [header, ...lines] = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trimEnd().split('\n')
  const cells = lines.map((line) => line.split(','))
  if (header === 'ts_ms,symbol,bid,ask,last,mark,qty')
    return cells.map(([ts, symbol, ...fields]) => ({ ts: Number(ts), symbol: symbol as string, fields: fields.slice(0, 4), continuous: false }))
  const gaps = new Map<string, number>()
  const latest = new Map<string, number>()
  for (const [time, symbol] of cells as [string, string][]) {
    const gap = Number(time) - (latest.get(symbol) ?? Infinity)
    if (gap > 0) gaps.set(symbol, Math.min(gap, gaps.get(symbol) ?? Infinity))
    latest.set(symbol, Number(time))
  }
  const rows = (cells as [string, string, string, string, string, string][]).flatMap(([time, symbol, open, high, low, close]): Row[] => {
    const interval = gaps.get(symbol) ?? 60_000
    const highFirst = candlePath === 'ohlc' || (candlePath === 'auto' && new Big(close).lt(open))
    const at = (offset: number, price: string, continuous = true): Row => ({ ts: Number(time) + offset, symbol, fields: [price, price, price, price], continuous })
    return [at(0, open, false), at(Math.floor(interval / 3), highFirst ? high : low), at(Math.floor((2 * interval) / 3), highFirst ? low : high), at(interval - 1, close)]
  })
  return rows
}

/** All prices in order of time; equal milliseconds in order of the files and their rows. */
export function readPoints(files: readonly string[], candlePath: CandlePath): Point[] {
  const known = new Map<string, (Big | null)[]>()
  const rows = files.flatMap((file) => rowsOf(file, candlePath)).sort((a, b) => a.ts - b.ts)
  return rows.map(({ ts, symbol, fields, continuous }) => {
    const before = known.get(symbol) ?? [null, null, null, null]
    const now = fields.map((field, index) => (field === '' ? (before[index] ?? null) : new Big(field)))
    known.set(symbol, now)
    const [bid = null, ask = null, last = null, mark = null] = now
    return { ts, symbol, bid, ask, last, mark, continuous }
  })
}
