/** Time as the service sees it: the machine's clock, or the clock of recorded data. */

export interface Clock {
  /** Milliseconds since the epoch; never goes backwards. */
  now(): number
  readonly kind: 'real' | 'virtual'
}

/** The machine's clock further ahead than this is believed only once it has lasted. */
const JUMP_MS = 1000
const BELIEVED_AFTER_MS = 30_000
/** How fast time goes on while the machine's clock is behind what was told already. */
const CATCHING_UP = 0.9

/**
 * The machine's clock, without its jumps. Deadlines are told in this time, so it must go on whatever happens: where the
 * machine's clock is set back, time goes on a little slower until the two agree again; a jump ahead is taken over once it
 * has lasted, as after a suspended machine, and is forgotten where it was a mistake.
 */
export function realClock(wallClock: () => number = () => Date.now(), monotonic: () => number = () => performance.now()): Clock {
  let latest = wallClock()
  let measuredAt = monotonic()
  let aheadSince: number | null = null
  return {
    kind: 'real',
    now: () => {
      const measured = monotonic()
      const passed = Math.max(0, measured - measuredAt)
      measuredAt = measured
      const wall = wallClock()
      const ahead = wall - latest - passed
      if (ahead <= JUMP_MS) aheadSince = null
      else aheadSince ??= measured
      const believed = ahead >= 0 && (aheadSince === null || measured - aheadSince >= BELIEVED_AFTER_MS)
      latest = believed ? wall : latest + (ahead < 0 ? Math.max(wall - latest, passed * CATCHING_UP) : passed)
      return Math.floor(latest)
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
