import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { realClock } from '../../src/runtime/clock.ts'
import { WakeUp } from '../../src/runtime/timers.ts'

const HOUR = 3_600_000

/** The clock's readings while the machine's clock shows `wall` at each monotonic time. */
function readings(steps: readonly (readonly [monotonic: number, wall: number])[]): readonly number[] {
  let at: readonly [number, number] = [0, 0]
  const clock = realClock(() => at[1], () => at[0])
  return steps.map((step) => {
    at = step
    return clock.now()
  })
}

describe('the machine’s clock without its jumps', () => {
  it.each([
    ['follows the machine’s clock', [[0, 0], [100, 100], [200, 200]], [0, 100, 200]],
    ['follows small corrections ahead', [[100, 150], [200, 900]], [150, 900]],
    ['goes on while the machine’s clock is set back, a little slower', [[1000, 1000], [2000, 1000 - HOUR], [3000, 2000 - HOUR]], [1000, 1900, 2800]],
    ['agrees again with a machine’s clock that was a little ahead', [[1000, 1500], [2000, 2000], [8000, 8000]], [1500, 2400, 8000]],
    ['does not follow a jump ahead at once', [[1000, 1000 + HOUR], [2000, 2000 + HOUR]], [1000, 2000]],
    ['forgets a jump ahead that was a mistake', [[1000, 1000 + HOUR], [20_000, 20_000 + HOUR], [21_000, 21_000], [60_000, 60_000]], [1000, 20_000, 21_000, 60_000]],
    ['takes a jump ahead over once it has lasted', [[1000, 1000 + HOUR], [31_000, 31_000 + HOUR]], [1000, 31_000 + HOUR]],
  ] as const)('%s', (_name, steps, expected) => {
    expect(readings(steps)).toEqual(expected)
  })

  it('never goes back', () => {
    const seen = readings([[0, 0], [1, 5], [2, 4], [3, 3], [4, -HOUR], [5, HOUR], [40_000, HOUR], [40_001, 0]])
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })
})

describe('a timer on the machine’s clock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is due when the clock says so, however it was set meanwhile', () => {
    let now = 0
    let woken = 0
    const wakeUp = new WakeUp({ kind: 'real', now: () => now }, () => (woken += 1))
    wakeUp.set(HOUR)
    now = 2 * HOUR
    vi.advanceTimersByTime(1000)
    expect(woken).toBe(1)
    wakeUp.set(3 * HOUR)
    now = 4 * HOUR
    // Something else that is to come later: what is due comes first, and now.
    wakeUp.set(3 * HOUR)
    vi.advanceTimersByTime(0)
    expect(woken).toBe(2)
    wakeUp.stop()
  })

  it('C6: what is due in months is never asked of Node, which would fire it at once', () => {
    const asked = vi.spyOn(globalThis, 'setTimeout')
    const wakeUp = new WakeUp({ kind: 'real', now: () => 0 }, () => {})
    wakeUp.set(90 * 24 * HOUR)
    expect(asked.mock.calls.map(([, delay]) => Number(delay) < 2 ** 31)).toEqual([true])
    wakeUp.stop()
  })
})
