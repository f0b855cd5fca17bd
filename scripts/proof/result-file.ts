/** What a step of the proof left behind: `<id>.json` in a folder, written when it ended. */
import fs from 'node:fs'
import { join } from 'node:path'

export type StepResult = {
  readonly step: string
  readonly form: 'full' | 'short'
  readonly command: string
  /** The commit whose files were run; `+` after it: with changes that were not committed. */
  readonly commit: string
  readonly at: string
  readonly seconds: number
  readonly ok: boolean
  /** As the program wrote it. */
  readonly result: { readonly [name: string]: unknown }
}

export function readResult(folder: string, id: string): StepResult | null {
  const path = join(folder, `${id}.json`)
  return fs.existsSync(path) ? (JSON.parse(fs.readFileSync(path, 'utf8')) as StepResult) : null
}

export function writeResult(folder: string, result: StepResult): void {
  fs.mkdirSync(folder, { recursive: true })
  const path = join(folder, `${result.step}.json`)
  fs.writeFileSync(`${path}.tmp`, `${JSON.stringify(result, null, 1)}\n`)
  fs.renameSync(`${path}.tmp`, path)
}
