/** Wrong keys are counted per address; after some of them an address waits, longer each time. */

const FREE_FAILURES = 10
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 300_000
/** An address that has been quiet for so long starts anew. */
const FORGET_AFTER_MS = 900_000
const MAX_ADDRESSES = 10_000

export class FailureLimit {
  readonly #now: () => number
  readonly #failures = new Map<string, { count: number; at: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Whole seconds that this address still has to wait; 0: it may try. */
  waitSec(address: string): number {
    const known = this.#failures.get(address)
    if (!known || known.count < FREE_FAILURES) return 0
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(20, known.count - FREE_FAILURES))
    return Math.max(0, Math.ceil((known.at + wait - this.#now()) / 1000))
  }

  failed(address: string): void {
    const now = this.#now()
    const known = this.#failures.get(address)
    if (!known && this.#failures.size >= MAX_ADDRESSES) for (const [name, { at }] of this.#failures) if (now - at > FORGET_AFTER_MS) this.#failures.delete(name)
    // So many addresses at once are an attack on memory: newcomers are not counted, known ones stay limited.
    if (!known && this.#failures.size >= MAX_ADDRESSES) return
    this.#failures.set(address, { count: known && now - known.at <= FORGET_AFTER_MS ? known.count + 1 : 1, at: now })
  }

  succeeded(address: string): void {
    this.#failures.delete(address)
  }
}
