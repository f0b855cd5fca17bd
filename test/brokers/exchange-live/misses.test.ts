import { describe, expect, it } from 'vitest'
import { Misses } from '../../../src/brokers/exchange-live/misses.ts'

const PROOF = { looks: 3, overMs: 2000 }
const after = (times: readonly number[]): readonly boolean[] => {
  let now = 0
  const misses = new Misses<string>(() => now)
  return times.map((at) => {
    now = at
    return misses.miss('id', PROOF)
  })
}

describe('absence', () => {
  it.each<[string, readonly number[], readonly boolean[]]>([
    ['one look proves nothing', [0], [false]],
    ['many looks at once prove nothing', [0, 1, 2, 3, 4], [false, false, false, false, false]],
    ['two looks far apart prove nothing', [0, 9000], [false, false]],
    ['three looks over two seconds do', [0, 1000, 2000], [false, false, true]],
    ['afterwards it is counted anew', [0, 1000, 2000, 2001, 2002, 4001], [false, false, true, false, false, true]],
  ])('%s', (_what, times, proven) => expect(after(times)).toEqual(proven))

  it('is forgotten once the order was seen', () => {
    let now = 0
    const misses = new Misses<string>(() => now)
    misses.miss('a', PROOF)
    misses.miss('b', PROOF)
    misses.forget('a')
    misses.retain(new Set(['a']))
    expect(misses.size).toBe(0)
    now = 5000
    expect(misses.miss('a', PROOF)).toBe(false)
  })
})
