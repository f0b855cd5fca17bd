/** A way to reach people: one message at a time. */
import type { Alert } from './alert.ts'

export type SendOutcome =
  | { readonly kind: 'delivered' }
  /** Down, too fast, or nobody answered: the same again, not before `afterMs` where the other side said so. */
  | { readonly kind: 'later'; readonly afterMs: number | null; readonly why: string }
  /** This message will never be taken; keeping it would hold up all later ones. */
  | { readonly kind: 'unacceptable'; readonly why: string }

export interface Channel {
  /** Stable, without secrets: stands in the journal and in logs. */
  readonly name: string
  /** Least time between two messages. */
  readonly gapMs: number
  /** How many alerts from the front of the queue one message takes; at least one. */
  fits(alerts: readonly Alert[]): number
  /** Never rejects. */
  send(alerts: readonly Alert[]): Promise<SendOutcome>
}
