/** `loms bundle`: an incident in one file, for `loms replay` and for the page. */
import { EXIT, type ExitCode } from '../exit-code.ts'
import { count, text } from '../format.ts'
import type { Moment } from '../option-values.ts'
import { printJson } from '../session.ts'
import { renderPairs } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export type BundleOptions = {
  /** A journal file or a data directory. */
  readonly source: string
  /** Where the bundle goes. */
  readonly file: string
  readonly slice: { readonly kind: 'position'; readonly id: number } | { readonly kind: 'span'; readonly from: Moment | null; readonly to: Moment | null }
  readonly version: string
  /** The audit log of the settings; null: only those in the data directory are looked for. */
  readonly auditLog: string | null
  /** Secrets are masked. */
  readonly settings: readonly { readonly name: string; readonly value: string; readonly origin: string }[]
}

export type MadeBundle = { readonly file: string; readonly first_seq: number; readonly last_seq: number; readonly records: number; readonly state_hash_before: string | null; readonly contents: readonly { readonly name: string; readonly what: string }[] }
export type BundleOutcome = { readonly ok: true; readonly bundle: MadeBundle } | { readonly ok: false; readonly problems: readonly string[] }

export function showBundle(terminal: Terminal, json: boolean, outcome: BundleOutcome): ExitCode {
  if (!outcome.ok) {
    for (const problem of outcome.problems) terminal.err(problem)
    return EXIT.failed
  }
  const { bundle } = outcome
  if (json) printJson(terminal, bundle)
  else {
    terminal.out(
      renderPairs([
        ['bundle', text(bundle.file)],
        ['records', `${count(bundle.records)}, seq ${bundle.first_seq} to ${bundle.last_seq}`],
        ['state before', text(bundle.state_hash_before ?? 'none: the journal begins with it')],
        ...bundle.contents.map(({ name, what }) => [name, text(what)] as const),
        ['next', `loms replay ${bundle.file} --check, or drop it on the page under "Incident replay"`],
      ]),
    )
  }
  return EXIT.ok
}
