/** The floor of every durable answer: one write and one datasync, on the same disk at the same time. */
import { open } from 'node:fs/promises'

const EVERY_MS = 50
/** About what a signal's batch of records takes. */
const BYTES = 1024

export class RawSync {
  readonly #waits: number[] = []
  #stopped = false
  #running: Promise<void> = Promise.resolve()

  start(path: string): void {
    this.#running = this.#run(path)
  }

  /** Milliseconds of each, sorted. */
  async stop(): Promise<Float64Array> {
    this.#stopped = true
    await this.#running
    return Float64Array.from(this.#waits).sort()
  }

  async #run(path: string): Promise<void> {
    const file = await open(path, 'a')
    const bytes = Buffer.alloc(BYTES, 'x')
    while (!this.#stopped) {
      const from = performance.now()
      await file.write(bytes)
      await file.datasync()
      this.#waits.push(performance.now() - from)
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
    await file.close()
  }
}
