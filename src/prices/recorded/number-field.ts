/** Exact numbers from the bytes of a CSV field, without making a string of each. */

const DOT = 46
const COMMA = 44
const NEWLINE = 10
const CARRIAGE_RETURN = 13
const ZERO_DIGIT = 48

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
const DECIMAL = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** What `read` gives for text that is not a decimal ≥ 0. */
export const NOT_A_NUMBER = -1

const isFieldEnd = (byte: number): boolean => byte === COMMA || byte === NEWLINE || byte === CARRIAGE_RETURN

/** Index of the comma or line end that closes the field at `from`. */
export function fieldEnd(bytes: Uint8Array, from: number): number {
  let at = from
  while (!isFieldEnd(bytes[at] as number)) at += 1
  return at
}

export const fieldText = (bytes: Uint8Array, from: number): string => Buffer.from(bytes.subarray(from, fieldEnd(bytes, from))).toString('utf8')

/** Reads number fields one after another; `next` is where the last one ended. */
export class NumberReader {
  /** Index of the comma or line end behind the last field read. */
  next = 0

  /**
   * The nearest double of the decimal that starts at `from`, the same as `Number(text)`; `NaN` for an empty field,
   * `NOT_A_NUMBER` for anything else. The bytes must hold a line end behind the field.
   *
   * Up to 2^53 the digits are an exact integer, and so are powers of ten up to 22: their quotient is rounded once and is
   * therefore the nearest double (Clinger, "How to read floating point numbers accurately", 1990).
   */
  read(bytes: Uint8Array, from: number): number {
    let at = from
    let mantissa = 0
    let byte = bytes[at] as number
    while (byte >= ZERO_DIGIT && byte <= 57) {
      mantissa = mantissa * 10 + (byte - ZERO_DIGIT)
      byte = bytes[++at] as number
    }
    let digits = at - from
    let places = 0
    if (byte === DOT) {
      const firstPlace = ++at
      byte = bytes[at] as number
      while (byte >= ZERO_DIGIT && byte <= 57) {
        mantissa = mantissa * 10 + (byte - ZERO_DIGIT)
        byte = bytes[++at] as number
      }
      places = at - firstPlace
      digits += places
    }
    if (digits > 0 && mantissa <= Number.MAX_SAFE_INTEGER && places <= 22 && isFieldEnd(byte)) {
      this.next = at
      return places === 0 ? mantissa : mantissa / (POWERS_OF_TEN[places] as number)
    }
    return this.#readSlowly(bytes, from)
  }

  #readSlowly(bytes: Uint8Array, from: number): number {
    this.next = fieldEnd(bytes, from)
    if (this.next === from) return NaN
    const text = fieldText(bytes, from)
    const value = DECIMAL.test(text) ? Number(text) : NOT_A_NUMBER
    return value < Infinity ? value : NOT_A_NUMBER
  }
}
