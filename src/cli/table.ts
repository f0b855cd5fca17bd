/** Tables without boxes: narrow enough for a terminal, plain enough for `awk`. */
import Table from 'cli-table3'
import { NONE } from './format.ts'

/** One column: its heading, how a row fills it, and where its text stands (numbers to the right). */
export type Column<Row> = { readonly head: string; readonly cell: (row: Row) => string; readonly align?: 'left' | 'right' }

const NO_BOX = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '',
  bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  mid: '', 'mid-mid': '', 'left-mid': '', 'right-mid': '',
  left: '', right: '', middle: '  ',
}

/** The rows as lines of text under their headings; a column that is `-` in every row is left out. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const filled = columns
    .map((column) => ({ column, cells: rows.map(column.cell) }))
    .filter(({ cells }) => cells.length === 0 || cells.some((cell) => cell !== NONE))
  const table = new Table({
    head: filled.map(({ column }) => column.head),
    colAligns: filled.map(({ column }) => column.align ?? 'left'),
    chars: NO_BOX,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  })
  rows.forEach((_, row) => table.push(filled.map(({ cells }) => cells[row] ?? NONE)))
  return trimmed(table.toString())
}

/** Names and values below each other. */
export function renderPairs(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}

const trimmed = (lines: string): string => lines.split('\n').map((line) => line.trimEnd()).join('\n')
