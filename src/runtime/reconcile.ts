/** Compares the account with the journal when a person asks for it. */
import { messageOf } from '../brokers/exchange-live/outcome.ts'
import { toNumber } from '../domain/decimal.ts'
import type { Conflict, Read, ReconciliationView } from '../http/application.ts'
import type { LiveDesk } from './live-desk.ts'

export async function reconcile(live: LiveDesk | null): Promise<Read<ReconciliationView> | Conflict> {
  if (!live) return { kind: 'conflict', code: 'not_live', message: 'Paper positions exist in the journal only; there is nothing to compare them with.' }
  try {
    return { kind: 'ok', value: reconciliationView(await live.reconcile()) }
  } catch (error) {
    return { kind: 'unavailable', message: `the account could not be read (${messageOf(error)}); try again in a moment` }
  }
}

export const reconciliationView = (findings: Awaited<ReturnType<LiveDesk['reconcile']>>): ReconciliationView => ({
  agrees: findings.length === 0,
  findings: findings.map(({ kind, symbol, direction, positionId, expected, found }) => ({ kind, symbol, side: direction, position_id: positionId, expected: toNumber(expected), found: toNumber(found) })),
})
