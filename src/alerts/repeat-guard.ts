/** The same thing said again: at once the first time, then with growing pauses; what is left out is counted. */
import type { Alert } from './alert.ts'

const PAUSES_MS = [60_000, 300_000, 900_000, 3_600_000] as const
/** Subjects remembered; beyond that the oldest are forgotten, which only means they are said again. */
const MAX_SUBJECTS = 10_000

type Said = { at: number; times: number; leftOut: number }

export class RepeatGuard {
  readonly #said = new Map<string, Said>()

  /** The alert to say, with the count of those left out since the last one; null: this one is left out. */
  admit(alert: Alert): Alert | null {
    const key = `${alert.kind} ${alert.subject}`
    const said = this.#said.get(key)
    if (!said) {
      if (this.#said.size >= MAX_SUBJECTS) for (const oldest of this.#said.keys()) { this.#said.delete(oldest); break }
      this.#said.set(key, { at: alert.at, times: 1, leftOut: 0 })
      return alert
    }
    const pause = PAUSES_MS[Math.min(said.times, PAUSES_MS.length) - 1] ?? 0
    // Said in the future: the clock was ahead then.
    if (alert.at >= said.at && alert.at - said.at < pause) {
      said.leftOut += 1
      return null
    }
    // Quiet for so long that it is news again.
    const times = alert.at - said.at > 2 * pause ? 1 : said.times + 1
    const { leftOut } = said
    this.#said.set(key, { at: alert.at, times, leftOut: 0 })
    return leftOut === 0 ? alert : { ...alert, text: `${alert.text} (${leftOut} more since the last message)` }
  }
}
