import { expect, it } from 'vitest'
import { replayWaitMs } from '../../src/prices/replay-pacing.ts'

it.each<[string, number | 'max', number, number, number]>([
  ['the first quote is due at once', 1, 5000, 100, 0],
  ['a second of data takes a second', 1, 6000, 100, 1000],
  ['less what has passed', 1, 6000, 700, 400],
  ['a late quote is not waited for', 1, 6000, 2000, 0],
  ['twice as fast', 2, 6000, 100, 500],
  ['at half speed', 0.5, 6000, 100, 2000],
  ['as fast as possible', 'max', 9_000_000, 100, 0],
])('%s', (_, speed, dataTime, wallNow, wait) => {
  expect(replayWaitMs({ dataStart: 5000, wallStart: 100, speed }, dataTime, wallNow)).toBe(wait)
})
