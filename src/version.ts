/** The product's version, as package.json has it. */
import { readFileSync } from 'node:fs'

/** The nearest package.json above this file: one folder up from source, two from the compiled output. */
const packageFile = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url))

export function productVersion(): string {
  for (const file of packageFile) {
    try {
      return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
    } catch {
      continue
    }
  }
  return 'unknown'
}
