/**
 * Exact decimal arithmetic for prices, quantities and money.
 *
 * A `Decimal` is a canonical decimal string: no exponent, no leading `+`, no trailing zeros, `"0"` for zero. Strings
 * survive JSON unchanged, so journal, checkpoint and state hash see the same bytes. Doubles appear only on the quote
 * path (where they nominate) and at the edge of the wire (`toNumber`).
 */
import Big from 'big.js'

Big.strict = true
// Division is needed for averages only; 20 places are far below any tick.
Big.DP = 20
Big.RM = Big.roundHalfUp
// Never print an exponent: `toFixed()` without arguments is used everywhere.

declare const decimalBrand: unique symbol
/** A canonical decimal string, e.g. `"104.5"`. Made by this module only. */
export type Decimal = string & { readonly [decimalBrand]: true }

export const ZERO = '0' as Decimal
export const ONE = '1' as Decimal
export const HUNDRED = '100' as Decimal

const canonical = (value: Big): Decimal => {
  const text = value.toFixed()
  return (text === '-0' ? '0' : text) as Decimal
}

/**
 * The decimal of a number (its shortest round-trip notation) or of a decimal string.
 * Throws on anything that is not finite: validate foreign input with `parseDecimal` first.
 */
export function decimal(value: number | string): Decimal {
  const text = String(value)
  // The shortest notation of a finite number without an exponent is canonical already.
  return typeof value === 'number' && Number.isFinite(value) && !text.includes('e') ? (text as Decimal) : canonical(new Big(text))
}

/** The decimal of foreign text or number, or `undefined` if it is not a finite decimal. */
export function parseDecimal(value: unknown): Decimal | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? decimal(value) : undefined
  if (typeof value !== 'string' || value.length > 64 || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(value)) return undefined
  const text = value.startsWith('+') ? value.slice(1) : value
  return canonical(new Big(text))
}

// Zero and one come so often (fees, nothing filled yet, one contract) that they are worth a look of their own.
export const add = (a: Decimal, b: Decimal): Decimal => (a === '0' ? b : b === '0' ? a : canonical(new Big(a).plus(b)))
export const subtract = (a: Decimal, b: Decimal): Decimal => (b === '0' ? a : a === b ? ZERO : canonical(new Big(a).minus(b)))
export const multiply = (a: Decimal, b: Decimal): Decimal => (a === '1' ? b : b === '1' ? a : canonical(new Big(a).times(b)))
/** `a / b` to 20 decimal places, half up. Used for averages and quantities, never for trigger levels. */
export const divide = (a: Decimal, b: Decimal): Decimal => canonical(new Big(a).div(b))
export const negate = (a: Decimal): Decimal => canonical(new Big(a).times('-1'))
export const absolute = (a: Decimal): Decimal => canonical(new Big(a).abs())
export const sum = (values: readonly Decimal[]): Decimal => canonical(values.reduce((total, value) => total.plus(value), new Big('0')))

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compare(a: Decimal, b: Decimal): number {
  if (a === b) return 0
  // Rounding to a double keeps order: two doubles that differ say which decimal is greater.
  const [x, y] = [Number(a), Number(b)]
  return x < y ? -1 : x > y ? 1 : new Big(a).cmp(b)
}
export const less = (a: Decimal, b: Decimal): boolean => compare(a, b) < 0
export const atMost = (a: Decimal, b: Decimal): boolean => compare(a, b) <= 0
export const greater = (a: Decimal, b: Decimal): boolean => compare(a, b) > 0
export const atLeast = (a: Decimal, b: Decimal): boolean => compare(a, b) >= 0
export const isZero = (a: Decimal): boolean => a === '0'
export const isPositive = (a: Decimal): boolean => a !== '0' && !a.startsWith('-')
export const minimum = (a: Decimal, b: Decimal): Decimal => (atMost(a, b) ? a : b)
export const maximum = (a: Decimal, b: Decimal): Decimal => (atLeast(a, b) ? a : b)

/** `pct` percent of `value`, exact: a hundredth is a product, a division would be cut after 20 places. */
export const percentOf = (value: Decimal, pct: Decimal): Decimal => canonical(new Big(value).times(pct).times('0.01'))

/** `value · (1 + pct/100)`, exact. */
export const addPct = (value: Decimal, pct: Decimal): Decimal => canonical(new Big(value).times(new Big(pct).plus('100')).times('0.01'))

/** Rounds to `places` decimal places, half up. */
export const round = (value: Decimal, places: number): Decimal => canonical(new Big(value).round(places, Big.roundHalfUp))

/** Rounds to `digits` significant digits, half up. */
export const significant = (value: Decimal, digits: number): Decimal => canonical(new Big(value).prec(digits, Big.roundHalfUp))

/** The largest multiple of `step` not above `value` (both ≥ 0). */
export const floorToStep = (value: Decimal, step: Decimal): Decimal =>
  canonical(new Big(value).div(step).round(0, Big.roundDown).times(step))

/** The multiple of `step` nearest to `value` (≥ 0), half up. */
export const roundToStep = (value: Decimal, step: Decimal): Decimal =>
  canonical(new Big(value).div(step).round(0, Big.roundHalfUp).times(step))

/** For the wire and for nominating only. The shortest notation of the result is the decimal again up to 15 digits. */
export const toNumber = (value: Decimal): number => Number(value)
