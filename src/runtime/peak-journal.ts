/**
 * Decides which best prices are journaled: those that some position's exit depends on, at most one record per symbol
 * and interval. A restart then finds the peaks again and loosens no stop. While a symbol's last record waits for the disk
 * no other is made, so that a disk that stands still gathers one per symbol: what comes meanwhile widens what waits here.
 */
import { assert } from '../domain/assert.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { PriceExtremes } from '../domain/facts.ts'
import { lanePrice, selectPrice, type PriceLane, type PriceQuote } from '../domain/quote.ts'

/** The fields of a quote that a price is chosen from; kept, so that the exact price is made only when it is recorded. */
class KeptQuote {
  readonly #numbers = new Float64Array(4)

  keep({ bid, ask, last, mark }: PriceQuote): void {
    const numbers = this.#numbers
    numbers[0] = bid
    numbers[1] = ask
    numbers[2] = last
    numbers[3] = mark
  }

  price(symbol: string, lane: PriceLane): Decimal {
    const [bid, ask, last, mark] = this.#numbers as unknown as [number, number, number, number]
    const selected = selectPrice({ symbol, ts: 0, bid, ask, last, mark, source: '', path: 'point' }, lane)
    assert(selected.ok, 'a peak is a usable price')
    return selected.price
  }
}

/** One symbol's prices as its followers see them. */
export class SymbolPeaks {
  readonly symbol: string
  followers = 0
  /** High and low since the newest follower joined: nobody's best price lies within them. */
  #high = -Infinity
  #low = Infinity
  /** High and low of what is not journaled yet. */
  #highUnrecorded = -Infinity
  #lowUnrecorded = Infinity
  readonly #highQuote = new KeptQuote()
  readonly #lowQuote = new KeptQuote()
  readonly #lane: PriceLane
  /** When it was last recorded, or was due and had to wait for the disk. */
  triedAt = -Infinity
  /** Seq of the last record. */
  recordedSeq = 0

  constructor(symbol: string, lane: PriceLane) {
    this.symbol = symbol
    this.#lane = lane
  }

  /** Something is not journaled yet. */
  get unrecorded(): boolean {
    return this.#highUnrecorded !== -Infinity
  }

  join(): void {
    this.followers += 1
    this.#high = -Infinity
    this.#low = Infinity
  }

  leave(): void {
    this.followers -= 1
  }

  /** Takes a quote; true if its price may have moved somebody's best price. */
  see(quote: PriceQuote): boolean {
    const price = lanePrice(quote, this.#lane)
    if (!(price > this.#high || price < this.#low) || !(price > 0 && price < Infinity)) return false
    this.#high = Math.max(this.#high, price)
    this.#low = Math.min(this.#low, price)
    if (price > this.#highUnrecorded) {
      this.#highUnrecorded = price
      this.#highQuote.keep(quote)
    }
    if (price < this.#lowUnrecorded) {
      this.#lowUnrecorded = price
      this.#lowQuote.keep(quote)
    }
    return true
  }

  /** What is not journaled yet, exactly; it counts as journaled from now on. */
  take(): PriceExtremes {
    const { symbol } = this
    this.#highUnrecorded = -Infinity
    this.#lowUnrecorded = Infinity
    return { high: this.#highQuote.price(symbol, this.#lane), low: this.#lowQuote.price(symbol, this.#lane) }
  }
}

export type PeakJournalPorts = {
  /** Infinity: nothing outlives the process, nothing is recorded. */
  readonly intervalMs: number
  readonly now: () => number
  /** Peaks wait to be recorded; `nextAt` has changed. */
  readonly onWaiting: () => void
  /** Returns the record's seq. */
  readonly record: (feedSymbol: string, peaks: PriceExtremes) => number
  readonly isDurable: (seq: number) => boolean
}

export class PeakJournal {
  readonly #ports: PeakJournalPorts
  /** Symbols whose last peaks wait for their interval to pass. */
  readonly #waiting = new Set<SymbolPeaks>()

  constructor(ports: PeakJournalPorts) {
    this.#ports = ports
  }

  /** A best price of this symbol has moved. */
  moved(peaks: SymbolPeaks): void {
    if (this.#ports.intervalMs === Infinity || !peaks.unrecorded) return
    if (this.#ports.now() - peaks.triedAt >= this.#ports.intervalMs && this.#ports.isDurable(peaks.recordedSeq)) this.#record(peaks)
    else {
      this.#waiting.add(peaks)
      this.#ports.onWaiting()
    }
  }

  /** Records what waits, without regard to the interval: what somebody who joins now has not seen must not count for him. */
  flush(peaks: SymbolPeaks): void {
    if (this.#ports.intervalMs !== Infinity && peaks.unrecorded) this.#record(peaks)
  }

  /** When the next waiting peaks are due; Infinity: none waits. */
  nextAt(): number {
    let next = Infinity
    for (const peaks of this.#waiting) next = Math.min(next, peaks.triedAt + this.#ports.intervalMs)
    return next
  }

  /** Records the peaks of one symbol that are due; false: of none. The disk has not kept the record before: due an interval later. */
  fire(now: number): boolean {
    for (const peaks of this.#waiting) {
      if (peaks.triedAt + this.#ports.intervalMs > now) continue
      peaks.triedAt = now
      if (!this.#ports.isDurable(peaks.recordedSeq)) continue
      this.#record(peaks)
      return true
    }
    return false
  }

  #record(peaks: SymbolPeaks): void {
    this.#waiting.delete(peaks)
    peaks.triedAt = this.#ports.now()
    const extremes = peaks.take()
    if (peaks.followers > 0) peaks.recordedSeq = this.#ports.record(peaks.symbol, extremes)
  }
}
