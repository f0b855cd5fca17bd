/**
 * How quick the reader of recorded prices is, against the plain way to read a CSV on the same decompressed text.
 *
 *   npx tsx scripts/bench/csv.ts [FILE.csv.gz]
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { createRowBlock } from '../../src/prices/recorded/row-block.ts'
import { openRecordedFeed } from '../../src/prices/recorded/recorded-feed.ts'
import { formatOfHeader, RowParser } from '../../src/prices/recorded/row-parser.ts'
import { SymbolTable } from '../../src/prices/recorded/symbol-table.ts'

type BenchRow = { name: string; value: number; unit: string; floor: number | null; ratio: number | null; bound: number | null }

const ROUNDS = 9
const file = process.argv[2] ?? 'test/data/binance-ticks.csv.gz'

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number

/** Milliseconds that each of the ways takes, measured in turns, the first turns being warm-up. */
async function measure(ways: readonly (() => number | Promise<number>)[]): Promise<number[]> {
  const times: number[][] = ways.map(() => [])
  for (let round = 0; round < ROUNDS + 3; round += 1) {
    for (const [index, way] of ways.entries()) {
      const started = performance.now()
      const rows = await way()
      if (rows === 0) throw new Error(`${file} has no rows`)
      if (round >= 3) times[index]?.push(performance.now() - started)
    }
  }
  return times.map(median)
}

/** Columns by `split` and `Number`, as one would write it first. */
function readPlainly(text: string): number {
  const lines = text.split('\n')
  let rows = 0
  const columns = Array.from({ length: 6 }, () => new Float64Array(lines.length))
  const symbols: string[] = []
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] as string
    if (line === '') continue
    const fields = line.split(',')
    symbols.push(fields[1] as string)
    for (let column = 0; column < 6; column += 1) {
      const field = fields[column === 0 ? 0 : column + 1] as string
      ;(columns[column] as Float64Array)[rows] = field === '' ? NaN : Number(field)
    }
    rows += 1
  }
  return rows
}

function readBytes(bytes: Buffer): number {
  const headerEnd = bytes.indexOf(10) + 1
  const format = formatOfHeader(bytes.toString('utf8', 0, headerEnd))
  if (!format) throw new Error(`${file} has no known header`)
  const parser = new RowParser(file, format, new SymbolTable())
  let rows = 0
  for (let at = headerEnd; at < bytes.length; ) {
    const block = createRowBlock()
    at = parser.parse(bytes, at, bytes.length, block)
    rows += block.length
  }
  return rows
}

async function readFeed(): Promise<number> {
  const opened = await openRecordedFeed([file], { candlePath: 'auto' })
  if (!opened.ok) throw new Error(opened.problem.message)
  let quotes = 0
  for await (const block of opened.feed.blocks()) quotes += block.length
  return quotes
}

const bytes = gunzipSync(readFileSync(file))
const text = bytes.toString('utf8')
const rows = readBytes(bytes)
const [plain, own, unzip, feed] = (await measure([
  () => readPlainly(text),
  () => readBytes(bytes),
  () => gunzipSync(readFileSync(file)).length,
  readFeed,
])) as [number, number, number, number]

const perRow = (ms: number): number => Number(((ms * 1e6) / rows).toFixed(1))
const report: BenchRow[] = [
  { name: 'csv.plain', value: perRow(plain), unit: 'ns/row', floor: null, ratio: null, bound: null },
  { name: 'csv.reader', value: perRow(own), unit: 'ns/row', floor: perRow(plain), ratio: Number((own / plain).toFixed(3)), bound: 1 / 3 },
  // Everything from the compressed file to merged quotes; gzip runs on another thread.
  { name: 'csv.file-to-quotes', value: perRow(feed), unit: 'ns/row', floor: perRow(unzip), ratio: Number((feed / unzip).toFixed(3)), bound: null },
]
console.log(JSON.stringify({ file, rows, bytes: bytes.length, report }, null, 2))
