/**
 * Virtual time for a whole process: while it is installed, the timers and clocks of JavaScript are its own. What LOMS
 * schedules dies with its process life; what the venue and the network schedule goes on.
 */
import { EventQueue } from '../event-queue.ts'

/** The day that begins in a life. */
const MIDNIGHT = Date.parse('2026-01-05T00:00:00Z')
const turn = setImmediate

type Timer = { readonly virtual: number }

export class VirtualTime {
  /** Milliseconds since the epoch. */
  readonly startAt: number
  readonly #queue = new EventQueue()
  #now = 0
  #nextId = 1
  readonly #live = new Set<number>()
  /** LOMS's process stands still until then. */
  #frozenUntil = 0
  /** What LOMS's wall clock is off by. */
  wallOffsetMs = 0
  #restore: () => void = () => {}

  constructor(midnightAtMs: number) {
    this.startAt = MIDNIGHT - midnightAtMs
  }

  /** Milliseconds since the start of the world. */
  get now(): number {
    return this.#now
  }
  /** Milliseconds since the epoch, as the venue has them. */
  get epoch(): number {
    return this.startAt + this.#now
  }

  /** The world's: the venue, the network, the clients. */
  later(delayMs: number, act: () => void): void {
    this.#queue.put(this.#now + Math.max(0, delayMs), act)
  }

  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#now + ms)
  }

  /** Runs what reaches LOMS's process: at once, or when it goes on. */
  inProcess(act: () => void): void {
    if (this.#now >= this.#frozenUntil) act()
    else this.#queue.put(this.#frozenUntil, () => this.inProcess(act))
  }

  /** Every timer of the process is gone. */
  endProcess(): void {
    this.#live.clear()
    this.#frozenUntil = 0
  }

  /** Lets time pass up to `until`; `after` looks at the world after each event. */
  async advanceTo(until: number, after: () => void): Promise<void> {
    while (this.#queue.nextAt <= until) {
      this.#now = Math.max(this.#now, this.#queue.nextAt)
      this.#queue.take()?.()
      await settled()
      after()
    }
    this.#now = Math.max(this.#now, until)
  }

  install(): void {
    const { setTimeout: timeout, setInterval: interval, clearTimeout: clear, clearInterval: clearEvery } = globalThis
    const dateNow = Date.now
    const performanceNow = Object.getOwnPropertyDescriptor(performance, 'now')
    const cancel = (timer: unknown): void => void this.#live.delete((timer as Timer | undefined)?.virtual ?? 0)
    Object.assign(globalThis, {
      setTimeout: (act: () => void, ms = 0) => this.#timer(ms, act, false),
      setInterval: (act: () => void, ms = 0) => this.#timer(Math.max(1, ms), act, true),
      clearTimeout: cancel,
      clearInterval: cancel,
    })
    Date.now = () => this.epoch + this.wallOffsetMs
    Object.defineProperty(performance, 'now', { value: () => this.#now, configurable: true, writable: true })
    this.#restore = () => {
      Object.assign(globalThis, { setTimeout: timeout, setInterval: interval, clearTimeout: clear, clearInterval: clearEvery })
      Date.now = dateNow
      if (performanceNow) Object.defineProperty(performance, 'now', performanceNow)
      else delete (performance as { now?: unknown }).now
    }
  }

  uninstall(): void {
    this.#restore()
    this.#restore = () => {}
  }

  #timer(ms: number, act: () => void, again: boolean): Timer & { unref: () => void } {
    const id = this.#nextId++
    this.#live.add(id)
    const fire = (): void => {
      if (!this.#live.has(id)) return
      if (this.#now < this.#frozenUntil) return this.#queue.put(this.#frozenUntil, fire)
      if (again) this.#queue.put(this.#now + ms, fire)
      else this.#live.delete(id)
      act()
    }
    this.#queue.put(this.#now + Math.max(0, Math.ceil(ms)), fire)
    return { virtual: id, unref: () => {} }
  }
}

/** Whatever is already decided has taken its turns: no promise waits for anything but the queue. */
export const settled = (): Promise<void> => new Promise((resolve) => void turn(resolve))
