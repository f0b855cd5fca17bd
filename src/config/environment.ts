/** The one place that reads the process environment and the `.env` file. */
import { readFileSync } from 'node:fs'
import { loadSettings, type LoadedSettings } from './load.ts'

/** Settings from the process environment, the `.env` file (none is fine) and `--set`. */
export function readSettings(options: { readonly overrides?: Readonly<Record<string, string>>; readonly envFile?: string } = {}): LoadedSettings {
  const path = options.envFile ?? '.env'
  let dotEnv: string | null = null
  try {
    dotEnv = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // A file that is there and cannot be read is not the same as no file: its limits would silently not apply.
    if (code !== 'ENOENT') {
      return { ok: false, problems: [`${path} cannot be read (${code ?? 'unknown error'}); make it a readable file or remove it`], warnings: [] }
    }
  }
  return loadSettings({ environment: process.env, dotEnv, ...(options.overrides ? { overrides: options.overrides } : {}) })
}
