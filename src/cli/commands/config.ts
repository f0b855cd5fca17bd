/** `loms config`: every setting in force, its value and where it came from. */
import { EXIT, type ExitCode } from '../exit-code.ts'
import { NONE, text } from '../format.ts'
import { printJson } from '../session.ts'
import { renderTable } from '../table.ts'
import type { Colours, Terminal } from '../terminal.ts'

/** One setting. Secrets arrive masked. */
export type ConfigRow = { readonly name: string; readonly value: string; readonly origin: string; readonly note: string | null }
export type ConfigReading =
  | { readonly ok: true; readonly effective: readonly ConfigRow[]; readonly warnings: readonly string[] }
  /** One readable line per mistake. */
  | { readonly ok: false; readonly problems: readonly string[]; readonly warnings: readonly string[] }

/** Exit code 1 when the service would refuse to start with these settings. */
export function showConfig(terminal: Terminal, json: boolean, reading: ConfigReading): ExitCode {
  if (!reading.ok) {
    if (json) printJson(terminal, { ok: false, problems: reading.problems, warnings: reading.warnings })
    for (const problem of reading.problems) terminal.err(problem)
  } else if (json) printJson(terminal, { ok: true, settings: reading.effective, warnings: reading.warnings })
  else terminal.out(renderConfig(reading.effective, terminal.colours))
  for (const warning of reading.warnings) terminal.err(`warning: ${warning}`)
  return reading.ok ? EXIT.ok : EXIT.failed
}

/** The settings as a table; what was set by somebody stands out from the defaults. */
export function renderConfig(rows: readonly ConfigRow[], colours: Colours): string {
  return renderTable(
    [
      { head: 'NAME', cell: (row) => row.name },
      { head: 'VALUE', cell: (row) => text(row.value) },
      { head: 'ORIGIN', cell: (row) => (row.origin === 'default' ? colours.dim(row.origin) : row.origin) },
      { head: 'NOTE', cell: (row) => row.note ?? NONE },
    ],
    rows,
  )
}
