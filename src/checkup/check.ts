/** One thing that was looked at, as `loms doctor`, `loms daily` and `loms readiness` tell it. */
import type { Check, Verdict } from '../cli/commands/checks.ts'

export const held = (name: string, figure: string, wanted = ''): Check => ({ name, verdict: 'ok', figure, wanted })
export const broken = (name: string, figure: string, wanted = ''): Check => ({ name, verdict: 'failed', figure, wanted })
export const skipped = (name: string, why: string): Check => ({ name, verdict: 'skipped', figure: why, wanted: '' })
export const judged = (name: string, ok: boolean, figure: string, wanted: string, otherwise: Verdict = 'failed'): Check => ({ name, verdict: ok ? 'ok' : otherwise, figure, wanted })
