/** The clock and timers that price sources run on; tests hand in their own. */

export interface PriceTimers {
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs the task every `ms` milliseconds until the returned function is called. */
  every(ms: number, task: () => void): () => void
  /** Runs the task once, in a later turn, unless the returned function is called before. */
  after(ms: number, task: () => void): () => void
}

/** Node takes a longer delay for one of 1 ms. */
const LONGEST_DELAY_MS = 2_147_483_647

/** The process's timers. A delay of more than 24 days is cut to that. */
export function systemTimers(now: () => number): PriceTimers {
  return {
    now,
    every: (ms, task) => {
      const timer = setInterval(task, Math.min(ms, LONGEST_DELAY_MS))
      return () => clearInterval(timer)
    },
    after: (ms, task) => {
      const timer = setTimeout(task, Math.min(ms, LONGEST_DELAY_MS))
      return () => clearTimeout(timer)
    },
  }
}
