/**
 * I24: an urgent alert arrives, soon and once. More often only where LOMS cannot know that it has arrived: the channel's
 * answer was lost, or the process ended before it was written down.
 */
import { alertOfNotice } from '../../../src/alerts/alert-of-notice.ts'
import { repeats, type Alert } from '../../../src/alerts/alert.ts'
import type { JournalRecord } from '../../../state/record.ts'
import { must } from '../invariants.ts'
import type { LiveSimulation } from './live-world.ts'
import { Phone, type Told } from './phone.ts'

/** Besides the time in which nobody could be told: the longest pause between two attempts, and what follows it. */
const WITHIN_MS = 90_000
/** The longest pause between two alerts that say the same, and a clock that was an hour off. */
const REPEATED_WITHIN_MS = 2 * 3_600_000

type Waiting = { readonly alert: Alert; readonly since: number }

export class AlertOracle {
  readonly #world: LiveSimulation
  /** Urgent ones that are durable and have not arrived. */
  readonly #waiting = new Map<number, Waiting>()
  readonly #durable = new Set<number>()
  /** Answered in this process life. */
  readonly #answered = new Set<number>()
  #life = 0
  /** Up to here the journal says that all was told; null: the lane does not exist yet. */
  #toldUpTo: number | null = null
  /** When something was said last, by kind and subject. */
  readonly #said = new Map<string, number>()
  told = 0

  constructor(world: LiveSimulation) {
    this.#world = world
  }

  landed(record: JournalRecord): void {
    if (record.kind === 'fact' && record.body.type === 'alerts.delivered' && record.body.lane === `${Phone.CHANNEL}/urgent`) this.#toldUpTo = Math.max(this.#toldUpTo ?? 0, record.body.upTo)
    if (record.kind !== 'notice') return
    const alert = alertOfNotice(record.body, record.seq, record.at, () => undefined)
    if (alert?.severity !== 'urgent') return
    this.#durable.add(record.seq)
    if (this.#toldUpTo !== null) this.#waiting.set(record.seq, { alert, since: this.#world.time.now })
  }

  arrived({ alerts, answered }: Told): void {
    const { lives } = this.#world
    if (this.#life !== lives.length) this.#answered.clear()
    this.#life = lives.length
    for (const alert of alerts) {
      if (alert.severity !== 'urgent' || alert.seq === null) continue
      const { seq } = alert
      must(this.#durable.has(seq), 'I24', () => `the alert of record ${seq} arrived before the record was durable`)
      must(seq > (this.#toldUpTo ?? 0), 'I24', () => `the alert of record ${seq} arrived again, and the journal says that it was told (up to ${this.#toldUpTo})`)
      must(!this.#answered.has(seq), 'I24', () => `the alert of record ${seq} arrived twice: ${alert.text}`)
      if (answered) this.#answered.add(seq)
      this.#waiting.delete(seq)
      this.#said.set(saying(alert), alert.at)
      this.told += 1
    }
  }

  /** What arrived nowhere in time. What was said shortly before may be left out. */
  look(now: number): void {
    for (const [seq, { alert, since }] of this.#waiting) {
      const late = now - since - this.#world.phone.disturbances.within(since - 1000, now, null)
      if (late <= WITHIN_MS) continue
      const said = this.#said.get(saying(alert))
      must(repeats(alert) && said !== undefined && alert.at - said <= REPEATED_WITHIN_MS, 'I24', () => `the alert of record ${seq} waits since ${now - since} ms: ${alert.kind} ${alert.text}`)
      this.#waiting.delete(seq)
    }
  }
}

const saying = ({ kind, subject }: Alert): string => `${kind} ${subject}`
