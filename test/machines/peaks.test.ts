import { describe, expect, it } from 'vitest'
import { Peaks } from '../../machines/peaks.ts'
import { d } from '../support/builders.ts'

const aPeaks = (): { peaks: Peaks; peak: (seq: number, high: number, low?: number) => void; size: () => number } => {
  const peaks = new Peaks()
  const peak = (seq: number, high: number, low = high): void => peaks.add({ type: 'price.peaked', symbol: 'X', seq, at: 0, high: d(high), low: d(low) })
  return { peaks, peak, size: () => peaks.dump().bySymbol[0]?.[1].length ?? 0 }
}

describe('best prices in the journal', () => {
  it('count for positions filled before them only', () => {
    const { peaks, peak } = aPeaks()
    peaks.filled(1)
    peak(2, 110, 90)
    peaks.filled(3)
    peak(4, 105, 100)
    expect([peaks.since('X', 1), peaks.since('X', 3), peaks.since('X', 4), peaks.since('Y', 1)]).toEqual([{ high: '110', low: '90' }, { high: '105', low: '100' }, null, null])
  })

  it('stay one where nothing is filled between them, however long the price runs', () => {
    const { peaks, peak, size } = aPeaks()
    peaks.filled(1)
    for (let seq = 2; seq < 1000; seq++) peak(seq, seq)
    expect([size(), peaks.since('X', 1)]).toEqual([1, { high: '999', low: '2' }])
  })

  it('that are covered from both sides are forgotten', () => {
    const { peaks, peak, size } = aPeaks()
    for (const [seq, high, low] of [[2, 103, 99], [4, 102, 100], [6, 104, 98]] as const) {
      peaks.filled(seq - 1)
      peak(seq, high, low)
    }
    expect([size(), peaks.since('X', 5)]).toEqual([1, { high: '104', low: '98' }])
  })

  it('survive a checkpoint', () => {
    const { peaks, peak } = aPeaks()
    peaks.filled(1)
    peak(2, 110)
    const restored = new Peaks()
    restored.restore(JSON.parse(JSON.stringify(peaks.dump())) as ReturnType<Peaks['dump']>)
    for (const each of [peaks, restored]) each.add({ type: 'price.peaked', symbol: 'X', seq: 3, at: 0, high: d(112), low: d(111) })
    expect(restored.dump()).toEqual(peaks.dump())
  })
})
