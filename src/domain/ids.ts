/** Branded ids and their deterministic makers. Nothing here is random: a replay makes the same ids again. */
import { assert } from './assert.ts'

declare const idBrand: unique symbol
type Branded<T, Name extends string> = T & { readonly [idBrand]: Name }

/** Integer counting up from 1, never reused. */
export type PositionId = Branded<number, 'PositionId'>
/** Integer counting entry orders up from 1. */
export type OrderId = Branded<number, 'OrderId'>
/** Our id of an order at the venue; the idempotency key of the order. At most 32 characters `[A-Za-z0-9_-]`. */
export type ClientOrderId = Branded<string, 'ClientOrderId'>
/** The venue's id of an order. */
export type VenueOrderId = Branded<string, 'VenueOrderId'>
/** The venue's id of one fill; a repeated one is the same fill. */
export type TradeId = Branded<string, 'TradeId'>
/** Six characters drawn once per journal (its first record): tells our orders from another LOMS's. */
export type JournalId = Branded<string, 'JournalId'>

/** Why an order was placed. */
export const ORDER_ROLES = ['entry', 'stop-loss', 'take-profit', 'close'] as const
export type OrderRole = (typeof ORDER_ROLES)[number]

const ROLE_LETTER: Record<OrderRole, string> = { entry: 'e', 'stop-loss': 's', 'take-profit': 't', close: 'c' }
const LETTER_ROLE = new Map(Object.entries(ROLE_LETTER).map(([role, letter]) => [letter, role as OrderRole]))

/** `journal-position-role+generation`, e.g. `k3v9qa-12-s2`: the second stop of position 12. */
export function clientOrderId(journal: JournalId, position: PositionId, role: OrderRole, generation: number): ClientOrderId {
  const id = `${journal}-${position}-${ROLE_LETTER[role]}${generation}`
  assert(/^[A-Za-z0-9_-]{1,32}$/.test(id), `client order id ${id} is legal on every venue`)
  return id as ClientOrderId
}

export type ParsedClientOrderId = { readonly journal: JournalId; readonly position: PositionId; readonly role: OrderRole; readonly generation: number }

/** The parts of a client order id of any LOMS, or `undefined` if no LOMS made it. */
export function parseClientOrderId(text: string): ParsedClientOrderId | undefined {
  const match = /^([a-z0-9]{6})-(\d{1,12})-([a-z])(\d{1,6})$/.exec(text)
  const role = match ? LETTER_ROLE.get(match[3] as string) : undefined
  if (!match || !role) return undefined
  return { journal: match[1] as JournalId, position: Number(match[2]) as PositionId, role, generation: Number(match[4]) }
}

/** A journal id from six random bytes. */
export function journalId(bytes: Uint8Array): JournalId {
  assert(bytes.length >= 6, 'a journal id needs six random bytes')
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from(bytes.slice(0, 6), (byte) => alphabet[byte % alphabet.length]).join('') as JournalId
}
