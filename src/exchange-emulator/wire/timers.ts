/** Waiting on the wire. The model has no clock; this is where its time comes from. */
export type WireTimers = {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly after: (ms: number, act: () => void) => void
  readonly wait: (ms: number) => Promise<void>
  /** Forgets everything that is still to come. */
  readonly stop: () => void
}

export function createTimers(now: () => number): WireTimers {
  const pending = new Set<NodeJS.Timeout>()
  const after = (ms: number, act: () => void): void => {
    const timer = setTimeout(() => {
      pending.delete(timer)
      act()
    }, ms)
    pending.add(timer)
  }
  return {
    now,
    after,
    wait: (ms) => (ms <= 0 ? Promise.resolve() : new Promise((resolve) => after(ms, resolve))),
    stop: () => {
      pending.forEach((timer) => clearTimeout(timer))
      pending.clear()
    },
  }
}
