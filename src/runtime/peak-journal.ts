/**
 * Decides which best prices are journaled: those that some position's exit depends on, at most one record per symbol
 * and interval. A restart then finds the peaks again and loosens no stop.
 */
import { decimal } from '../domain/decimal.ts'
import type { PriceExtremes } from '../domain/facts.ts'

/** One symbol's prices as its followers see them. */
export class SymbolPeaks {
  readonly symbol: string
  followers = 0
  /** High and low since the newest follower joined: nobody's best price lies within them. */
  #high = -Infinity
  #low = Infinity
  /** High and low of what is not journaled yet. */
  highUnrecorded = -Infinity
  lowUnrecorded = Infinity
  recordedAt = -Infinity

  constructor(symbol: string) {
    this.symbol = symbol
  }

  join(): void {
    this.followers += 1
    this.#high = -Infinity
    this.#low = Infinity
  }

  leave(): void {
    this.followers -= 1
  }

  /** Takes a price; true if it may have moved somebody's best price. */
  see(price: number): boolean {
    if (!(price > this.#high || price < this.#low)) return false
    this.#high = Math.max(this.#high, price)
    this.#low = Math.min(this.#low, price)
    this.highUnrecorded = Math.max(this.highUnrecorded, price)
    this.lowUnrecorded = Math.min(this.lowUnrecorded, price)
    return true
  }
}

export type PeakJournalPorts = {
  /** Infinity: nothing outlives the process, nothing is recorded. */
  readonly intervalMs: number
  readonly now: () => number
  /** Peaks wait to be recorded; `nextAt` has changed. */
  readonly onWaiting: () => void
  readonly record: (feedSymbol: string, peaks: PriceExtremes) => void
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
    if (this.#ports.intervalMs === Infinity) return
    if (this.#ports.now() - peaks.recordedAt >= this.#ports.intervalMs) this.#record(peaks)
    else {
      this.#waiting.add(peaks)
      this.#ports.onWaiting()
    }
  }

  /** When the next waiting peaks are due; Infinity: none waits. */
  nextAt(): number {
    let next = Infinity
    for (const peaks of this.#waiting) next = Math.min(next, peaks.recordedAt + this.#ports.intervalMs)
    return next
  }

  /** Records the peaks that are due; false: none is. */
  fire(now: number): boolean {
    for (const peaks of this.#waiting) {
      if (peaks.recordedAt + this.#ports.intervalMs > now) continue
      this.#record(peaks)
      return true
    }
    return false
  }

  #record(peaks: SymbolPeaks): void {
    this.#waiting.delete(peaks)
    peaks.recordedAt = this.#ports.now()
    const extremes = { high: decimal(peaks.highUnrecorded), low: decimal(peaks.lowUnrecorded) }
    peaks.highUnrecorded = -Infinity
    peaks.lowUnrecorded = Infinity
    if (peaks.followers > 0) this.#ports.record(peaks.symbol, extremes)
  }
}
