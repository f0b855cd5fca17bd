/** Every defence that has a test of its own, and what has none. */
import { ACCOUNT_DEFENCES } from './account.ts'
import type { Defence } from './defence.ts'
import { ENTRANCE_DEFENCES } from './entrance.ts'
import { JOURNAL_DEFENCES } from './journal.ts'
import { LIMIT_DEFENCES } from './limits.ts'
import { POSITION_DEFENCES } from './position.ts'
import { PRICE_AND_ALERT_DEFENCES } from './prices-and-alerts.ts'
import { WIRE_DEFENCES } from './wire.ts'

export const DEFENCES: readonly Defence[] = [
  ...POSITION_DEFENCES, ...WIRE_DEFENCES, ...ACCOUNT_DEFENCES, ...LIMIT_DEFENCES, ...JOURNAL_DEFENCES, ...ENTRANCE_DEFENCES, ...PRICE_AND_ALERT_DEFENCES,
]

/** Traps and lessons that nothing in the product could take away with one edit, and why. */
export const WITHOUT_DEFENCE: Readonly<Record<string, string>> = {
  T6: 'what a push says of an order is never read: a push only leads to a read by REST (streams.ts)',
  T26: 'a trap of whoever emulates a venue: the emulator writes its ids as strings, LOMS reads both',
}
