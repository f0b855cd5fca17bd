/** Time as the service sees it: the machine's clock, or the clock of recorded data. */

export interface Clock {
  /** Milliseconds since the epoch; never goes backwards. */
  now(): number
  readonly kind: 'real' | 'virtual'
}

/** While the machine's clock is behind what was told already, time passes by this much of the real rate until it has caught up. */
const RATE_WHILE_BEHIND = 0.9

/**
 * The machine's clock. Set back, it goes on from where it was and a little slower, so that what is due in 200 ms is due in
 * 222 ms, and not in an hour: a stop may wait for it.
 */
export function realClock(wall: () => number = Date.now, monotonic: () => number = () => performance.now()): Clock {
  let latest = 0
  let behind: { readonly since: number; readonly from: number } | null = null
  return {
    kind: 'real',
    now: () => {
      const now = wall()
      if (now >= latest) {
        behind = null
        return (latest = now)
      }
      behind ??= { since: monotonic(), from: latest }
      return (latest = Math.max(latest, behind.from + Math.floor((monotonic() - behind.since) * RATE_WHILE_BEHIND)))
    },
  }
}

/** A clock that is moved by hand; moving it backwards is ignored. */
export class VirtualClock implements Clock {
  readonly kind = 'virtual'
  #now: number
  constructor(start: number) {
    this.#now = start
  }
  now(): number {
    return this.#now
  }
  moveTo(time: number): void {
    if (time > this.#now) this.#now = time
  }
}
