/** In which order requests leave (SPEC L-5). */
import { describe, expect, it } from 'vitest'
import { Lanes, type Lane } from '../../../src/brokers/exchange-live/lanes.ts'
import { ManualTimers } from '../../prices/manual-timers.ts'

/** What left at which millisecond, when these asked at theirs. */
function played(asked: readonly (readonly [at: number, lane: Lane, name: string])[]): readonly string[] {
  const timers = new ManualTimers(0)
  const lanes = new Lanes(timers)
  const left: string[] = []
  for (const [at, lane, name] of asked) {
    timers.advance(at - timers.now())
    lanes.run(lane, () => left.push(`${timers.now()} ${name}`))
  }
  timers.advance(20_000)
  expect(lanes.length).toBe(0)
  return left
}
const many = (count: number, lane: Lane, at = 0): readonly (readonly [number, Lane, string])[] => Array.from({ length: count }, (_, index) => [at, lane, `${lane}${index + 1}`])

describe('lanes', () => {
  it('one request leaves at once, whatever it is', () => expect(played([[0, 'entry', 'e']])).toEqual(['0 e']))

  it('entries and targets keep 100 ms apart', () =>
    expect(played([[0, 'entry', 'e1'], [0, 'take-profit', 't'], [0, 'entry', 'e2']])).toEqual(['0 e1', '100 t', '200 e2']))

  it('closes, stops and cancels keep none', () => expect(played([[0, 'stop-loss', 's'], [0, 'close', 'c'], [0, 'cancel', 'x']])).toEqual(['0 s', '0 c', '0 x']))

  it('the urgent overtake what waits, in order of urgency', () =>
    expect(played([...many(3, 'entry'), [50, 'cancel', 'x'], [50, 'stop-loss', 's'], [50, 'close', 'c']])).toEqual(['0 entry1', '50 x', '50 s', '50 c', '100 entry2', '200 entry3']))

  it('within a lane the first comes first', () => expect(played([[0, 'entry', 'a'], [10, 'entry', 'b'], [20, 'entry', 'c']])).toEqual(['0 a', '100 b', '200 c']))

  it('entries leave room for four urgent requests in every second', () => {
    const left = played([...many(8, 'entry'), ...many(4, 'stop-loss', 600)])
    expect(left.filter((line) => Number(line.split(' ')[0]) < 1000)).toEqual(['0 entry1', '100 entry2', '200 entry3', '300 entry4', '400 entry5', '500 entry6', '600 stop-loss1', '600 stop-loss2', '600 stop-loss3', '600 stop-loss4'])
  })

  it('never more than ten in any second, also where some travel a tenth of it longer', () => {
    const left = played(many(35, 'stop-loss')).map((line) => Number(line.split(' ')[0]))
    expect(left).toHaveLength(35)
    for (const at of left) expect(left.filter((other) => other > at - 1100 && other <= at).length).toBeLessThanOrEqual(10)
    expect(left.at(-1)).toBe(3300)
  })

  it('what waits for the rate lets the more urgent by', () => {
    const left = played([...many(12, 'stop-loss'), [500, 'close', 'close now']])
    expect(left[10]).toBe('1100 close now')
  })
})
