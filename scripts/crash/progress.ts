/** Long runs in pieces: what is done so far stands in a file, and the next run goes on from there. */
import fs from 'node:fs'

/** Adds a run's counts to those of the runs before, and is written as one piece. */
export class Progress<T extends object> {
  readonly #file: string | null
  #value: T

  /** `file` null: nothing is kept. What another kind of run left is begun anew. */
  constructor(file: string | null, beginning: T) {
    this.#file = file
    this.#value = beginning
    if (file === null || !fs.existsSync(file)) return
    const found = JSON.parse(fs.readFileSync(file, 'utf8')) as T
    if (Object.keys(beginning).every((key) => key in found)) this.#value = found
  }

  get value(): T {
    return this.#value
  }

  update(value: T): void {
    this.#value = value
    if (this.#file === null) return
    fs.writeFileSync(`${this.#file}.tmp`, `${JSON.stringify(value)}\n`)
    fs.renameSync(`${this.#file}.tmp`, this.#file)
  }

  /** The run is complete: the next one begins anew. */
  finish(): void {
    if (this.#file !== null) fs.rmSync(this.#file, { force: true })
  }
}
