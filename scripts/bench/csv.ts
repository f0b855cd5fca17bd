/** How quick the reader of recorded prices is, against the plain way to read a CSV on the same decompressed text. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { createRowBlock } from '../../src/prices/recorded/row-block.ts'
import { formatOfHeader, RowParser } from '../../src/prices/recorded/row-parser.ts'
import { SymbolTable } from '../../src/prices/recorded/symbol-table.ts'
import { interleaved, nanoseconds, timesCheaper, type BenchRow } from './measure.ts'

const FILE = 'test/data/binance-ticks.csv.gz'
/** Passes over the file in one measurement: one pass is too short for the clock. */
const PASSES = 5

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
  if (!format) throw new Error(`${FILE} has no known header`)
  const parser = new RowParser(FILE, format, new SymbolTable())
  let rows = 0
  for (let at = headerEnd; at < bytes.length; ) {
    const block = createRowBlock()
    at = parser.parse(bytes, at, bytes.length, block)
    rows += block.length
  }
  return rows
}

/** The reader against split-and-Number. */
export function csvBench(): BenchRow[] {
  const bytes = gunzipSync(readFileSync(FILE))
  const text = bytes.toString('utf8')
  const rows = readBytes(bytes)
  const perRow = (read: () => number): number =>
    nanoseconds(PASSES * rows, () => {
      for (let pass = 0; pass < PASSES; pass++) if (read() === 0) throw new Error(`${FILE} has no rows`)
    })
  const cost = interleaved(11, { plain: () => perRow(() => readPlainly(text)), reader: () => perRow(() => readBytes(bytes)) })
  return [timesCheaper('row of recorded prices, times cheaper than split and Number', 'ns', cost.reader, cost.plain, 3)]
}
