/**
 * In which order requests about orders leave. Urgent ones overtake; entries and take-profits keep a distance and leave room
 * in the venue's rate limit, so that a close or a stop never waits behind them (SPEC L-5, DESIGN §5).
 */
import type { BrokerCommand } from '../../domain/commands.ts'

/** Most urgent first. */
export const LANES = ['close', 'stop-loss', 'cancel', 'take-profit', 'entry'] as const
export type Lane = (typeof LANES)[number]

/** Bitget and Bybit both take at least 10 order requests per second and account (exchange.md §6). */
const REQUESTS_PER_SECOND = 10
/** A second as it is counted here: some requests travel longer than others, and at the venue they must not meet in one. */
const SECOND_MS = 1100
/** Requests of the last second that only urgent lanes may add. */
const RESERVED_FOR_URGENT = 4
/** Between two creations of entries or take-profits. */
const UNHURRIED_GAP_MS = 100

export const laneOf = (command: Extract<BrokerCommand, { type: 'order.submit' | 'order.replace' | 'order.cancel' }>): Lane => {
  if (command.type === 'order.cancel') return 'cancel'
  const { role } = command.type === 'order.replace' ? command.replacement : command
  return role
}

const isUnhurried = (lane: Lane): boolean => lane === 'entry' || lane === 'take-profit'

type Waiting = { readonly lane: Lane; readonly start: () => void }
export type LaneTimers = { readonly now: () => number; readonly after: (ms: number, task: () => void) => () => void }

export class Lanes {
  readonly #timers: LaneTimers
  readonly #waiting: Waiting[] = []
  /** When the requests of the last second left. */
  #left: number[] = []
  #lastUnhurriedAt = -Infinity
  #armed: (() => void) | null = null

  constructor(timers: LaneTimers) {
    this.#timers = timers
  }

  /** Starts the task when its lane may go. */
  run(lane: Lane, start: () => void): void {
    const behind = this.#waiting.findLastIndex((other) => LANES.indexOf(other.lane) <= LANES.indexOf(lane))
    this.#waiting.splice(behind + 1, 0, { lane, start })
    this.#drain()
  }

  get length(): number {
    return this.#waiting.length
  }

  #drain(): void {
    this.#armed?.()
    this.#armed = null
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const wait = this.#waitFor(next.lane)
      if (wait > 0) {
        this.#armed = this.#timers.after(wait, () => this.#drain())
        return
      }
      this.#waiting.shift()
      const now = this.#timers.now()
      this.#left.push(now)
      if (isUnhurried(next.lane)) this.#lastUnhurriedAt = now
      next.start()
    }
  }

  /** Milliseconds until a request of this lane may leave. */
  #waitFor(lane: Lane): number {
    const now = this.#timers.now()
    this.#left = this.#left.filter((at) => at > now - SECOND_MS)
    const allowed = isUnhurried(lane) ? REQUESTS_PER_SECOND - RESERVED_FOR_URGENT : REQUESTS_PER_SECOND
    const blocking = this.#left.at(-allowed)
    const forRate = blocking === undefined ? 0 : blocking + SECOND_MS - now
    const forGap = isUnhurried(lane) ? this.#lastUnhurriedAt + UNHURRIED_GAP_MS - now : 0
    return Math.max(0, Math.ceil(forRate), Math.ceil(forGap))
  }
}
