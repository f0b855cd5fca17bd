/** `loms backup` and `loms restore`: a proven copy of the truth, and the way back. */
import { EXIT, type ExitCode } from '../exit-code.ts'
import { count, text } from '../format.ts'
import { printJson } from '../session.ts'
import { renderPairs } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export type ManifestView = { readonly created_at: string; readonly durable_seq: number; readonly state_hash: string; readonly files: readonly { readonly bytes: number }[] }
export type BackupRun = { readonly ok: true; readonly directory: string; readonly manifest: ManifestView; readonly remark: string | null } | { readonly ok: false; readonly message: string }
export type RestoreRun = { readonly ok: true; readonly manifest: ManifestView; readonly movedTo: string | null } | { readonly ok: false; readonly message: string }

/** Exit code 0 once the copy has been read back and proven. */
export function showBackup(terminal: Terminal, json: boolean, run: BackupRun): ExitCode {
  if (!run.ok) return failed(terminal, json, run.message)
  if (json) printJson(terminal, run)
  else terminal.out(renderPairs([['backup', text(run.directory)], ...contents(run.manifest)]))
  if (run.remark !== null) terminal.err(`note: ${text(run.remark)}`)
  return EXIT.ok
}

/** Asks first, unless told not to; exit code 0 once the data directory is as the backup was. */
export async function runRestore(terminal: Terminal, json: boolean, options: { readonly backup: string; readonly dataDir: string; readonly yes: boolean }, restore: () => Promise<RestoreRun>): Promise<ExitCode> {
  const question = `Restore ${options.backup} into ${options.dataDir}? What is there now is moved aside.`
  if (!options.yes && !(await terminal.ask?.(question))) {
    terminal.err(terminal.ask ? 'nothing was changed' : 'nobody can be asked here; repeat with --yes')
    return EXIT.failed
  }
  const run = await restore()
  if (!run.ok) return failed(terminal, json, run.message)
  if (json) printJson(terminal, run)
  else terminal.out(renderPairs([['restored', text(options.dataDir)], ['made', text(run.manifest.created_at)], ...contents(run.manifest), ['before', run.movedTo === null ? '-' : `moved to ${text(run.movedTo)}`]]))
  return EXIT.ok
}

const contents = ({ durable_seq, state_hash, files }: ManifestView): readonly (readonly [string, string])[] => [
  ['records', count(durable_seq)],
  ['state hash', text(state_hash)],
  ['files', `${files.length}, ${count(files.reduce((sum, { bytes }) => sum + bytes, 0))} bytes, each with its checksum`],
]

function failed(terminal: Terminal, json: boolean, message: string): ExitCode {
  if (json) printJson(terminal, { ok: false, message })
  terminal.err(message)
  return EXIT.failed
}
