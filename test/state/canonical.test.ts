import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, stateHash } from '../../state/canonical.ts'

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, shuffled(inner)]))
}

describe('canonical JSON', () => {
  it('means the same value, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value))
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value))
      }),
    )
  })

  it.each([
    ['undefined', { a: [{ b: undefined }] }, '$.a[0].b'],
    ['NaN', [1, NaN], '$[1]'],
    ['Infinity', -Infinity, '$'],
    ['a function', { f: () => 1 }, '$.f'],
    ['a bigint', { n: 1n }, '$.n'],
    ['a symbol', [Symbol('x')], '$[0]'],
    ['a Date', { at: new Date(0) }, '$.at'],
    ['a Map', new Map(), '$'],
    ['a hole', [1, , 2], '$[1]'],
  ])('refuses %s and names the place', (_, value, place) => {
    expect(() => canonicalJson(value)).toThrow(`${place} is`)
  })

  it('is the same for more kinds of objects than are remembered', () => {
    for (let time = 0; time < 2; time++)
      for (let kind = 0; kind < 1100; kind++) expect(canonicalJson({ [`z${kind}`]: 1, a: kind })).toBe(`{"a":${kind},"z${kind}":1}`)
  })

  it('hashes to the SHA-256 of that text', () => {
    expect(stateHash({ b: 1, a: [true, null] })).toBe('51705a2c9eb3e7e410a58f696a770c3ac3885a0cf43eb7fc88f5e47c11d4d30d')
  })
})
