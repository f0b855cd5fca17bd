/**
 * Fields of request bodies: what is allowed, for validation and for the API's description alike.
 *
 * Each field is one function from the raw value to what it means; zod composes them, names the fields and describes
 * them. (Composed of zod's own unions and checks the same signal takes three times as long.)
 */
import { z } from 'zod'
import { HUNDRED, atLeast, atMost, isPositive, parseDecimal, type Decimal } from '../domain/decimal.ts'
import type { Direction } from '../domain/signal.ts'
import type { FieldProblem } from './json-body.ts'
import { parseTimestamp } from './timestamp.ts'

/** What a raw value means; undefined where it is not allowed. */
type Reader<T> = (raw: unknown) => T | undefined

/** A field and the words for what it may be: `must be …`. */
export type Field<T> = { readonly read: Reader<T>; readonly allowed: string; readonly schema: Record<string, unknown> }

/** The field must be there. */
export const required = <T>({ read, allowed, schema }: Field<T>, description: string) =>
  z
    .unknown()
    .transform((raw, context): T => {
      const value = read(raw)
      if (value !== undefined) return value
      context.addIssue({ code: 'custom', message: raw === undefined || raw === null ? 'is required' : `must be ${allowed}` })
      return z.NEVER
    })
    .meta({ description, ...schema })

/** Absent and `null` are the same to bots: the default. */
export const optional = <T>({ read, allowed, schema }: Field<T>, description: string) =>
  z
    .unknown()
    .transform((raw, context): T | undefined => {
      if (raw === undefined || raw === null) return undefined
      const value = read(raw)
      if (value === undefined) context.addIssue({ code: 'custom', message: `must be ${allowed}` })
      return value
    })
    .optional()
    .meta({ description, anyOf: [schema, { type: 'null' }] })

/** Absent: as it is; `null` says that there is to be none. */
export const removable = <T>({ read, allowed, schema }: Field<T>, description: string) =>
  z
    .unknown()
    .transform((raw, context): T | null | undefined => {
      if (raw === undefined || raw === null) return raw
      const value = read(raw)
      if (value === undefined) context.addIssue({ code: 'custom', message: `must be ${allowed}, or null` })
      return value
    })
    .optional()
    .meta({ description, anyOf: [schema, { type: 'null' }] })

const DIRECTIONS: Readonly<Record<string, Direction>> = { long: 'long', buy: 'long', short: 'short', sell: 'short' }

/** Long or short, however it is written; undefined for any other word. */
export function directionOf(text: string): Direction | undefined {
  const word = text.toLowerCase()
  return Object.hasOwn(DIRECTIONS, word) ? DIRECTIONS[word] : undefined
}

export const side: Field<Direction> = {
  read: (raw) => (typeof raw === 'string' ? directionOf(raw) : undefined),
  allowed: 'long, short, buy or sell',
  schema: { type: 'string', pattern: '^([lL][oO][nN][gG]|[sS][hH][oO][rR][tT]|[bB][uU][yY]|[sS][eE][lL][lL])$' },
}

const CEILING = 1e15
const MAX_DIGITS = 30

/** A number, or the same as a decimal string. */
const numberSchema = (bounds: Record<string, unknown>) => ({
  anyOf: [
    { type: 'number', ...bounds },
    { type: 'string', maxLength: 64, pattern: '^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?$' },
  ],
})

/** A price or a quantity. */
export const positiveNumber: Field<Decimal> = {
  read: (raw) => {
    const value = parseDecimal(raw)
    return value !== undefined && isPositive(value) && value.length <= MAX_DIGITS + 2 && Number(value) < CEILING ? value : undefined
  },
  allowed: `a number above 0 and below 1e15 with at most ${MAX_DIGITS} digits`,
  schema: numberSchema({ exclusiveMinimum: 0, exclusiveMaximum: CEILING }),
}

/** A distance in percent within the bounds of the settings. */
export function percent(min: Decimal, max: Decimal): Field<Decimal> {
  const [low, high] = [Number(min), Number(max)]
  return {
    read: (raw) => {
      const value = parseDecimal(raw)
      if (value === undefined || value.length > MAX_DIGITS + 2) return undefined
      const near = Number(value)
      // Doubles keep the order of decimals; only where they are equal the decimals have to decide.
      const inside = (near > low && near < high) || (atLeast(value, min) && atMost(value, max))
      return inside ? value : undefined
    },
    allowed: `a percentage from ${min} to ${max}`,
    schema: numberSchema({ minimum: low, maximum: high }),
  }
}

/** A part of something, in percent. */
export const share: Field<Decimal> = {
  read: (raw) => {
    const value = parseDecimal(raw)
    return value !== undefined && isPositive(value) && value.length <= MAX_DIGITS + 2 && atMost(value, HUNDRED) ? value : undefined
  },
  allowed: 'a percentage above 0 and up to 100',
  schema: numberSchema({ exclusiveMinimum: 0, maximum: 100 }),
}

/** The id of a position. */
export const positionId: Field<number> = {
  read: (raw) => {
    const value = typeof raw === 'string' ? Number(parseDecimal(raw) ?? NaN) : raw
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 ? value : undefined
  },
  allowed: 'a whole number from 1',
  schema: numberSchema({ minimum: 1 }),
}

/** Why somebody does something; blanks at its ends are cut off. */
export const sentence: Field<string> = {
  read: (raw) => (typeof raw === 'string' && /^[^\p{C}]{1,200}$/u.test(raw.trim()) ? raw.trim() : undefined),
  allowed: 'visible text of 1 to 200 characters',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
}

export const minutes: Field<number> = {
  read: (raw) => {
    const value = typeof raw === 'string' ? Number(parseDecimal(raw) ?? NaN) : raw
    return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 100_000 ? value : undefined
  },
  allowed: 'a whole number from 1 to 100000',
  schema: numberSchema({ minimum: 1, maximum: 100_000 }),
}

const VISIBLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]([\p{L}\p{M}\p{N}\p{P}\p{S} ]*[\p{L}\p{M}\p{N}\p{P}\p{S}])?$/u

/** A name that stays readable in logs, tables and file names: no blanks at the ends, no control characters. */
export const label = (maxLength = 64): Field<string> => ({
  read: (raw) => (typeof raw === 'string' && raw.length <= maxLength && VISIBLE.test(raw) ? raw : undefined),
  allowed: `visible text of 1 to ${maxLength} characters without blanks at its ends`,
  schema: { type: 'string', minLength: 1, maxLength },
})

/** A market's name as the sender writes it. */
export const symbol: Field<string> = {
  read: (raw) => (typeof raw === 'string' && raw.length <= 64 && !raw.includes(' ') && VISIBLE.test(raw) ? raw : undefined),
  allowed: 'visible text of 1 to 64 characters without blanks',
  schema: { type: 'string', minLength: 1, maxLength: 64 },
}

export const timestamp: Field<number> = {
  read: (raw) => (typeof raw === 'string' && raw.length <= 64 ? parseTimestamp(raw) : undefined),
  allowed: 'an ISO 8601 time such as 2026-01-31T12:00:00Z',
  schema: { type: 'string', maxLength: 64 },
}

/** One of these words. */
export const word = (known: { has(name: string): boolean; keys(): Iterable<string> }): Field<string> => ({
  read: (raw) => (typeof raw === 'string' && known.has(raw) ? raw : undefined),
  allowed: `one of ${[...known.keys()].join(', ')}`,
  schema: { type: 'string', enum: [...known.keys()] },
})

/** What zod found, as one problem per field. */
export const fieldProblems = (error: z.ZodError): FieldProblem[] =>
  error.issues.map((issue) => ({ field: issue.path.join('.') || 'body', message: issue.message }))
