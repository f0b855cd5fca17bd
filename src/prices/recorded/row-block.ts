/** Columns of recorded rows and of the quotes made from them. */
import type { PriceQuote } from '../../domain/quote.ts'

/** Rows per block: large enough to forget the cost of a block, small enough for the cache. */
export const BLOCK_ROWS = 16_384

export type Column = Float64Array
export type RowFormat = 'ticks' | 'klines'

/**
 * Parsed rows of one file. The four columns are bid, ask, last, mark (ticks; `NaN` = the row does not carry the field)
 * or open, high, low, close (klines).
 */
export type RowBlock = {
  length: number
  readonly ts: Float64Array
  /** Index into the feed's symbols. */
  readonly symbol: Uint16Array
  readonly columns: readonly [Column, Column, Column, Column]
}

/** Values of `QuoteBlock.path`. */
export const POINT = 0
export const CONTINUOUS = 1

/** Quotes in order of time, one per index below `length`. */
export type QuoteBlock = {
  length: number
  readonly ts: Float64Array
  /** Index into the feed's symbols. */
  readonly symbol: Uint16Array
  readonly bid: Float64Array
  readonly ask: Float64Array
  readonly last: Float64Array
  readonly mark: Float64Array
  /** `POINT` or `CONTINUOUS`, see `PriceQuote.path`. */
  readonly path: Uint8Array
}

const column = (rows: number): Column => new Float64Array(rows)

export function createRowBlock(rows: number = BLOCK_ROWS): RowBlock {
  return { length: 0, ts: column(rows), symbol: new Uint16Array(rows), columns: [column(rows), column(rows), column(rows), column(rows)] }
}

export function createQuoteBlock(rows: number = BLOCK_ROWS): QuoteBlock {
  return {
    length: 0,
    ts: column(rows),
    symbol: new Uint16Array(rows),
    bid: column(rows),
    ask: column(rows),
    last: column(rows),
    mark: column(rows),
    path: new Uint8Array(rows),
  }
}

const ONLY_POINTS = new Uint8Array(BLOCK_ROWS)

/** Tick rows seen as quotes, without a copy: what a row does not carry is still `NaN`. */
export function tickQuotes(rows: RowBlock): QuoteBlock {
  const [bid, ask, last, mark] = rows.columns
  return { length: rows.length, ts: rows.ts, symbol: rows.symbol, bid, ask, last, mark, path: ONLY_POINTS }
}

/** The quote at `index` as an object of its own. */
export function quoteAt(block: QuoteBlock, index: number, symbols: readonly string[], source: string): PriceQuote {
  return {
    symbol: symbols[block.symbol[index] as number] as string,
    ts: block.ts[index] as number,
    bid: block.bid[index] as number,
    ask: block.ask[index] as number,
    last: block.last[index] as number,
    mark: block.mark[index] as number,
    source,
    path: block.path[index] === CONTINUOUS ? 'continuous' : 'point',
  }
}
