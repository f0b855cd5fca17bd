/**
 * The time that requests are signed with. It is this machine's; where a venue refuses that, its own clock is read and the
 * difference is taken into account, so that a position can be protected and closed with a clock that is wrong.
 */

/** A difference that was measured over a slower round trip says too little. */
const ROUND_TRIP_MS = 2000

export class VenueClock {
  readonly #read: () => Promise<number>
  readonly #now: () => number
  #aheadMs = 0
  #reading: Promise<void> | null = null

  /** `read`: milliseconds since the epoch on the venue's clock. */
  constructor(read: () => Promise<number>, now: () => number = Date.now) {
    this.#read = read
    this.#now = now
  }

  /** Milliseconds since the epoch, as the venue counts them as far as is known. */
  now(): number {
    return this.#now() + this.#aheadMs
  }

  /** How far the venue's clock was ahead of this machine's when a request was last refused for its time; 0: never. */
  get aheadMs(): number {
    return this.#aheadMs
  }

  /** A request was refused for its time: reads the venue's. One that cannot be read changes nothing. */
  correct(): Promise<void> {
    this.#reading ??= this.#measure().finally(() => (this.#reading = null))
    return this.#reading
  }

  async #measure(): Promise<void> {
    const asked = this.#now()
    const time = await this.#read().catch(() => null)
    const answered = this.#now()
    if (time === null || !Number.isFinite(time) || answered - asked > ROUND_TRIP_MS) return
    this.#aheadMs = Math.round(time - (asked + answered) / 2)
  }
}
