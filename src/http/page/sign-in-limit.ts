/** Guessing keys at the sign-in is slowed down for everybody: a person signs in once a day. */
const FAILURES = 10
const WITHIN_MS = 60_000

export class SignInLimit {
  readonly #now: () => number
  #failures: readonly number[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  /** Whether one more attempt is allowed; it counts as failed until `succeeded`. */
  take(): boolean {
    const now = this.#now()
    this.#failures = this.#failures.filter((at) => now - at < WITHIN_MS)
    if (this.#failures.length >= FAILURES) return false
    this.#failures = [...this.#failures, now]
    return true
  }

  succeeded(): void {
    this.#failures = this.#failures.slice(0, -1)
  }
}
