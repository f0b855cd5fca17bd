/**
 * What waits for one channel, in order. Urgent alerts have a lane of their own, so that nothing stands before them. The
 * time is handed in; nothing here waits or blocks.
 */
import { holdMs, repeats, type Alert } from './alert.ts'
import type { Channel, SendOutcome } from './channel.ts'
import { RepeatGuard } from './repeat-guard.ts'

const RETRY_FIRST_MS = 1_000
const RETRY_LONGEST_MS = 60_000
/** Beyond that the oldest that are not urgent are dropped and counted; the journal has them. */
const MAX_WAITING = 2_000

export type LanePorts = {
  /** Told once everything up to `seq` needs no more sending. */
  readonly onDelivered: (lane: string, seq: number) => void
  readonly onTrouble: (lane: string, why: string, lost: boolean) => void
}

export class Lane {
  readonly name: string
  readonly #channel: Channel
  readonly #ports: LanePorts
  readonly #repeats = new RepeatGuard()
  #waiting: Alert[] = []
  #sending: Promise<void> | null = null
  #notBefore = 0
  #retryMs = RETRY_FIRST_MS
  #dropped = 0
  /** The last seq that was handed to this lane, sent or left out. */
  #seen: number

  constructor(channel: Channel, urgency: 'urgent' | 'other', seen: number, ports: LanePorts) {
    this.name = `${channel.name}/${urgency}`
    this.#channel = channel
    this.#seen = seen
    this.#ports = ports
  }

  get waiting(): number {
    return this.#waiting.length
  }
  /** Nothing waits and nothing is under way. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#sending === null
  }

  add(alert: Alert): void {
    if (alert.seq !== null) {
      if (alert.seq <= this.#seen) return
      this.#seen = alert.seq
    } else if (this.#waiting.some(({ kind, subject }) => kind === alert.kind && subject === alert.subject)) return
    const said = repeats(alert) ? this.#repeats.admit(alert) : alert
    if (said === null) return
    this.#waiting.push(said)
    if (this.#waiting.length <= MAX_WAITING || alert.severity === 'urgent') return
    this.#waiting.shift()
    this.#dropped += 1
  }

  /** Starts a message if one is due. */
  tick(now: number): void {
    const first = this.#waiting[0]
    if (!first || this.#sending !== null || now < this.#notBefore) return
    // The most pressing one takes all the others with it.
    if (!this.#waiting.some((alert) => isDue(alert, now))) return
    const batch = this.#waiting.slice(0, this.#channel.fits(this.#waiting))
    const told = this.#dropped === 0 ? batch : withDropped(batch, this.#dropped)
    this.#sending = this.#channel.send(told).then((outcome) => {
      this.#sending = null
      this.#sent(outcome, batch, now)
    })
  }

  /** Resolves when no message is under way. */
  async settled(): Promise<void> {
    await this.#sending
  }

  #sent(outcome: SendOutcome, batch: readonly Alert[], now: number): void {
    if (outcome.kind === 'later') {
      this.#ports.onTrouble(this.name, outcome.why, false)
      this.#notBefore = now + Math.max(outcome.afterMs ?? 0, this.#retryMs)
      this.#retryMs = Math.min(RETRY_LONGEST_MS, this.#retryMs * 2)
      return
    }
    if (outcome.kind === 'unacceptable') this.#ports.onTrouble(this.name, outcome.why, true)
    this.#retryMs = RETRY_FIRST_MS
    this.#notBefore = now + this.#channel.gapMs
    this.#dropped = 0
    // Alerts that were dropped meanwhile are no longer at the front: those that were sent are taken out one by one.
    const done = new Set(batch)
    this.#waiting = this.#waiting.filter((alert) => !done.has(alert))
    const last = batch.findLast(({ seq }) => seq !== null)?.seq
    if (last !== undefined && last !== null) this.#ports.onDelivered(this.name, last)
  }
}

/** One from the future was raised by a clock that was ahead: it has waited long enough. */
const isDue = (alert: Alert, now: number): boolean => now < alert.at || now >= alert.at + holdMs(alert)

function withDropped(batch: readonly Alert[], dropped: number): readonly Alert[] {
  const [first, ...rest] = batch as [Alert, ...Alert[]]
  return [{ ...first, text: `${first.text} (${dropped} older messages were left out; the journal has them)` }, ...rest]
}
