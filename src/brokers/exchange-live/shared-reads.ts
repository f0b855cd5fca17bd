/**
 * Reads of an account that many positions ask for at the same time, sent once: a venue takes some ten reads a second, and
 * with twenty symbols one look would take longer than it may.
 */

/** Whoever asks while a read is under way gets the one that starts after it: no answer is older than the question. */
export function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | null = null
  const start = (): Promise<T> => {
    next = null
    const running = read()
    current = running
    return running
  }
  return () => (next ??= current.then(start, start))
}

/** So many symbols are read apart, and so many reads may be under way; beyond that they are one request for all. */
const APART_AT_MOST = 2

export type ReadsBySymbol<T> = {
  readonly one: (symbol: string, sinceMs: number) => Promise<readonly T[]>
  readonly all: (sinceMs: number) => Promise<readonly T[]>
  readonly placeOf: (row: T) => { readonly symbol: string; readonly at: number }
}
type Asked<T> = { readonly symbol: string; readonly sinceMs: number; readonly resolve: (rows: readonly T[]) => void; readonly reject: (error: unknown) => void }

/** What happened on a symbol since a moment. Few symbols are read each for itself, many together. */
export class SharedBySymbol<T> {
  readonly #reads: ReadsBySymbol<T>
  #asked: Asked<T>[] = []
  #underWay = 0

  constructor(reads: ReadsBySymbol<T>) {
    this.#reads = reads
  }

  read(symbol: string, sinceMs: number): Promise<readonly T[]> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ symbol, sinceMs, resolve, reject })
      process.nextTick(() => this.#send())
    })
  }

  #send(): void {
    if (this.#asked.length === 0 || this.#underWay >= APART_AT_MOST) return
    const asked = this.#asked
    this.#asked = []
    const { one, all, placeOf } = this.#reads
    if (asked.length + this.#underWay <= APART_AT_MOST) {
      for (const { symbol, sinceMs, resolve, reject } of asked) this.#count(one(symbol, sinceMs)).then(resolve, reject)
    } else {
      this.#count(all(Math.min(...asked.map(({ sinceMs }) => sinceMs)))).then(
        (rows) => {
          for (const { symbol, sinceMs, resolve } of asked) resolve(rows.filter((row) => placeOf(row).symbol === symbol && placeOf(row).at >= sinceMs))
        },
        (error: unknown) => {
          for (const { reject } of asked) reject(error)
        },
      )
    }
  }

  #count(reading: Promise<readonly T[]>): Promise<readonly T[]> {
    this.#underWay += 1
    return reading.finally(() => {
      this.#underWay -= 1
      this.#send()
    })
  }
}
