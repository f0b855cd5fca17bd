/** Lists of checks with a verdict each: `loms doctor`, `loms daily`, `loms readiness`. */
import { EXIT, type ExitCode } from '../exit-code.ts'
import { NONE, text } from '../format.ts'
import { printJson } from '../session.ts'
import { renderTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'

/** `skipped`: could not be looked at here; `figure` says why. */
export type Verdict = 'ok' | 'warning' | 'failed' | 'skipped'
export type Check = { readonly name: string; readonly verdict: Verdict; readonly figure: string; readonly wanted: string }

/** Exit code 1 when a check failed. */
export function showChecks(terminal: Terminal, json: boolean, title: string, checks: readonly Check[], extra: Readonly<Record<string, unknown>> = {}): ExitCode {
  const bad = checks.filter(({ verdict }) => verdict === 'failed').length
  if (json) printJson(terminal, { ok: bad === 0, ...extra, checks })
  else {
    const { colours } = terminal
    const shown: Readonly<Record<Verdict, string>> = { ok: colours.green('ok'), warning: colours.yellow('warning'), failed: colours.red('FAILED'), skipped: colours.dim('skipped') }
    terminal.out(
      renderTable(
        [
          { head: 'CHECK', cell: ({ name }: Check) => text(name) },
          { head: 'VERDICT', cell: ({ verdict }) => shown[verdict] },
          { head: 'FOUND', cell: ({ figure }) => text(figure) },
          { head: 'WANTED', cell: ({ wanted }) => (wanted === '' ? NONE : text(wanted)) },
        ],
        checks,
      ),
    )
    terminal.out('')
    terminal.out(bad === 0 ? colours.green(`${title}: all held`) : colours.red(`${title}: ${bad} failed`))
  }
  return bad === 0 ? EXIT.ok : EXIT.failed
}
