/** Reading a venue's answers: untrusted input. What is not as expected is thrown, and proves nothing. */
import { parseDecimal, ZERO, type Decimal } from '../../domain/decimal.ts'
import type { OrderSide } from '../../domain/signal.ts'

/** An answer that cannot be understood. */
export class BadAnswer extends Error {
  constructor(what: string) {
    super(`the venue's answer is not understood: ${what}`)
    this.name = 'BadAnswer'
  }
}

export type Row = Readonly<Record<string, unknown>>

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

export function row(value: unknown, what: string): Row {
  if (!isRow(value)) throw new BadAnswer(`${what} is not an object`)
  return value
}

/** A list; `null` where a venue means an empty one. */
export function rows(value: unknown, what: string): readonly Row[] {
  if (value === null) return []
  if (!Array.isArray(value) || !value.every(isRow)) throw new BadAnswer(`${what} is not a list`)
  return value
}

export function text(source: Row, name: string): string {
  const value = source[name]
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number') return String(value)
  throw new BadAnswer(`${name} is missing`)
}

/** Absent, null and empty are all null. */
export function optionalText(source: Row, name: string): string | null {
  const value = source[name]
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null
}

export function number(source: Row, name: string): Decimal {
  const value = parseDecimal(source[name])
  if (value === undefined) throw new BadAnswer(`${name} is not a number: ${String(source[name])}`)
  return value
}

/** Absent, empty and zero are all null: venues write any of them for "none". */
export function optionalNumber(source: Row, name: string): Decimal | null {
  const value = source[name] === '' || source[name] === null || source[name] === undefined ? undefined : parseDecimal(source[name])
  return value === undefined || value === ZERO ? null : value
}

/** Zero where it is absent or empty. */
export const quantity = (source: Row, name: string): Decimal => optionalNumber(source, name) ?? ZERO

export function milliseconds(source: Row, name: string): number {
  const value = Number(text(source, name))
  if (!Number.isSafeInteger(value)) throw new BadAnswer(`${name} is not a time: ${String(source[name])}`)
  return value
}

export function orderSide(source: Row, name: string): OrderSide {
  const value = text(source, name).toLowerCase()
  if (value !== 'buy' && value !== 'sell') throw new BadAnswer(`${name} is neither buy nor sell: ${value}`)
  return value
}
