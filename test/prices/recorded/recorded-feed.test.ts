import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import type { CandlePath } from '../../../src/prices/recorded/candle-path.ts'
import { openRecordedFeed, type RecordedFeed } from '../../../src/prices/recorded/recorded-feed.ts'
import { collect, readPlainly, type PlainQuote } from './plain-reader.ts'

const directory = mkdtempSync(join(tmpdir(), 'loms-feed-'))
afterAll(() => rmSync(directory, { recursive: true }))

const TICKS = 'ts_ms,symbol,bid,ask,last,mark,qty'
const KLINES = 'ts_ms,symbol,open,high,low,close,volume'
let files = 0
const file = (header: string, ...rows: string[]): string => {
  const path = join(directory, `${(files += 1)}.csv`)
  writeFileSync(path, [header, ...rows].map((line) => `${line}\n`).join(''))
  return path
}

async function open(paths: string[], candlePath: CandlePath = 'auto', keptRows?: number): Promise<RecordedFeed> {
  const opened = await openRecordedFeed(paths, { candlePath, ...(keptRows === undefined ? {} : { keptRows }) })
  if (!opened.ok) throw new Error(opened.problem.message)
  return opened.feed
}
const quotesOf = async (paths: string[], candlePath?: CandlePath): Promise<PlainQuote[]> => collect(await open(paths, candlePath))

describe('ticks', () => {
  it('update the fields they carry; the others keep their last value, NaN until seen', async () => {
    const path = file(TICKS, '10,A,99,101,,,', '10,A,,,100,,0.5', '11,B,,,7,,1', '12,A,,,,100.5,', '13,A,98,102,,,')
    expect(await quotesOf([path])).toEqual([
      [10, 'A', 99, 101, NaN, NaN, 'point'],
      [10, 'A', 99, 101, 100, NaN, 'point'],
      [11, 'B', NaN, NaN, 7, NaN, 'point'],
      [12, 'A', 99, 101, 100, 100.5, 'point'],
      [13, 'A', 98, 102, 100, 100.5, 'point'],
    ])
  })

  it('of several files are one market per symbol', async () => {
    const quotes = file(TICKS, '10,A,99,101,,,', '20,A,98,100,,,')
    const trades = file(TICKS, '10,A,,,100,,1', '15,A,,,99,,1')
    expect(await quotesOf([quotes, trades])).toEqual([
      [10, 'A', 99, 101, NaN, NaN, 'point'],
      [10, 'A', 99, 101, 100, NaN, 'point'],
      [15, 'A', 99, 101, 99, NaN, 'point'],
      [20, 'A', 98, 100, 99, NaN, 'point'],
    ])
  })

  it('of one millisecond go in order of the command line, then of the rows', async () => {
    const first = file(TICKS, '10,A,,,1,,', '10,A,,,2,,', '30,A,,,3,,')
    const second = file(TICKS, '5,A,,,4,,', '10,A,,,5,,', '30,A,,,6,,')
    const prices = (quotes: PlainQuote[]): number[] => quotes.map((quote) => quote[4])
    expect(prices(await quotesOf([first, second]))).toEqual([4, 1, 2, 5, 3, 6])
    expect(prices(await quotesOf([second, first]))).toEqual([4, 5, 1, 2, 6, 3])
  })
})

describe('klines', () => {
  const up = '60000,A,100,110,95,105,3'
  const path = (quotes: PlainQuote[]): unknown[] => quotes.map(([ts, , , , last, , kind]) => [ts, last, kind])

  it.each<[string, CandlePath, string, number[]]>([
    ['auto, close above open', 'auto', up, [100, 95, 110, 105]],
    ['auto, close at open', 'auto', '60000,A,100,110,95,100,3', [100, 95, 110, 100]],
    ['auto, close below open', 'auto', '60000,A,100,110,95,99,3', [100, 110, 95, 99]],
    ['ohlc', 'ohlc', '60000,A,100,110,95,99,3', [100, 110, 95, 99]],
    ['olhc', 'olhc', up, [100, 95, 110, 105]],
  ])('are played as a path: %s', async (_, candlePath, row, prices) => {
    expect(path(await quotesOf([file(KLINES, row)], candlePath))).toEqual([
      [60_000, prices[0], 'point'],
      [80_000, prices[1], 'continuous'],
      [100_000, prices[2], 'continuous'],
      [119_999, prices[3], 'continuous'],
    ])
  })

  it('count as every price mode', async () => {
    expect((await quotesOf([file(KLINES, up)], 'ohlc'))[1]).toEqual([80_000, 'A', 110, 110, 110, 110, 'continuous'])
  })

  it.each([
    ['one row: a minute', ['0,A,1,1,1,1,1'], [0, 20_000, 40_000, 59_999]],
    ['the smallest gap, also across a hole', ['0,A,1,1,1,1,1', '1000,A,1,1,1,1,1', '9000,A,1,1,1,1,1'], [0, 333, 666, 999, 1000, 1333, 1666, 1999, 9000, 9333, 9666, 9999]],
    ['equal times are no gap', ['0,A,1,1,1,1,1', '0,A,1,1,1,1,1', '10,A,1,1,1,1,1'], [0, 0, 3, 3, 6, 6, 9, 9, 10, 13, 16, 19]],
    ['a millisecond', ['0,A,1,1,1,1,1', '1,A,1,1,1,1,1'], [0, 0, 0, 0, 1, 1, 1, 1]],
  ])('last as long as the smallest gap of their symbol: %s', async (_, rows, times) => {
    expect((await quotesOf([file(KLINES, ...rows)])).map(([ts]) => ts)).toEqual(times)
  })

  it('of several symbols interleave in time, those of one time in order of their rows', async () => {
    const rows = ['0,A,1,2,1,2,1', '0,B,11,12,11,12,1', '30,C,21,22,21,22,1', '60,A,3,4,3,4,1', '90,C,21,22,21,22,1', '120,B,13,14,13,14,1']
    const quotes = await quotesOf([file(KLINES, ...rows)], 'ohlc')
    expect(quotes.map(([ts, symbol, , , last]) => `${ts}${symbol}${last}`)).toEqual(
      ['0A1', '0B11', '20A2', '30C21', '40A1', '40B12', '50C22', '59A2', '60A3', '70C21', '80B11', '80A4', '89C22']
        .concat(['90C21', '100A3', '110C22', '119B12', '119A4', '120B13', '130C21', '149C22', '160B14', '200B13', '239B14']),
    )
  })

  it('of many symbols at once wait in order', async () => {
    const rows = [0, 60_000, 120_000].flatMap((ts) => Array.from({ length: 300 }, (_, symbol) => `${ts},S${symbol % 211},${symbol + 10},${symbol + 12},${symbol + 9},${symbol + 11},1`))
    const paths = [file(KLINES, ...rows)]
    expect(await quotesOf(paths)).toEqual(readPlainly(paths, 'auto'))
  })

  it('may be mixed with ticks of the same symbol', async () => {
    const candles = file(KLINES, '0,A,1,3,1,2,1')
    const ticks = file(TICKS, '20000,A,,,9,,', '30000,A,8,,,,')
    expect((await quotesOf([candles, ticks], 'ohlc')).map(([ts, , bid, ask, last]) => [ts, bid, ask, last])).toEqual([
      [0, 1, 1, 1],
      [20_000, 3, 3, 3],
      [20_000, 3, 3, 9],
      [30_000, 8, 3, 9],
      [40_000, 1, 1, 1],
      [59_999, 2, 2, 2],
    ])
  })
})

describe('a feed', () => {
  it('knows symbols, span and size before the first quote', async () => {
    const feed = await open([file(TICKS, '50,B,,,1,,', '70,A,,,1,,'), file(KLINES, '0,C,1,1,1,1,1', '20,C,1,1,1,1,1'), file(TICKS)])
    expect({ ...feed, blocks: null }).toEqual({ symbols: ['B', 'A', 'C'], firstTs: 0, lastTs: 70, rows: 4, quotes: 10, blocks: null })
    const candles = await open([file(KLINES, '0,C,1,1,1,1,1', '10,D,1,1,1,1,1', '20,C,1,1,1,1,1')])
    expect(candles.lastTs).toBe(60_009)
    expect((await collect(candles)).at(-1)?.[0]).toBe(60_009)
  })

  it('without rows is empty', async () => {
    const feed = await open([file(TICKS)])
    expect({ ...feed, blocks: await collect(feed) }).toEqual({ symbols: [], firstTs: null, lastTs: null, rows: 0, quotes: 0, blocks: [] })
  })

  it.each([
    ['gzipped, whatever its name', gzipSync(`${TICKS}\n1,A,,,2,,\n`)],
    ['with carriage returns and a byte order mark', `\uFEFF${TICKS}\r\n1,A,,,2,,\r\n\r\n`],
    ['without a last line end', `${TICKS}\n1,A,,,2,,`],
    ['with empty lines', `${TICKS}\n\n1,A,,,2,,\n\n`],
  ])('reads a file %s', async (_, content) => {
    const path = join(directory, 'plain.csv')
    writeFileSync(path, content)
    expect(await quotesOf([path])).toEqual([[1, 'A', NaN, NaN, 2, NaN, 'point']])
  })

  it('can be read again, and gives the same where the rows were too many to keep', async () => {
    const paths = [file(TICKS, '1,A,,,1,,', '3,A,5,6,,,'), file(KLINES, '0,B,1,2,1,2,1', '4,B,1,2,1,2,1'), file(TICKS, '2,A,,,2,,', '4,A,,,3,,')]
    const kept = await open(paths)
    const once = await collect(kept)
    expect(await collect(kept)).toEqual(once)
    for (const keptRows of [0, 1, 2, 4]) expect(await collect(await open(paths, 'auto', keptRows))).toEqual(once)
  })
})

describe('shipped data, row by row as the plain reader has it', () => {
  const ticks = 'test/data/binance-ticks.csv.gz'
  const candles = 'test/data/coinbase-btcusd-4h-2016-2025.csv.gz'

  it.each<[string, string[], CandlePath, number]>([
    ['ticks', [ticks], 'auto', 80_000],
    ['candles auto', [candles], 'auto', 82_780],
    ['candles olhc', [candles], 'olhc', 82_780],
    ['all together', [candles, ticks], 'auto', 162_780],
    ['ticks twice', [ticks, ticks], 'auto', 160_000],
  ])('%s', async (_, paths, candlePath, quotes) => {
    const feed = await open(paths, candlePath)
    const own = await collect(feed)
    const plain = readPlainly(paths, candlePath)
    expect(own.length).toBe(quotes)
    expect(feed.quotes).toBe(quotes)
    expect(own.findIndex((quote, index) => !quote.every((value, field) => Object.is(value, plain[index]?.[field])))).toBe(-1)
    expect([feed.firstTs, feed.lastTs]).toEqual([plain[0]?.[0], plain.at(-1)?.[0]])
    // Files that do not fit into memory are parsed a second time.
    expect(await collect(await open(paths, candlePath, 0))).toEqual(own)
  })
})

describe('any small files', () => {
  const price = fc.integer({ min: 1, max: 99_999 }).map((value) => String(value / 100))
  const symbol = fc.constantFrom('A', 'B', 'C.P')
  const field = fc.option(price, { nil: '' })
  const times = (rows: { gap: number; text: (ts: number) => string }[]): string[] => {
    let ts = 0
    return rows.map((row) => row.text((ts += row.gap)))
  }
  const gap = fc.constantFrom(0, 1, 2, 3, 7, 60)
  const ticks = fc.record({ gap, symbol, bid: field, ask: field, last: field, mark: field })
    .map((row) => ({ gap: row.gap, text: (ts: number) => `${ts},${row.symbol},${row.bid},${row.ask},${row.last},${row.mark},` }))
  const klines = fc.record({ gap, symbol, open: price, close: price, one: price, other: price }).map((row) => {
    const [low, high] = [row.one, row.other].toSorted((a, b) => Number(a) - Number(b))
    return { gap: row.gap, text: (ts: number) => `${ts},${row.symbol},${row.open},${high},${low},${row.close},1` }
  })
  const anyFile = fc.oneof(
    fc.array(ticks, { maxLength: 40 }).map((rows) => [TICKS, ...times(rows)]),
    fc.array(klines, { maxLength: 40 }).map((rows) => [KLINES, ...times(rows)]),
  )

  it('are read as the plain reader reads them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFile, { minLength: 1, maxLength: 4 }), fc.constantFrom<CandlePath>('auto', 'ohlc', 'olhc'), async (contents, candlePath) => {
        const paths = contents.map(([header, ...rows]) => file(header as string, ...rows))
        expect(await quotesOf(paths, candlePath)).toEqual(readPlainly(paths, candlePath))
      }),
      { numRuns: 150 },
    )
  })
})
