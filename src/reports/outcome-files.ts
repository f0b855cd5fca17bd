/** `loms report outcomes`: the outcomes of a journal as files, row by row: a million positions need no memory. */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { OutcomesOptions, OutcomesOutcome } from '../cli/commands/report.ts'
import { visitPositions } from './journal-positions.ts'
import { csvLine, OUTCOME_COLUMNS, outcomeRow, type OutcomeRow } from './outcome.ts'

const GATHERED_BYTES = 65_536

/** A text file that grows; what was gathered is written in large pieces. */
class GrowingFile {
  readonly #descriptor: number
  #gathered = ''

  constructor(path: string) {
    this.#descriptor = openSync(path, 'w')
  }

  write(text: string): void {
    this.#gathered += text
    if (this.#gathered.length >= GATHERED_BYTES) this.#flush()
  }

  close(): void {
    this.#flush()
    closeSync(this.#descriptor)
  }

  #flush(): void {
    writeSync(this.#descriptor, this.#gathered)
    this.#gathered = ''
  }
}

/** One row per closed position, in the order in which they closed. */
export function writeOutcomes({ source, csv, jsonl }: OutcomesOptions): OutcomesOutcome {
  let rows = 0
  try {
    const table = csv === null ? null : new GrowingFile(csv)
    const lines = jsonl === null ? null : new GrowingFile(jsonl)
    table?.write(csvLine(OUTCOME_COLUMNS))
    const write = (row: OutcomeRow): void => {
      table?.write(csvLine(Object.values(row)))
      lines?.write(`${JSON.stringify(row)}\n`)
      rows += 1
    }
    const read = visitPositions(source, (view, context) => {
      if (view.status === 'closed') write(outcomeRow(view, context))
    })
    table?.close()
    lines?.close()
    return read.ok ? { ok: true, rows, remarks: read.remarks } : { ok: false, problems: [read.message] }
  } catch (error) {
    return { ok: false, problems: [`cannot write the outcomes: ${(error as Error).message}`] }
  }
}
