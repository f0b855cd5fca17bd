/** An alert: what a person should know, with how loudly to say it. */
import type { ConditionKind } from '../domain/facts.ts'

/** The closed list of kinds (SPEC A-1); receivers of the webhook depend on these words. */
export type AlertKind =
  | 'ORDER_OPENED'
  | 'POSITION_CLOSED'
  | 'POSITION_REDUCED'
  | 'POSITION_CANCELLED'
  | 'SL_PLACEMENT_FAILED'
  | 'TP_PLACEMENT_FAILED'
  | 'CLOSE_FAILED'
  | 'UNRESOLVED_ORDER'
  | 'POSITION_QUARANTINED'
  | 'LIQUIDATED'
  | 'FILL_VOIDED'
  | 'MARKET_CHANGED'
  | 'RISK_BLOCK'
  | 'TRADING_STATE'
  | 'KILL_SWITCH_LIVE'
  | 'LOSS_LIMIT'
  | 'JOURNAL_FAILED'
  | 'HEARTBEAT'
  | ConditionKind

/** `urgent`: at once, with a sound. `warning`: with a sound. `info`: silent. */
export type Severity = 'urgent' | 'warning' | 'info'

export type Alert = {
  /** The journal record it stands for; null: it has none (the journal failed, a reminder, a heartbeat). */
  readonly seq: number | null
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly kind: AlertKind
  readonly severity: Severity
  /** What it is about; the same kind and subject again is a repeat. */
  readonly subject: string
  /** One sentence. */
  readonly text: string
  /** Figures and names for programs. */
  readonly fields: Readonly<Record<string, string | number | null>>
}

/** How long an alert may wait for others to share its message, in milliseconds. */
export function holdMs({ kind, severity }: Alert): number {
  if (severity === 'urgent') return 0
  return kind === 'RISK_BLOCK' ? 60_000 : 2_000
}

/** Kinds that are said again and again while something goes wrong: repeats are said with growing pauses. */
const REPEATING: ReadonlySet<AlertKind> = new Set<AlertKind>([
  'SL_PLACEMENT_FAILED', 'TP_PLACEMENT_FAILED', 'CLOSE_FAILED', 'UNRESOLVED_ORDER', 'PRICE_STALE', 'UNPROTECTED_POSITION', 'EXECUTOR_DISCONNECTED', 'ORPHAN_POSITION',
  'RECONCILIATION', 'AUDIT_FAILED', 'EVENT_LOOP_STALLED',
])
export const repeats = ({ kind }: Alert): boolean => REPEATING.has(kind)
