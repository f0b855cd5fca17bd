/** Fields of request bodies: what is allowed, for validation and for the API's description alike. */
import { z } from 'zod'
import { atLeast, decimal, isPositive, parseDecimal, type Decimal } from '../domain/decimal.ts'
import type { Direction } from '../domain/signal.ts'
import type { FieldProblem } from './json-body.ts'
import { parseTimestamp } from './timestamp.ts'

const DIRECTIONS: Readonly<Record<string, Direction>> = { long: 'long', buy: 'long', short: 'short', sell: 'short' }
const CEILING = decimal('1000000000000000')
const MAX_DIGITS = 30

/** Long or short, however it is written; undefined for any other word. */
export const directionOf = (text: string): Direction | undefined =>
  Object.hasOwn(DIRECTIONS, text.toLowerCase()) ? DIRECTIONS[text.toLowerCase()] : undefined

/** Absent and `null` are the same to bots. */
const orMissing = (message: string) => (issue: { readonly input?: unknown }) =>
  issue.input === undefined || issue.input === null ? 'is required' : message

const DECIMAL_TEXT = '^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?$'

/** A number, or a decimal string, whose value passes `check`. */
function number(allowed: string, check: (value: Decimal) => boolean) {
  const written = z.union([z.number(), z.string().max(64).meta({ pattern: DECIMAL_TEXT })], { error: orMissing(`must be ${allowed}`) })
  return written.transform((raw, context) => {
    const value = parseDecimal(raw)
    if (value !== undefined && value.length <= MAX_DIGITS + 2 && check(value)) return value
    context.addIssue({ code: 'custom', message: `must be ${allowed}` })
    return z.NEVER
  })
}

/** A price or a quantity. */
export const positiveNumber = () =>
  number(`a number above 0 and below 1e15 with at most ${MAX_DIGITS} digits`, (value) => isPositive(value) && !atLeast(value, CEILING))

/** A distance in percent within the bounds of the settings. */
export const percent = (min: Decimal, max: Decimal) =>
  number(`a percentage from ${min} to ${max}`, (value) => atLeast(value, min) && atLeast(max, value))

export const minutes = () =>
  number('a whole number from 1 to 100000', (value) => !value.includes('.') && isPositive(value) && atLeast(decimal(100_000), value)).transform(Number)

/** A name that stays readable in logs, tables and file names: no blanks at the ends, no control characters. */
export const label = (max = 64) =>
  z
    .string({ error: orMissing('must be a text') })
    .max(max, `must have at most ${max} characters`)
    .regex(/^[\p{L}\p{M}\p{N}\p{P}\p{S}]([\p{L}\p{M}\p{N}\p{P}\p{S} ]*[\p{L}\p{M}\p{N}\p{P}\p{S}])?$/u, 'must be visible text, without blanks at its ends')
    // The pattern uses classes that JSON Schema does not promise.
    .meta({ pattern: '^\\S(.*\\S)?$' })

/** A market's name as the sender writes it: no blanks. */
export const symbol = () => label().refine((text) => !text.includes(' '), 'must not contain blanks')

export const side = () =>
  z
    .string({ error: orMissing('must be long, short, buy or sell') })
    .transform((text, context): Direction => {
      const direction = directionOf(text)
      if (direction) return direction
      context.addIssue({ code: 'custom', message: 'must be long, short, buy or sell' })
      return z.NEVER
    })
    .meta({ pattern: '^([lL][oO][nN][gG]|[sS][hH][oO][rR][tT]|[bB][uU][yY]|[sS][eE][lL][lL])$' })

export const timestamp = () => {
  const allowed = 'must be an ISO 8601 time such as 2026-01-31T12:00:00Z'
  return z
    .string({ error: orMissing(allowed) })
    .max(64, allowed)
    .transform((text, context) => {
      const at = parseTimestamp(text)
      if (at !== undefined) return at
      context.addIssue({ code: 'custom', message: allowed })
      return z.NEVER
    })
}

/** What zod found, as one problem per field. */
export const fieldProblems = (error: z.ZodError): FieldProblem[] =>
  error.issues.map((issue) => ({ field: issue.path.join('.') || 'body', message: issue.message }))
