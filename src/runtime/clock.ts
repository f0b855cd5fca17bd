/** Time as the service sees it: the machine's clock, or the clock of recorded data. */

export interface Clock {
  /** Milliseconds since the epoch; never goes backwards. */
  now(): number
  readonly kind: 'real' | 'virtual'
}

/** The machine's clock, held back where it jumps backwards. */
export function realClock(): Clock {
  let latest = 0
  return {
    kind: 'real',
    now: () => (latest = Math.max(latest, Date.now())),
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
