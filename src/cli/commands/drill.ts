/** `loms drill`: rehearses a panic on paper and shows how long each step took. */
import { EXIT, type ExitCode } from '../exit-code.ts'
import { text } from '../format.ts'
import { printJson } from '../session.ts'
import type { Terminal } from '../terminal.ts'

export type DrillStep = { readonly step: string; readonly ms: number; readonly ok: boolean }
export type DrillResult = { readonly ok: boolean; readonly positions: number; readonly steps: readonly DrillStep[] }

export function showDrill(terminal: Terminal, json: boolean, { ok, steps, positions }: DrillResult): ExitCode {
  const { colours } = terminal
  if (json) printJson(terminal, { ok, positions, steps })
  else {
    const rows = steps.map((each) => `  ${String(each.ms).padStart(8)} ms  ${each.ok ? colours.green('ok') : colours.red('FAILED')}  ${text(each.step)}`)
    terminal.out([...rows, ok ? colours.green('the drill went as it should') : colours.red('the drill FAILED')].join('\n'))
  }
  return ok ? EXIT.ok : EXIT.failed
}
