import { describe, expect, it } from 'vitest'
import { duration, money, percent, price, text, time } from '../../src/cli/format.ts'
import { isoTime } from '../../src/cli/option-values.ts'

describe('values as people read them', () => {
  it.each([
    [0, '0.0000'],
    [104.5, '104.5000'],
    [-0.00001, '0.0000'],
    [-2.5, '-2.5000'],
    [null, '-'],
    [undefined, '-'],
    [NaN, '-'],
    [Infinity, '-'],
  ])('money %s is %s', (value, shown) => expect(money(value)).toBe(shown))

  it.each([
    [64000, '64000.0000'],
    [0.5, '0.5000'],
    [0.0123, '0.0123'],
    [0.01234567, '0.01235'],
    [0.00001234, '0.00001234'],
    [0, '0.0000'],
    [null, '-'],
  ])('price %s is %s', (value, shown) => expect(price(value)).toBe(shown))

  it.each([
    [0.44, '0.4 s'],
    [59.4, '59 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 05 min'],
    [273_600, '3 d 4 h'],
    [null, '-'],
  ])('%s seconds are %s', (value, shown) => expect(duration(value)).toBe(shown))

  it('percent, time and foreign text', () => {
    expect(percent(66.66666667)).toBe('66.67 %')
    expect(time('2026-11-21T10:00:00.123Z')).toBe('2026-11-21 10:00:00')
    expect(text('a\nb\u001b[31m')).toBe('a·b·[31m')
    expect(text({ a: 1 })).toBe('{"a":1}')
  })
})

describe('times on the command line', () => {
  it.each([
    ['2026-11-21', '2026-11-21T00:00:00.000Z'],
    ['2026-11-21 10:30', '2026-11-21T10:30:00.000Z'],
    ['2026-11-21T10:30:05.5Z', '2026-11-21T10:30:05.500Z'],
    ['2026-11-21T10:30:00+0130', '2026-11-21T09:00:00.000Z'],
  ])('%s is %s', (given, iso) => expect(isoTime(given)).toBe(iso))

  it.each(['10:30', '2026-13-01', '2026-11-21T25:00', 'now'])('%s is refused', (given) => expect(() => isoTime(given)).toThrow('Allowed'))
})
