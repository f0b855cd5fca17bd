import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { realClock } from '../../src/runtime/clock.ts'
import { WakeUp } from '../../src/runtime/timers.ts'

const HOUR_MS = 3_600_000

describe('the machine’s clock', () => {
  const machine = { wall: 1_000_000, monotonic: 0 }
  const pass = (ms: number): void => {
    machine.wall += ms
    machine.monotonic += ms
  }
  const opened = () => {
    Object.assign(machine, { wall: 1_000_000, monotonic: 0 })
    return realClock(() => machine.wall, () => machine.monotonic)
  }

  it('set back an hour it goes on, a tenth slower, and never backwards, until it is right again', () => {
    const clock = opened()
    expect(clock.now()).toBe(1_000_000)
    machine.wall -= HOUR_MS
    expect(clock.now()).toBe(1_000_000)
    pass(1000)
    expect(clock.now()).toBe(1_000_900)
    machine.wall -= 10_000
    pass(1000)
    expect(clock.now()).toBe(1_001_800)
    pass(20 * HOUR_MS)
    expect(clock.now()).toBe(machine.wall)
    pass(5)
    expect(clock.now()).toBe(machine.wall)
  })

  it('set forward it is believed when that has lasted', () => {
    const clock = opened()
    clock.now()
    machine.wall += HOUR_MS
    expect(clock.now()).toBe(1_000_000)
    pass(1000)
    expect(clock.now()).toBe(1_001_000)
    pass(30_000)
    expect(clock.now()).toBe(machine.wall)
  })
})

describe('a timer on the machine’s clock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is due when the clock says so, however it was set meanwhile', () => {
    let now = 0
    let woken = 0
    const wakeUp = new WakeUp({ kind: 'real', now: () => now }, () => (woken += 1))
    wakeUp.set(HOUR_MS)
    now = 2 * HOUR_MS
    vi.advanceTimersByTime(1000)
    expect(woken).toBe(1)
    wakeUp.set(3 * HOUR_MS)
    now = 4 * HOUR_MS
    // Something else that is to come later: what is due comes first, and now.
    wakeUp.set(3 * HOUR_MS)
    vi.advanceTimersByTime(0)
    expect(woken).toBe(2)
    wakeUp.stop()
  })
})
