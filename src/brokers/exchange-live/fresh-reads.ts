/** Reads that several ask for: whoever asks while one is under way gets the one that starts after it, which sees what he saw. */
export class FreshReads {
  readonly #read: (key: string) => Promise<void>
  readonly #current = new Map<string, Promise<void>>()
  readonly #next = new Map<string, Promise<void>>()

  constructor(read: (key: string) => Promise<void>) {
    this.#read = read
  }

  /** Rejects as the read does. */
  ask(key: string): Promise<void> {
    const waiting = this.#next.get(key)
    if (waiting) return waiting
    const next = (this.#current.get(key) ?? Promise.resolve()).catch(() => {}).then(() => {
      this.#next.delete(key)
      const running = this.#read(key)
      this.#current.set(key, running)
      return running
    })
    this.#next.set(key, next)
    return next
  }
}
