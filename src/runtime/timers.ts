/** Wakes the engine when its earliest timer is due on the machine's clock. */
import type { Clock } from './clock.ts'

/** The machine's clock may be set, and a machine may sleep: it is looked at again at least so often. Node fires timers beyond 2^31−1 ms at once. */
const LONGEST_MS = 1000

export class WakeUp {
  readonly #clock: Clock
  readonly #onDue: () => void
  #timer: NodeJS.Timeout | null = null
  #at = Infinity

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** Wakes at `at` instead of whenever it was to wake before. */
  set(at: number): void {
    const now = this.#clock.now()
    // Due although it was to wait: the clock was set forward.
    if (at === this.#at && at > now) return
    this.stop()
    this.#at = at
    if (at === Infinity) return
    const delay = Math.min(LONGEST_MS, Math.max(0, at - now))
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#at = Infinity
      this.#onDue()
    }, delay)
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#at = Infinity
  }
}
