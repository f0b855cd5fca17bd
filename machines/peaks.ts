/**
 * Journaled best prices per feed symbol. A position's best price after a restart is the best of what was journaled
 * since its fill. Peaks with no fill between them are one, and what a later one covers from both sides is forgotten: the
 * lists stay short however long the prices run.
 */
import { atLeast, atMost, maximum, minimum, type Decimal } from '../src/domain/decimal.ts'
import type { PriceExtremes, PricePeaked, Stamped } from '../src/domain/facts.ts'

type Peak = { readonly seq: number; readonly high: Decimal; readonly low: Decimal }
export type PeaksDump = { readonly lastFillSeq: number; readonly bySymbol: readonly (readonly [string, readonly Peak[]])[] }

export class Peaks {
  readonly #bySymbol = new Map<string, Peak[]>()
  #lastFillSeq = 0

  /** Some order was filled: a position may begin here. */
  filled(seq: number): void {
    this.#lastFillSeq = seq
  }

  add({ symbol, seq, high, low }: Stamped<PricePeaked>): void {
    const known = this.#bySymbol.get(symbol) ?? []
    const last = known.at(-1)
    let peak: Peak = { seq, high, low }
    if (last && last.seq > this.#lastFillSeq) {
      peak = { seq, high: maximum(last.high, high), low: minimum(last.low, low) }
      known.pop()
    }
    while (known.length > 0 && covers(peak, known.at(-1) as Peak)) known.pop()
    known.push(peak)
    this.#bySymbol.set(symbol, known)
  }

  /** High and low of all records after `seq`; null: there are none. */
  since(symbol: string, seq: number): PriceExtremes | null {
    const later = (this.#bySymbol.get(symbol) ?? []).filter((peak) => peak.seq > seq)
    const [first, ...rest] = later
    return first ? rest.reduce<PriceExtremes>((all, peak) => ({ high: maximum(all.high, peak.high), low: minimum(all.low, peak.low) }), { high: first.high, low: first.low }) : null
  }

  /** Nobody depends on them any more. */
  clear(): void {
    this.#bySymbol.clear()
  }

  dump(): PeaksDump {
    return { lastFillSeq: this.#lastFillSeq, bySymbol: [...this.#bySymbol.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([symbol, peaks]) => [symbol, [...peaks]]) }
  }

  restore({ lastFillSeq, bySymbol }: PeaksDump): void {
    this.#lastFillSeq = lastFillSeq
    for (const [symbol, peaks] of bySymbol) this.#bySymbol.set(symbol, [...peaks])
  }
}

const covers = (outer: PriceExtremes, inner: PriceExtremes): boolean => atLeast(outer.high, inner.high) && atMost(outer.low, inner.low)
