/** Looks at what lasts: raises a condition that stands for a while, clears it when it has been gone for a while, reminds of it. */
import type { ConditionCleared, ConditionKind, ConditionRaised } from '../domain/facts.ts'
import type { Alert } from './alert.ts'

export type Observed = Omit<ConditionRaised, 'type'>
export type Standing = Observed & { readonly since: number }

/** A dropped connection that comes back at once is no news. */
const RAISE_AFTER_MS = 3_000
/** Nor is one that was mended for a moment. */
const CLEAR_AFTER_MS = 30_000
const REMIND_AFTER_MS = [5 * 60_000, 20 * 60_000, 80 * 60_000, 320 * 60_000] as const
const THEN_EVERY_MS = 24 * 3_600_000

/** The first reminder of a condition after `after`: 5, 20, 80 and 320 minutes after it began, then once a day. */
export function reminderAfter(since: number, after: number): number {
  for (const delay of REMIND_AFTER_MS) if (since + delay > after) return since + delay
  const days = Math.floor((after - since) / THEN_EVERY_MS) + 1
  return since + days * THEN_EVERY_MS
}

export class ConditionWatch {
  /** Only these are raised and cleared here; others belong to who reports them. */
  readonly #kinds: ReadonlySet<ConditionKind>
  readonly #seenSince = new Map<string, number>()
  readonly #goneSince = new Map<string, number>()
  readonly #remindedAt = new Map<string, number>()
  readonly #startedAt: number

  constructor(kinds: readonly ConditionKind[], startedAt: number) {
    this.#kinds = new Set(kinds)
    this.#startedAt = startedAt
  }

  /** The facts that follow from what is seen now and what stands. */
  changes(now: number, observed: readonly Observed[], standing: readonly Standing[]): readonly (ConditionRaised | ConditionCleared)[] {
    const seen = new Map(observed.map((one) => [keyOf(one), one]))
    const stands = new Map(standing.map((one) => [keyOf(one), one]))
    for (const key of this.#seenSince.keys()) if (!seen.has(key)) this.#seenSince.delete(key)
    for (const key of this.#goneSince.keys()) if (seen.has(key) || !stands.has(key)) this.#goneSince.delete(key)
    const raised = observed.filter((one) => isNews(one, stands.get(keyOf(one))) && now - since(this.#seenSince, keyOf(one), now) >= RAISE_AFTER_MS)
    const cleared = standing.filter((one) => this.#kinds.has(one.kind) && !seen.has(keyOf(one)) && now - since(this.#goneSince, keyOf(one), now) >= CLEAR_AFTER_MS)
    return [
      ...raised.map((one): ConditionRaised => ({ type: 'condition.raised', ...one })),
      ...cleared.map(({ kind, subject }): ConditionCleared => ({ type: 'condition.cleared', kind, subject })),
    ]
  }

  /** Reminders that are due of what stands. */
  reminders(now: number, standing: readonly Standing[]): readonly Alert[] {
    const keys = new Set(standing.map(keyOf))
    for (const key of this.#remindedAt.keys()) if (!keys.has(key)) this.#remindedAt.delete(key)
    return standing.flatMap((one): Alert[] => {
      const key = keyOf(one)
      const last = this.#remindedAt.get(key) ?? Math.max(one.since, this.#startedAt)
      if (now < reminderAfter(one.since, last)) return []
      this.#remindedAt.set(key, now)
      const { kind, severity, subject, detail } = one
      const minutes = Math.round((now - one.since) / 60_000)
      return [{ seq: null, at: now, kind, severity, subject, text: `${detail} (stands for ${minutes} min)`, fields: { subject, state: 'stands', minutes } }]
    })
  }
}

const keyOf = ({ kind, subject }: { readonly kind: ConditionKind; readonly subject: string }): string => `${kind} ${subject}`
const isNews = (one: Observed, known: Standing | undefined): boolean => !known || (known.severity === 'warning' && one.severity === 'urgent')

function since(times: Map<string, number>, key: string, now: number): number {
  const known = times.get(key)
  if (known === undefined) times.set(key, now)
  return known ?? now
}
