/** Several files of recorded prices as one stream of quotes in order of time. */
import { assert } from '../../domain/assert.ts'
import type { CandlePath } from './candle-path.ts'
import { RecordedDataError, type DataProblem } from './data-problem.ts'
import { readQuotes, surveyFile, type FileSurvey } from './recorded-file.ts'
import { BLOCK_ROWS, createQuoteBlock, type QuoteBlock } from './row-block.ts'
import { SymbolTable } from './symbol-table.ts'

/** Rows of all files together that stay in memory (about 42 bytes each); files beyond are read from the disk a second time. */
export const KEPT_ROWS = 6_000_000

export type RecordedFeedOptions = {
  readonly candlePath: CandlePath
  /** How many rows may stay in memory; `KEPT_ROWS` where it is absent. */
  readonly keptRows?: number
}

export type RecordedFeed = {
  /** Every symbol that has at least one row, in order of first appearance; blocks carry indexes into it. */
  readonly symbols: readonly string[]
  /** Time of the first and the last quote in milliseconds; null if no file has a row. */
  readonly firstTs: number | null
  readonly lastTs: number | null
  /** Rows in the files, and quotes made of them (a candle makes four). */
  readonly rows: number
  readonly quotes: number
  /**
   * All quotes in order of time; equal milliseconds in order of the files, within a file in order of its rows. Fields
   * keep their symbol's last value over all files, `NaN` until seen. A block is valid until the next one is asked for.
   * May be called again, also while another pass is under way.
   */
  blocks(): AsyncGenerator<QuoteBlock>
}

export type OpenedFeed = { readonly ok: true; readonly feed: RecordedFeed } | { readonly ok: false; readonly problem: DataProblem }

/** Reads and checks every row of the files (`.csv` or gzipped) before the first quote is given out. */
export async function openRecordedFeed(files: readonly string[], options: RecordedFeedOptions): Promise<OpenedFeed> {
  assert(files.length > 0, 'a recorded feed has at least one file')
  const symbols = new SymbolTable()
  const surveys: FileSurvey[] = []
  let keepRows = options.keptRows ?? KEPT_ROWS
  try {
    for (const file of files) {
      const survey = await surveyFile(file, symbols, keepRows)
      if (survey.kept) keepRows -= survey.rows
      surveys.push(survey)
    }
  } catch (error) {
    if (error instanceof RecordedDataError) return { ok: false, problem: error.problem }
    throw error
  }
  return { ok: true, feed: feedOf(surveys, symbols, options.candlePath) }
}

function feedOf(surveys: readonly FileSurvey[], symbols: SymbolTable, candlePath: CandlePath): RecordedFeed {
  const filled = surveys.filter((survey) => survey.rows > 0)
  return {
    symbols: symbols.names,
    firstTs: filled.length > 0 ? Math.min(...filled.map((survey) => survey.firstTs ?? Infinity)) : null,
    lastTs: filled.length > 0 ? Math.max(...filled.map((survey) => survey.lastTs ?? 0)) : null,
    rows: filled.reduce((total, survey) => total + survey.rows, 0),
    quotes: filled.reduce((total, survey) => total + survey.rows * (survey.format === 'klines' ? 4 : 1), 0),
    blocks: () => mergeQuotes(filled.map((survey) => readQuotes(survey, symbols, candlePath)), symbols.names.length),
  }
}

/** One file's place in the merge. */
class FileCursor {
  readonly #blocks: AsyncGenerator<QuoteBlock>
  block: QuoteBlock | null = null
  at = 0
  /** Time of the next quote, Infinity behind the last. */
  ts = Infinity

  constructor(blocks: AsyncGenerator<QuoteBlock>) {
    this.#blocks = blocks
  }

  async nextBlock(): Promise<void> {
    const next = await this.#blocks.next()
    this.block = next.done ? null : next.value
    this.at = 0
    this.ts = this.block ? (this.block.ts[0] as number) : Infinity
  }

  async close(): Promise<void> {
    await this.#blocks.return(undefined)
  }
}

async function* mergeQuotes(files: readonly AsyncGenerator<QuoteBlock>[], symbolCount: number): AsyncGenerator<QuoteBlock> {
  const cursors = files.map((file) => new FileCursor(file))
  const markets = new LastFields(symbolCount)
  const out = createQuoteBlock()
  try {
    for (const cursor of cursors) await cursor.nextBlock()
    for (;;) {
      const cursor = earliest(cursors)
      if (!cursor?.block) break
      takeRun(cursor, cursor.block, cursors, markets, out)
      if (out.length === BLOCK_ROWS) {
        yield out
        out.length = 0
      }
      if (cursor.at === cursor.block.length) await cursor.nextBlock()
    }
    if (out.length > 0) yield out
  } finally {
    for (const cursor of cursors) await cursor.close()
  }
}

/** The cursor with the earliest quote; the first of the command line where several have it. */
function earliest(cursors: readonly FileCursor[]): FileCursor | undefined {
  let best = cursors[0]
  for (const cursor of cursors) if (best && cursor.ts < best.ts) best = cursor
  return best
}

/** Copies the cursor's quotes for as long as they come before those of all other files and the block has room. */
function takeRun(cursor: FileCursor, block: QuoteBlock, cursors: readonly FileCursor[], markets: LastFields, out: QuoteBlock): void {
  let before = Infinity
  let upTo = Infinity
  let isEarlierFile = true
  for (const other of cursors) {
    if (other === cursor) isEarlierFile = false
    else if (isEarlierFile) before = Math.min(before, other.ts)
    else upTo = Math.min(upTo, other.ts)
  }
  const end = Math.min(block.length, cursor.at + BLOCK_ROWS - out.length)
  let at = cursor.at
  for (; at < end; at += 1) {
    const ts = block.ts[at] as number
    if (ts >= before || ts > upTo) break
    markets.copy(block, at, out)
  }
  cursor.at = at
  cursor.ts = at < block.length ? (block.ts[at] as number) : Infinity
}

/** The last value of each field of each symbol. */
class LastFields {
  readonly #bid: Float64Array
  readonly #ask: Float64Array
  readonly #last: Float64Array
  readonly #mark: Float64Array

  constructor(symbolCount: number) {
    this.#bid = new Float64Array(symbolCount).fill(NaN)
    this.#ask = new Float64Array(symbolCount).fill(NaN)
    this.#last = new Float64Array(symbolCount).fill(NaN)
    this.#mark = new Float64Array(symbolCount).fill(NaN)
  }

  /** Appends one quote to `out`, its missing fields filled from what the symbol had last. */
  copy(from: QuoteBlock, at: number, out: QuoteBlock): void {
    const to = out.length++
    const symbol = from.symbol[at] as number
    out.ts[to] = from.ts[at] as number
    out.symbol[to] = symbol
    out.path[to] = from.path[at] as number
    out.bid[to] = carry(this.#bid, symbol, from.bid[at] as number)
    out.ask[to] = carry(this.#ask, symbol, from.ask[at] as number)
    out.last[to] = carry(this.#last, symbol, from.last[at] as number)
    out.mark[to] = carry(this.#mark, symbol, from.mark[at] as number)
  }
}

/** The value, or the column's last one where it is `NaN`. */
const carry = (known: Float64Array, symbol: number, value: number): number => (value === value ? (known[symbol] = value) : (known[symbol] as number))
