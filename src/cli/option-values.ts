/** Readers of command line values: each returns the value or tells commander what is allowed. */
import { InvalidArgumentError } from 'commander'

/** A decimal number above zero, e.g. a price or a percentage. */
export function positiveNumber(given: string): number {
  const value = /^(\d+\.?\d*|\.\d+)$/.test(given) ? Number(given) : NaN
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Allowed: a number above 0, such as 1.5.')
  return value
}

/** An integer from 1. */
export function wholeNumber(given: string): number {
  const value = /^\d{1,15}$/.test(given) ? Number(given) : 0
  if (value < 1) throw new InvalidArgumentError('Allowed: a whole number from 1.')
  return value
}

/** A port, 0 included. */
export function port(given: string): number {
  const value = /^\d{1,5}$/.test(given) ? Number(given) : NaN
  if (!(value <= 65_535)) throw new InvalidArgumentError('Allowed: 0 to 65535.')
  return value
}

/** An integer from 1 to 100,000: how many rows to show. */
export function rowLimit(given: string): number {
  const value = wholeNumber(given)
  if (value > 100_000) throw new InvalidArgumentError('Allowed: 1 to 100000.')
  return value
}

/** An ISO 8601 date or time as UTC with milliseconds; one without an offset is UTC. */
export function isoTime(given: string): string {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(given)
  const value = match === null ? NaN : Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? 'Z'}`)
  if (Number.isNaN(value)) throw new InvalidArgumentError('Allowed: a time such as 2026-11-21 or 2026-11-21T10:30:00Z (UTC without an offset).')
  return new Date(value).toISOString()
}

/** An address that starts with http:// or https://. */
export function httpUrl(given: string): string {
  const valid = URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)
  if (!valid) throw new InvalidArgumentError('Allowed: an address such as http://127.0.0.1:8000.')
  return given
}

/** A key that can travel in a header. The value is never repeated in the message. */
export function apiKey(given: string): string {
  if (!/^[\x21-\x7e]+$/.test(given)) throw new InvalidArgumentError('Allowed: printable characters without blanks.')
  return given
}

/** `NAME=VALUE`, collected over repetitions. */
export function assignment(given: string, previous: readonly Assignment[] = []): readonly Assignment[] {
  const match = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(given)
  if (match === null) throw new InvalidArgumentError('Allowed: NAME=VALUE, such as MAX_OPEN_POSITIONS=5.')
  return [...previous, { name: match[1] as string, value: match[2] as string }]
}
export type Assignment = { readonly name: string; readonly value: string }

/** Collects the values of an option that may be repeated. */
export const collect = (given: string, previous: readonly string[] = []): readonly string[] => [...previous, given]

/** A direction in any case. */
export function direction(given: string): string {
  const side = given.toLowerCase()
  if (!['long', 'short', 'buy', 'sell'].includes(side)) throw new InvalidArgumentError('Allowed: long, short, buy, sell.')
  return side
}

/** A journal sequence number, or an ISO time. */
export type Moment = { readonly kind: 'seq'; readonly seq: number } | { readonly kind: 'time'; readonly at: string }
export function moment(given: string): Moment {
  if (/^\d+$/.test(given)) return { kind: 'seq', seq: wholeNumber(given) }
  return { kind: 'time', at: isoTime(given) }
}
