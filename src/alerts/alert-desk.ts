/**
 * Brings alerts to people. The journal is the outbox: durable notices are what must be sent, and the fact
 * `alerts.delivered` says how far each lane has been told; a start goes on behind it. Everything happens in `tick`, which
 * never waits: a channel that is down holds up nobody.
 */
import type { AlertsDelivered, ConditionCleared, ConditionKind, ConditionRaised } from '../domain/facts.ts'
import type { Notice } from '../domain/notices.ts'
import type { Alert } from './alert.ts'
import { alertOfNotice, type AboutPosition } from './alert-of-notice.ts'
import type { Channel } from './channel.ts'
import { ConditionWatch, reminderAfter, type Observed, type Standing } from './condition-watch.ts'
import { Lane } from './lane.ts'

export type StampedNotice = { readonly seq: number; readonly at: number; readonly notice: Notice }

export type AlertDeskPorts = {
  /** Durable notices with a seq above this one, in order. */
  readonly noticesAfter: (seq: number) => Iterable<StampedNotice>
  readonly durableSeq: () => number
  readonly deliveredUpTo: (lane: string) => number | undefined
  readonly accept: (fact: AlertsDelivered | ConditionRaised | ConditionCleared) => void
  /** What is not as it should be just now. */
  readonly observed: () => readonly Observed[]
  readonly standing: () => readonly Standing[]
  /** Why the journal takes no records; null: it does. Such an alert cannot be journaled and leaves at once. */
  readonly journalTrouble: () => string | null
  readonly about: AboutPosition
  /** One line for the message of the day. */
  readonly dayText: () => string
  readonly log: (level: 'info' | 'warn' | 'error', event: string, fields: object) => void
}

const WATCHED: readonly ConditionKind[] = ['PRICE_STALE', 'UNPROTECTED_POSITION', 'AUDIT_FAILED', 'EXECUTOR_DISCONNECTED', 'EVENT_LOOP_STALLED']
const WATCH_EVERY_MS = 1_000
/** A lane that has nothing to say follows the journal at this distance, so that a start reads little. */
const FOLLOW_EVERY_RECORDS = 10_000
const DAY_MS = 86_400_000

export class AlertDesk {
  readonly #ports: AlertDeskPorts
  readonly #lanes: readonly { readonly urgent: Lane; readonly other: Lane }[]
  readonly #watch: ConditionWatch
  #watchedAt = 0
  #journalFailedSince: number | null = null
  #journalRemindedAt = 0
  #day: number

  constructor(channels: readonly Channel[], ports: AlertDeskPorts, now: number) {
    this.#ports = ports
    this.#watch = new ConditionWatch(WATCHED, now)
    this.#day = Math.floor(now / DAY_MS)
    this.#lanes = channels.map((channel) => ({ urgent: this.#lane(channel, 'urgent'), other: this.#lane(channel, 'other') }))
    this.#resume()
  }

  /** Alerts that wait, over all lanes. */
  get waiting(): number {
    return this.#all().reduce((sum, lane) => sum + lane.waiting, 0)
  }

  /** A notice has become durable. */
  notice({ seq, at, notice }: StampedNotice): void {
    const alert = alertOfNotice(notice, seq, at, this.#ports.about)
    if (alert) this.#add(alert)
  }

  tick(now: number): void {
    if (now - this.#watchedAt >= WATCH_EVERY_MS) {
      this.#watchedAt = now
      this.#lookAround(now)
    }
    for (const lane of this.#all()) lane.tick(now)
  }

  /** Resolves when no message is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#all().map((lane) => lane.settled()))
  }

  #lane(channel: Channel, urgency: 'urgent' | 'other'): Lane {
    const name = `${channel.name}/${urgency}`
    const known = this.#ports.deliveredUpTo(name)
    // A lane that is new tells what happens from now on, not the whole past.
    const seen = known ?? this.#ports.durableSeq()
    if (known === undefined) this.#delivered(name, seen)
    return new Lane(channel, urgency, seen, {
      onDelivered: (lane, seq) => this.#delivered(lane, seq),
      onTrouble: (lane, why, lost) => this.#ports.log(lost ? 'error' : 'warn', lost ? 'alert_refused' : 'alert_delayed', { lane, why }),
    })
  }

  /** What was not delivered before the last stop. */
  #resume(): void {
    const lanes = this.#all()
    if (lanes.length === 0) return
    const from = Math.min(...lanes.map((lane) => this.#ports.deliveredUpTo(lane.name) ?? this.#ports.durableSeq()))
    for (const each of this.#ports.noticesAfter(from)) this.notice(each)
  }

  #add(alert: Alert): void {
    for (const { urgent, other } of this.#lanes) (alert.severity === 'urgent' ? urgent : other).add(alert)
  }

  #all(): readonly Lane[] {
    return this.#lanes.flatMap(({ urgent, other }) => [urgent, other])
  }

  #delivered(lane: string, upTo: number): void {
    if (this.#ports.journalTrouble() === null) this.#ports.accept({ type: 'alerts.delivered', lane, upTo })
  }

  #lookAround(now: number): void {
    this.#heedJournal(now)
    if (this.#journalFailedSince !== null) return
    const standing = this.#ports.standing()
    for (const change of this.#watch.changes(now, this.#ports.observed(), standing)) this.#ports.accept(change)
    for (const reminder of this.#watch.reminders(now, standing)) this.#add(reminder)
    this.#followJournal()
    const day = Math.floor(now / DAY_MS)
    if (day === this.#day) return
    this.#day = day
    this.#add({ seq: null, at: now, kind: 'HEARTBEAT', severity: 'info', subject: 'day', text: this.#ports.dayText(), fields: {} })
  }

  #heedJournal(now: number): void {
    const trouble = this.#ports.journalTrouble()
    if (trouble === null) {
      this.#journalFailedSince = null
      return
    }
    const since = (this.#journalFailedSince ??= now)
    if (now > since && now < reminderAfter(since, this.#journalRemindedAt)) return
    this.#journalRemindedAt = now
    this.#add({ seq: null, at: now, kind: 'JOURNAL_FAILED', severity: 'urgent', subject: 'journal', text: trouble, fields: {} })
  }

  #followJournal(): void {
    const durable = this.#ports.durableSeq()
    for (const lane of this.#all()) {
      if (lane.idle && durable - (this.#ports.deliveredUpTo(lane.name) ?? 0) >= FOLLOW_EVERY_RECORDS) this.#delivered(lane.name, durable)
    }
  }
}
