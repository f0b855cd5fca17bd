/** The files of this repository, read once. What git ignores is left out. */
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseSource, type SourceFile } from './source-file.ts'

export const ROOT = join(import.meta.dirname, '..', '..')
const IGNORED = new Set(['.git', 'node_modules', 'dist', 'coverage', 'state/data', '.env', 'artefacts'])

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (IGNORED.has(relative(ROOT, path))) continue
    if (entry.isDirectory()) yield* walk(path)
    else if (entry.isFile()) yield relative(ROOT, path)
  }
}

/** Paths from the root, sorted. */
export const repositoryFiles: readonly string[] = [...walk(ROOT)].sort()

export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const parsed = (pattern: RegExp): readonly SourceFile[] => repositoryFiles.filter((path) => pattern.test(path)).map((path) => parseSource(path, textOf(path)))

/** What runs in production or is run by hand. */
export const productSources = parsed(/^(src|machines|state|scripts)\/.*\.tsx?$/)
export const testSources = parsed(/^test\/.*\.ts$/)
