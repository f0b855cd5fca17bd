/**
 * The one door for every entry: checks a signal against the limits of its account. Pure; the caller reserves what was
 * approved in the same step, so that concurrent signals cannot pass together.
 */
import type { RiskLimits } from '../domain/core-settings.ts'
import type { Signal } from '../domain/signal.ts'
import { ADAPTIVE_CHECKS, LIQUIDATION_CHECK, LIVE_CHECKS } from './live-checks.ts'
import { ALERT_CHECKS, LOSS_CHECKS, PAUSE_CHECKS } from './loss-checks.ts'
import type { RiskCheck, RiskScope, RiskSubject } from './risk-check.ts'
import { COUNT_CHECKS, DIRECTION_CHECK, EXPOSURE_CHECKS } from './size-checks.ts'

declare const approvedBrand: unique symbol
/** A signal that passed every check. Only this type can open a position. */
export type ApprovedSignal = Signal & { readonly [approvedBrand]: true }

/** A limit that an entry met. `scope` names it, `reason` is the text existing bots parse. */
export type RiskFinding = { readonly scope: RiskScope; readonly reason: string }

export type RiskVerdict =
  /** `noted`: limits that only warn. */
  | { readonly ok: true; readonly signal: ApprovedSignal; readonly noted: readonly RiskFinding[] }
  | ({ readonly ok: false; readonly noted: readonly RiskFinding[] } & RiskFinding)

/** In the order of SPEC R-1, then R-2. The first that blocks decides. */
export const RISK_CHECKS: readonly RiskCheck[] = [
  ...COUNT_CHECKS,
  ...EXPOSURE_CHECKS,
  ...ALERT_CHECKS,
  ...LOSS_CHECKS,
  ...LIVE_CHECKS,
  DIRECTION_CHECK,
  ...PAUSE_CHECKS,
  LIQUIDATION_CHECK,
  ...ADAPTIVE_CHECKS,
]

const NOTHING_NOTED: readonly RiskFinding[] = []

export function assess(subject: RiskSubject): RiskVerdict {
  let noted = NOTHING_NOTED
  for (const { scope, reason: name, measure, onlyNoted } of RISK_CHECKS) {
    const measured = measure(subject)
    if (!measured?.blocked) continue
    const reason = `${name} (${measured.detail()})`
    if (!onlyNoted?.(subject.limits)) return { ok: false, scope, reason, noted }
    noted = [...noted, { scope, reason }]
  }
  return { ok: true, signal: subject.signal as ApprovedSignal, noted }
}

/** One line of a dry run. `ok` null: the check is not in force. */
export type CheckResult = {
  readonly scope: RiskScope
  readonly ok: boolean | null
  readonly value: string | null
  readonly limit: string | null
  /** The whole `risk_reason` where it would block. */
  readonly reason: string | null
}

/** Every check with its numbers, whatever the ones before it say. */
export function explain(subject: RiskSubject): readonly CheckResult[] {
  return RISK_CHECKS.map(({ scope, reason, measure }) => {
    const measured = measure(subject)
    if (!measured) return { scope, ok: null, value: null, limit: null, reason: null }
    const { blocked, value, limit, detail } = measured
    return { scope, ok: !blocked, value, limit, reason: blocked ? `${reason} (${detail()})` : null }
  })
}

/** Whether open positions must be valued: a limit depends on what they are worth. */
export const valuesPositions = ({ maxDailyLossUsdt, maxDrawdownPct, checkMargin, adaptive }: RiskLimits): boolean =>
  maxDailyLossUsdt !== null || maxDrawdownPct !== null || checkMargin || adaptive !== null
