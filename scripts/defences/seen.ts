/** What an interrupted run has seen already: a removal that was noticed need not be tried again on the same sources. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { Defence } from './defence.ts'

export class Seen {
  readonly #root: string
  readonly #file: string
  /** What is committed; null: there are other changes, and nothing is remembered. */
  readonly #sources: string | null
  readonly #keys: Set<string>

  constructor(root: string) {
    this.#root = root
    this.#file = join(root, 'artefacts/defences-seen.json')
    const git = (...args: readonly string[]): string => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout.trim()
    const parts = ['src', 'machines', 'state', 'test/live', 'test/support']
    this.#sources = git('status', '--porcelain', '--', ...parts) === '' ? parts.map((part) => git('rev-parse', `HEAD:${part}`)).join() : null
    this.#keys = new Set(fs.existsSync(this.#file) ? (JSON.parse(fs.readFileSync(this.#file, 'utf8')) as string[]) : [])
  }

  has(defence: Defence): boolean {
    const key = this.#key(defence)
    return key !== null && this.#keys.has(key)
  }

  add(defence: Defence): void {
    const key = this.#key(defence)
    if (key === null) return
    this.#keys.add(key)
    fs.mkdirSync(dirname(this.#file), { recursive: true })
    fs.writeFileSync(`${this.#file}.tmp`, JSON.stringify([...this.#keys]))
    fs.renameSync(`${this.#file}.tmp`, this.#file)
  }

  /** The run is complete: the next one begins anew. */
  forget(): void {
    fs.rmSync(this.#file, { force: true })
  }

  #key(defence: Defence): string | null {
    if (this.#sources === null) return null
    const test = fs.readFileSync(join(this.#root, defence.test[0]), 'utf8')
    return createHash('sha256').update(JSON.stringify([this.#sources, defence, test])).digest('hex').slice(0, 24)
  }
}
