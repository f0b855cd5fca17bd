/** What can be wrong with a file of recorded prices, in words for the person who named it. */

/** The first lines that are understood; they tell the two formats apart. */
export const TICKS_HEADER = 'ts_ms,symbol,bid,ask,last,mark,qty'
export const KLINES_HEADER = 'ts_ms,symbol,open,high,low,close,volume'

/** `unreadable`: no such file, no permission, damaged gzip. `bad_header`: neither format. `bad_row`: a line breaks its format. */
export type DataProblemCode = 'unreadable' | 'bad_header' | 'bad_row'
export type DataProblem = {
  readonly code: DataProblemCode
  readonly file: string
  /** Counted from 1, the header included; null where no line is to blame. */
  readonly line: number | null
  /** A whole sentence that names file and line. */
  readonly message: string
}

/** Carries a `DataProblem` out of the reader's inner loops; caught where a feed is opened. */
export class RecordedDataError extends Error {
  override readonly name = 'RecordedDataError'
  readonly problem: DataProblem
  constructor(code: DataProblemCode, file: string, line: number | null, what: string) {
    const message = line === null ? `${file}: ${what}` : `${file} line ${line}: ${what}`
    super(message)
    this.problem = { code, file, line, message }
  }
}
