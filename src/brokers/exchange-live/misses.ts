/** Absence is not evidence: lists lag and forget. Only several looks without a trace, over some time, are. */

/** So many looks in a row, the first and the last at least so far apart. */
export type Proof = { readonly looks: number; readonly overMs: number }

type Seen = { readonly since: number; readonly count: number }

export class Misses<Key> {
  readonly #now: () => number
  readonly #seen = new Map<Key, Seen>()

  constructor(now: () => number) {
    this.#now = now
  }

  get size(): number {
    return this.#seen.size
  }

  /** One more look without a trace; true once that is proof, and then it is counted anew. */
  miss(key: Key, { looks, overMs }: Proof): boolean {
    const now = this.#now()
    const { since, count } = this.#seen.get(key) ?? { since: now, count: 0 }
    const proven = count + 1 >= looks && now - since >= overMs
    if (proven) this.#seen.delete(key)
    else this.#seen.set(key, { since, count: count + 1 })
    return proven
  }

  /** It was seen, or matters no more. */
  forget(key: Key): void {
    this.#seen.delete(key)
  }

  /** Keeps only these. */
  retain(keys: ReadonlySet<Key>): void {
    for (const key of this.#seen.keys()) if (!keys.has(key)) this.#seen.delete(key)
  }
}
