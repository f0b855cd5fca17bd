/** What the fold keeps for alerts: the conditions that stand, and how far each lane has been told. */
import type { AlertsDelivered, ConditionCleared, ConditionKind, ConditionRaised, Stamped } from '../src/domain/facts.ts'
import type { Output } from './position.context.ts'

/** A condition and the time since when it stands. */
export type StandingCondition = Omit<ConditionRaised, 'type'> & { readonly since: number }
export type AlertBookDump = { readonly standing: readonly StandingCondition[]; readonly delivered: readonly (readonly [lane: string, upTo: number])[] }

const keyOf = (kind: ConditionKind, subject: string): string => `${kind} ${subject}`

export class AlertBook {
  readonly #standing = new Map<string, StandingCondition>()
  readonly #delivered = new Map<string, number>()

  get isEmpty(): boolean {
    return this.#standing.size === 0 && this.#delivered.size === 0
  }
  get standing(): Iterable<StandingCondition> {
    return this.#standing.values()
  }
  stands(kind: ConditionKind, subject: string): StandingCondition | undefined {
    return this.#standing.get(keyOf(kind, subject))
  }
  /** The last record this lane needs no more; undefined: the lane is new. */
  deliveredUpTo(lane: string): number | undefined {
    return this.#delivered.get(lane)
  }

  /** A notice where something changed; said again, a condition only becomes more urgent. */
  condition(fact: Stamped<ConditionRaised | ConditionCleared>): readonly Output[] {
    const key = keyOf(fact.kind, fact.subject)
    const known = this.#standing.get(key)
    const { kind, subject } = fact
    if (fact.type === 'condition.cleared') return this.#standing.delete(key) ? [{ kind: 'notice', body: { type: 'condition.cleared', kind, subject } }] : []
    const { severity, detail, at } = fact
    if (known && (known.severity === 'urgent' || severity === 'warning')) return []
    this.#standing.set(key, { kind, subject, severity, detail, since: known?.since ?? at })
    return [{ kind: 'notice', body: { type: 'condition.raised', kind, subject, severity, detail } }]
  }

  delivered({ lane, upTo }: AlertsDelivered): void {
    this.#delivered.set(lane, Math.max(upTo, this.#delivered.get(lane) ?? 0))
  }

  /** In one canonical order. */
  dump(): AlertBookDump {
    const byKey = <T>([a]: readonly [string, T], [b]: readonly [string, T]): number => (a < b ? -1 : 1)
    return { standing: [...this.#standing.entries()].sort(byKey).map(([, condition]) => condition), delivered: [...this.#delivered.entries()].sort(byKey) }
  }

  restore({ standing, delivered }: AlertBookDump): void {
    for (const condition of standing) this.#standing.set(keyOf(condition.kind, condition.subject), condition)
    for (const [lane, upTo] of delivered) this.#delivered.set(lane, upTo)
  }
}
