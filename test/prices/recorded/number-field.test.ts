import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { NOT_A_NUMBER, NumberReader } from '../../../src/prices/recorded/number-field.ts'

const read = (text: string): number => new NumberReader().read(Buffer.from(`${text},`), 0)

describe('a number field is what Number() makes of its text', () => {
  it.each([
    '0', '1', '0.1', '0.3', '28145.1', '0.00001234', '123456789.123456', '1680652700423', '007.50', '5.', '.5',
    // About and beyond 2^53, halfway cases, more places than an exact power of ten has.
    '9007199254740991', '9007199254740992', '9007199254740993', '900719925474099.3', '0.1000000000000000055511151231257827',
    '1.00000000000000011102230246251565404', '0.0000000000000000000000000123', '123456789012345678901234567890', '1e3', '2.5E-7', '1e-400', '4.35', '1.005',
  ])('%s', (text) => {
    expect(read(text)).toBe(Number(text))
  })

  it('for any decimal', () => {
    const digits = (max: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: max })
    const decimals = fc.oneof(
      fc.tuple(digits(20), digits(24)).map(([whole, places]) => `${whole}.${places}`),
      fc.tuple(digits(9), digits(8)).map(([whole, places]) => `${whole}.${places}`),
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(String),
      fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String),
    )
    fc.assert(fc.property(decimals, (text) => Object.is(read(text), Number(text))), { numRuns: 20_000 })
  })

  it('and nothing else', () => {
    expect(read('')).toBeNaN()
    for (const text of ['-1', '+1', '1 ', ' 1', '1_0', '0x1', '.', 'e5', '1e', '1e+', '1.2.3', 'NaN', 'Infinity', '1e999', '١']) expect(read(text), text).toBe(NOT_A_NUMBER)
  })

  it.each([',', '\n', '\r\n'])('ends at %j', (end) => {
    const numbers = new NumberReader()
    for (const text of ['12.5', '1e3', '']) {
      numbers.read(Buffer.from(`${text}${end}`), 0)
      expect(numbers.next).toBe(text.length)
    }
  })
})
