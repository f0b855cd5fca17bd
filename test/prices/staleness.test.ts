import { expect, it } from 'vitest'
import { Staleness } from '../../src/prices/staleness.ts'

it('counts from the first wish, then from the last quote', () => {
  const staleness = new Staleness(10_000)
  const at = (now: number): unknown[] => [staleness.ageMs('A', now), staleness.isStale('A', now), staleness.stale(now)]
  expect(at(0)).toEqual([undefined, true, []])
  staleness.expect('A', 1000)
  expect(at(1000)).toEqual([0, false, []])
  expect(at(11_000)).toEqual([10_000, false, []])
  expect(at(11_001)).toEqual([10_001, true, ['A']])
  staleness.expect('A', 11_001)
  expect(at(11_001)).toEqual([10_001, true, ['A']])
  staleness.seen('A', 12_000)
  expect(at(13_000)).toEqual([1000, false, []])
  // A clock that was set back is no negative age.
  expect(staleness.ageMs('A', 11_000)).toBe(0)
  staleness.forget('A')
  expect(at(13_000)).toEqual([undefined, true, []])
})

it('tells ages of all symbols, and calls stale only those that are wanted', () => {
  const staleness = new Staleness(10_000)
  staleness.expect('A', 0)
  staleness.seen('B', 0)
  expect([...staleness.ages(20_000)]).toEqual([['A', 20_000], ['B', 20_000]])
  expect([...staleness.expected()]).toEqual(['A'])
  expect(staleness.stale(20_000)).toEqual(['A'])
})
