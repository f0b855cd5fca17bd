import { describe, expect, it } from 'vitest'
import { PeakJournal, SymbolPeaks } from '../../src/runtime/peak-journal.ts'

function aJournal(intervalMs = 250): { journal: PeakJournal; peaks: SymbolPeaks; records: string[]; at: (time: number, price: number) => void; clock: { now: number } } {
  const records: string[] = []
  const clock = { now: 0 }
  const journal = new PeakJournal({ intervalMs, now: () => clock.now, onWaiting: () => {}, record: (symbol, { high, low }) => records.push(`${clock.now} ${symbol} ${low}–${high}`) })
  const peaks = new SymbolPeaks('BTCUSDT')
  peaks.join()
  const at = (time: number, price: number): void => {
    clock.now = time
    if (peaks.see(price)) journal.moved(peaks)
  }
  return { journal, peaks, records, at, clock }
}

describe('journaled peaks', () => {
  it('are recorded at once, then at most once per interval', () => {
    const { journal, records, at, clock } = aJournal()
    at(0, 100)
    at(10, 101)
    at(20, 99)
    expect([records, journal.nextAt()]).toEqual([['0 BTCUSDT 100–100'], 250])
    clock.now = 250
    expect(journal.fire(250)).toBe(true)
    expect(records).toEqual(['0 BTCUSDT 100–100', '250 BTCUSDT 99–101'])
    expect(journal.fire(250)).toBe(false)
  })

  it('are not recorded for prices that move nobody', () => {
    const { records, at } = aJournal()
    at(0, 100)
    at(300, 100)
    at(600, 100)
    expect(records.length).toBe(1)
  })

  it('count from anew where somebody joins: an older peak is not his', () => {
    const { peaks, records, at } = aJournal()
    at(0, 100)
    at(300, 110)
    peaks.join()
    at(600, 105)
    expect(records).toEqual(['0 BTCUSDT 100–100', '300 BTCUSDT 110–110', '600 BTCUSDT 105–105'])
  })

  it('are not recorded where nothing outlives the process', () => {
    const { journal, records, at } = aJournal(Infinity)
    at(0, 100)
    expect([records, journal.nextAt()]).toEqual([[], Infinity])
  })
})
