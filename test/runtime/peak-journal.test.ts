import { describe, expect, it } from 'vitest'
import type { PriceExtremes } from '../../src/domain/facts.ts'
import type { PriceQuote } from '../../src/domain/quote.ts'
import { PeakJournal, SymbolPeaks } from '../../src/runtime/peak-journal.ts'

const aQuote = (fields: Partial<PriceQuote>): PriceQuote => ({ symbol: 'BTCUSDT', ts: 0, bid: NaN, ask: NaN, last: NaN, mark: NaN, source: 'test', path: 'point', ...fields })

function aJournal(intervalMs = 250): { journal: PeakJournal; peaks: SymbolPeaks; records: string[]; at: (time: number, price: number) => void; clock: { now: number }; disk: { durable: number } } {
  const records: string[] = []
  const clock = { now: 0 }
  const disk = { durable: Infinity }
  const record = (symbol: string, { high, low }: PriceExtremes): number => records.push(`${clock.now} ${symbol} ${low}–${high}`)
  const journal = new PeakJournal({ intervalMs, now: () => clock.now, onWaiting: () => {}, record, isDurable: (seq) => seq <= disk.durable })
  const peaks = new SymbolPeaks('BTCUSDT', 'last')
  peaks.join()
  const at = (time: number, price: number): void => {
    clock.now = time
    if (peaks.see(aQuote({ last: price }))) journal.moved(peaks)
  }
  return { journal, peaks, records, at, clock, disk }
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

  it('are one record that waits for the disk, however long it stands still; what came meanwhile is the next', () => {
    const { journal, records, at, clock, disk } = aJournal()
    disk.durable = 0
    for (let time = 0; time < 100_000; time += 100) {
      at(time, 100 + time / 1000)
      while (journal.fire(time));
      expect(journal.nextAt()).toBeGreaterThan(time)
    }
    at(100_000, 90)
    expect(records).toEqual(['0 BTCUSDT 100–100'])
    disk.durable = 1
    clock.now = journal.nextAt()
    expect(clock.now).toBeLessThanOrEqual(100_250)
    while (journal.fire(clock.now));
    expect(records).toEqual(['0 BTCUSDT 100–100', `${clock.now} BTCUSDT 90–199.9`])
    expect(journal.nextAt()).toBe(Infinity)
  })

  it('are recorded before somebody joins also while the disk stands still', () => {
    const { journal, peaks, records, at, disk } = aJournal()
    disk.durable = 0
    at(0, 100)
    at(300, 110)
    journal.flush(peaks)
    expect(records).toEqual(['0 BTCUSDT 100–100', '300 BTCUSDT 110–110'])
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

  it('are recorded before somebody joins: what waits is not his', () => {
    const { journal, peaks, records, at } = aJournal()
    at(0, 100)
    at(10, 110)
    journal.flush(peaks)
    expect([records, journal.nextAt(), peaks.unrecorded]).toEqual([['0 BTCUSDT 100–100', '10 BTCUSDT 110–110'], Infinity, false])
  })

  it('are exact where the price is a mid, and never of a missing price', () => {
    const records: string[] = []
    const journal = new PeakJournal({ intervalMs: 250, now: () => 0, onWaiting: () => {}, record: (_, { high, low }) => records.push(`${low}–${high}`), isDurable: () => true })
    const peaks = new SymbolPeaks('BTCUSDT', 'mid')
    peaks.join()
    expect([peaks.see(aQuote({ bid: 0.1 })), peaks.see(aQuote({ bid: 0.1, ask: 0.2 }))]).toEqual([false, true])
    journal.moved(peaks)
    expect(records).toEqual(['0.15–0.15'])
  })

  it('are not recorded where nothing outlives the process', () => {
    const { journal, records, at } = aJournal(Infinity)
    at(0, 100)
    expect([records, journal.nextAt()]).toEqual([[], Infinity])
  })
})
