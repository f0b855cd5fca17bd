/** Answers are untrusted: what is not as expected is thrown, never guessed (field lesson 28). */
import { describe, expect, it } from 'vitest'
import { BadAnswer, milliseconds, number, optionalNumber, optionalText, orderSide, quantity, row, rows, text } from '../../../src/brokers/exchange-live/answer.ts'

const BAD = 'BadAnswer'
const result = (read: () => unknown): unknown => {
  try {
    return read()
  } catch (error) {
    return error instanceof BadAnswer ? BAD : error
  }
}

describe('an answer', () => {
  it.each([[{}, {}], [null, BAD], [undefined, BAD], ['', BAD], ['<html>', BAD], [[], BAD], [3, BAD]])('as an object: %j → %j', (given, expected) => expect(result(() => row(given, 'answer'))).toEqual(expected))

  it.each([[[], []], [null, []], [[{ a: 1 }], [{ a: 1 }]], [undefined, BAD], [{}, BAD], ['', BAD], [[null], BAD], [[1], BAD], [[[]], BAD]])('as a list: %j → %j', (given, expected) => expect(result(() => rows(given, 'list'))).toEqual(expected))

  it.each([['1.50', '1.5'], ['-0.00000001', '-0.00000001'], [3, '3'], ['', BAD], [null, BAD], [undefined, BAD], ['NaN', BAD], ['1,5', BAD], ['Infinity', BAD], [Number.NaN, BAD], [{}, BAD], ['0x10', BAD]])('as a number: %j → %j', (given, expected) =>
    expect(result(() => number({ name: given }, 'name'))).toBe(expected))

  it.each([['2', '2'], ['', null], ['0', null], ['0.000', null], [null, null], [undefined, null], [0, null]])('as a number that may be absent: %j → %j', (given, expected) => {
    expect(result(() => optionalNumber({ name: given }, 'name'))).toBe(expected)
    expect(result(() => quantity({ name: given }, 'name'))).toBe(expected ?? '0')
  })

  it.each([['a', 'a'], [7, '7'], ['', BAD], [null, BAD], [undefined, BAD], [{}, BAD], [true, BAD]])('as a text: %j → %j', (given, expected) => expect(result(() => text({ name: given }, 'name'))).toBe(expected))
  it.each([['a', 'a'], [7, '7'], ['', null], [null, null], [{}, null]])('as a text that may be absent: %j → %j', (given, expected) => expect(optionalText({ name: given }, 'name')).toBe(expected))
  it.each([['1700000000000', 1_700_000_000_000], [1_700_000_000_000, 1_700_000_000_000], ['12.5', BAD], ['soon', BAD], ['', BAD], ['99999999999999999999', BAD]])('as a time: %j → %j', (given, expected) => expect(result(() => milliseconds({ name: given }, 'name'))).toBe(expected))
  it.each([['Buy', 'buy'], ['sell', 'sell'], ['SELL', 'sell'], ['', BAD], ['long', BAD], [null, BAD], [1, BAD]])('as a side: %j → %j', (given, expected) => expect(result(() => orderSide({ name: given }, 'name'))).toBe(expected))
})
