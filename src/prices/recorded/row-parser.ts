/** Rows of the two CSV formats from bytes to columns. */
import { KLINES_HEADER, RecordedDataError, TICKS_HEADER } from './data-problem.ts'
import { fieldEnd, fieldText, NOT_A_NUMBER, NumberReader } from './number-field.ts'
import type { RowBlock, RowFormat } from './row-block.ts'
import type { SymbolTable } from './symbol-table.ts'

const COMMA = 44
const NEWLINE = 10
const CARRIAGE_RETURN = 13
/** The last instant a Date can hold. */
const LAST_TIME = 8_640_000_000_000_000

const HEADERS: Record<RowFormat, string> = { ticks: TICKS_HEADER, klines: KLINES_HEADER }

/** The format that a first line announces, or undefined. A byte order mark and a carriage return do not matter. */
export function formatOfHeader(line: string): RowFormat | undefined {
  const header = line.replace(/^\uFEFF/, '').trimEnd()
  return header === TICKS_HEADER ? 'ticks' : header === KLINES_HEADER ? 'klines' : undefined
}

/** Parses the lines behind the header of one file, in order. Throws `RecordedDataError` at the first line that breaks the format. */
export class RowParser {
  readonly #file: string
  readonly #format: RowFormat
  readonly #symbols: SymbolTable
  readonly #numbers = new NumberReader()
  #line = 1
  #previousTs = 0

  constructor(file: string, format: RowFormat, symbols: SymbolTable) {
    this.#file = file
    this.#format = format
    this.#symbols = symbols
  }

  /**
   * Appends rows from `bytes[from, to)` to the block until the bytes end or the block is full; returns where it stopped.
   * `bytes[to - 1]` must be a line end. Empty lines are skipped.
   */
  parse(bytes: Uint8Array, from: number, to: number, block: RowBlock): number {
    const capacity = block.ts.length
    let at = from
    while (at < to && block.length < capacity) {
      this.#line += 1
      const byte = bytes[at]
      if (byte === NEWLINE) at += 1
      else if (byte === CARRIAGE_RETURN && bytes[at + 1] === NEWLINE) at += 2
      else at = this.#row(bytes, at, block)
    }
    return at
  }

  #row(bytes: Uint8Array, start: number, block: RowBlock): number {
    const numbers = this.#numbers
    const row = block.length
    const ts = numbers.read(bytes, start)
    if (!(ts >= this.#previousTs && ts <= LAST_TIME && Math.floor(ts) === ts)) throw this.#badTime(bytes, start, ts)
    this.#previousTs = ts
    const symbolStart = this.#nextField(bytes, start, numbers.next)
    const symbolEnd = fieldEnd(bytes, symbolStart)
    const symbol = this.#symbols.intern(bytes, symbolStart, symbolEnd)
    if (symbol < 0) throw this.#badSymbol(bytes, symbolStart)
    block.ts[row] = ts
    block.symbol[row] = symbol
    let at = symbolEnd
    for (let column = 0; column < 4; column += 1) {
      const fieldStart = this.#nextField(bytes, start, at)
      const value = numbers.read(bytes, fieldStart)
      // Not above zero: an empty field (allowed in ticks only), zero, or not a number.
      if (!(value > 0) && (value === value || this.#format === 'klines')) throw this.#badPrice(bytes, fieldStart, column, value)
      ;(block.columns[column] as Float64Array)[row] = value
      at = numbers.next
    }
    const quantityStart = this.#nextField(bytes, start, at)
    if (numbers.read(bytes, quantityStart) === NOT_A_NUMBER) throw this.#badQuantity(bytes, quantityStart)
    if (this.#format === 'klines') this.#checkCandle(block, row)
    block.length = row + 1
    return this.#endOfLine(bytes, start, numbers.next)
  }

  /** Start of the field behind the comma at `at`. */
  #nextField(bytes: Uint8Array, start: number, at: number): number {
    if (bytes[at] !== COMMA) throw this.#badColumns(bytes, start)
    return at + 1
  }

  #endOfLine(bytes: Uint8Array, start: number, at: number): number {
    const end = bytes[at] === CARRIAGE_RETURN ? at + 1 : at
    if (bytes[end] !== NEWLINE) throw this.#badColumns(bytes, start)
    return end + 1
  }

  #checkCandle(block: RowBlock, row: number): void {
    const high = block.columns[1][row] as number
    const low = block.columns[2][row] as number
    if (high < low) throw this.#bad(`high ${high} is below low ${low}; the columns are ${KLINES_HEADER}`)
  }

  #badTime(bytes: Uint8Array, at: number, ts: number): RecordedDataError {
    if (ts >= 0 && ts <= LAST_TIME && Math.floor(ts) === ts) {
      return this.#bad(`ts_ms ${ts} is before the row above it (${this.#previousTs}); rows must be in order of time, sort the file by ts_ms`)
    }
    return this.#bad(`ts_ms ${quoted(fieldText(bytes, at))} is not a time; whole milliseconds since 1970 are allowed, e.g. 1680652700423`)
  }

  #badSymbol(bytes: Uint8Array, at: number): RecordedDataError {
    return this.#bad(`symbol ${quoted(fieldText(bytes, at))} is not a symbol; letters, digits and . _ : / - are allowed, e.g. BTCUSDT.P`)
  }

  #badPrice(bytes: Uint8Array, at: number, column: number, value: number): RecordedDataError {
    const name = HEADERS[this.#format].split(',')[column + 2] as string
    const allowed = this.#format === 'ticks' ? 'a decimal above 0, or nothing, is allowed' : 'a decimal above 0 is required'
    if (value !== value) return this.#bad(`${name} is empty; ${allowed}`)
    const text = fieldText(bytes, at)
    const nonPositive = value === 0 || Number(text) < 0
    return this.#bad(`${name} ${nonPositive ? `${text} is not above 0` : `${quoted(text)} is not a number`}; ${allowed}`)
  }

  #badQuantity(bytes: Uint8Array, at: number): RecordedDataError {
    const name = HEADERS[this.#format].split(',')[6] as string
    return this.#bad(`${name} ${quoted(fieldText(bytes, at))} is not a quantity; a decimal of 0 or more, or nothing, is allowed`)
  }

  #badColumns(bytes: Uint8Array, start: number): RecordedDataError {
    const end = bytes.indexOf(NEWLINE, start)
    const columns = Buffer.from(bytes.subarray(start, end)).toString('utf8').split(',').length
    return this.#bad(`has ${columns} columns instead of 7; the columns are ${HEADERS[this.#format]}`)
  }

  #bad(what: string): RecordedDataError {
    return new RecordedDataError('bad_row', this.#file, this.#line, what)
  }
}

/** Foreign text in a message: short, and visible where it is blank. */
const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
