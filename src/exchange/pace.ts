/**
 * When a read may leave. Venues count requests of each endpoint and account in any second, so each endpoint has a line of
 * its own, shared by all clients of an account. ccxt's throttle (4.5.84) has one line for all of a client, makes the first
 * request after a pause wait as the tenth, and keeps whoever has been given up by his caller in the line: where more is
 * asked for than may leave, all turns would go to those, and nobody would ever be answered.
 */
import { isLate, NotSent } from './request-scope.ts'

/** So many may leave together where the venue takes more than twice as many a second; else one. */
const BURST = 2
/** A second as it is counted here: some requests travel longer than others, and at the venue they must not meet in one. */
const SECOND_MS = 1100
/** What an answer needs: who has less left when his turn comes would use it up for nothing. */
const ANSWER_MS = 300

export class Pace {
  readonly #lines = new Map<string, Line>()

  /** Waits until a request to an endpoint that takes `perSecond` of them may leave, first come, first served. Rejects with `NotSent` where the call's time would pass before an answer. */
  turn(endpoint: string, perSecond: number): Promise<void> {
    const line = this.#lines.get(endpoint) ?? new Line(perSecond)
    this.#lines.set(endpoint, line)
    return line.turn()
  }
}

class Line {
  /** Between requests that leave steadily: with the burst before them never more than `perSecond` in a second. */
  readonly #gapMs: number
  readonly #burstMs: number
  /** From when on a steady line would let the next one go; those of a burst leave before. */
  #steadyAt = -Infinity
  #last: Promise<void> = Promise.resolve()

  constructor(perSecond: number) {
    const burst = perSecond > 2 * BURST ? BURST : 1
    this.#gapMs = SECOND_MS / (burst === 1 ? perSecond : perSecond - burst)
    this.#burstMs = (burst - 1) * this.#gapMs
  }

  turn(): Promise<void> {
    const passed = this.#last.then(() => this.#pass())
    this.#last = passed.catch(() => {})
    return passed
  }

  async #pass(): Promise<void> {
    for (let wait = this.#wait(); wait > 0; wait = this.#wait()) {
      if (isLate(ANSWER_MS + wait)) throw new NotSent('its time limit would have passed before an answer')
      await new Promise<void>((resolve) => void setTimeout(resolve, Math.ceil(wait)))
    }
    this.#steadyAt = Math.max(this.#steadyAt, performance.now()) + this.#gapMs
  }

  #wait(): number {
    return this.#steadyAt - this.#burstMs - performance.now()
  }
}
