/** One file of recorded prices: surveyed once from end to end, then read as quotes. */
import { CandleExpander, type CandlePath } from './candle-path.ts'
import { KLINES_HEADER, RecordedDataError, TICKS_HEADER } from './data-problem.ts'
import { fileLines } from './file-lines.ts'
import { createRowBlock, tickQuotes, type QuoteBlock, type RowBlock, type RowFormat } from './row-block.ts'
import { formatOfHeader, RowParser } from './row-parser.ts'
import type { SymbolTable } from './symbol-table.ts'

const NEWLINE = 10
/** Length of a candle whose symbol has no second one to measure by. */
const SINGLE_CANDLE_MS = 60_000

/** What one pass over a file found. */
export type FileSurvey = {
  readonly file: string
  readonly format: RowFormat
  readonly rows: number
  /** Time of the first and last quote; null in a file without rows. */
  readonly firstTs: number | null
  readonly lastTs: number | null
  /** Length of a candle in milliseconds per symbol index: the smallest positive gap between two rows of the symbol. */
  readonly intervals: readonly number[]
  /** The parsed rows; null where they were too many to keep, they are then parsed again. */
  readonly kept: readonly RowBlock[] | null
}

type Header = { readonly format: RowFormat; readonly bytes: number }

function readHeader(file: string, firstChunk: Buffer): Header {
  const end = firstChunk.indexOf(NEWLINE)
  const line = firstChunk.toString('utf8', 0, end)
  const format = formatOfHeader(line)
  if (format) return { format, bytes: end + 1 }
  const found = JSON.stringify(line.trimEnd().slice(0, 80))
  throw new RecordedDataError('bad_header', file, 1, `the header is ${found}; it must be ${TICKS_HEADER} (ticks) or ${KLINES_HEADER} (klines)`)
}

/** The rows of a file block by block, each block a new one. Throws `RecordedDataError`. */
async function* readRows(file: string, symbols: SymbolTable, onFormat: (format: RowFormat) => void): AsyncGenerator<RowBlock> {
  let parser: RowParser | undefined
  let block = createRowBlock()
  for await (const chunk of fileLines(file)) {
    let at = 0
    if (!parser) {
      const header = readHeader(file, chunk)
      onFormat(header.format)
      parser = new RowParser(file, header.format, symbols)
      at = header.bytes
    }
    while (at < chunk.length) {
      at = parser.parse(chunk, at, chunk.length, block)
      if (block.length < block.ts.length) continue
      yield block
      block = createRowBlock()
    }
  }
  if (!parser) throw new RecordedDataError('bad_header', file, null, `is empty; its first line must be ${TICKS_HEADER} or ${KLINES_HEADER}`)
  if (block.length > 0) yield block
}

/** Measures candles and the span of time while the rows go by. */
class Measure {
  rows = 0
  firstTs: number | null = null
  #lastTs = 0
  readonly #lastOf: number[] = []
  readonly #gapOf: number[] = []

  add(block: RowBlock, format: RowFormat): void {
    this.rows += block.length
    this.firstTs ??= block.ts[0] as number
    this.#lastTs = block.ts[block.length - 1] as number
    if (format === 'ticks') return
    for (let row = 0; row < block.length; row += 1) {
      const symbol = block.symbol[row] as number
      const ts = block.ts[row] as number
      const gap = ts - (this.#lastOf[symbol] ?? ts)
      if (gap > 0 && gap < (this.#gapOf[symbol] ?? Infinity)) this.#gapOf[symbol] = gap
      this.#lastOf[symbol] = ts
    }
  }

  intervals(symbolCount: number): number[] {
    return Array.from({ length: symbolCount }, (_, symbol) => this.#gapOf[symbol] ?? SINGLE_CANDLE_MS)
  }

  lastTs(format: RowFormat, intervals: readonly number[]): number | null {
    if (this.firstTs === null) return null
    if (format === 'ticks') return this.#lastTs
    return this.#lastOf.reduce((latest, ts, symbol) => Math.max(latest, ts + (intervals[symbol] as number) - 1), 0)
  }
}

/**
 * Reads and checks the whole file once. Its rows stay in memory if there are at most `keepRows`. Throws
 * `RecordedDataError`.
 */
export async function surveyFile(file: string, symbols: SymbolTable, keepRows: number): Promise<FileSurvey> {
  const measure = new Measure()
  let format: RowFormat = 'ticks'
  let kept: RowBlock[] | null = []
  for await (const block of readRows(file, symbols, (found) => (format = found))) {
    measure.add(block, format)
    if (measure.rows > keepRows) kept = null
    kept?.push(block)
  }
  const intervals = measure.intervals(symbols.names.length)
  return { file, format, rows: measure.rows, firstTs: measure.firstTs, lastTs: measure.lastTs(format, intervals), intervals, kept }
}

/** The quotes of a surveyed file in order of time. Fields that a tick row does not carry are `NaN`. */
export async function* readQuotes(survey: FileSurvey, symbols: SymbolTable, candlePath: CandlePath): AsyncGenerator<QuoteBlock> {
  const rows = survey.kept ?? readRows(survey.file, symbols, () => undefined)
  if (survey.format === 'ticks') {
    for await (const block of rows) yield tickQuotes(block)
    return
  }
  const expander = new CandleExpander(survey.intervals, candlePath)
  for await (const block of rows) yield* expander.expand(block)
  yield* expander.finish()
}
