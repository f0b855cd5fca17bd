/**
 * What open positions are worth enters the core as facts: prices that moved, before every signal and at most once a
 * second while quotes come. Only where a limit depends on it.
 */
import type { Decimal } from '../domain/decimal.ts'
import type { EquityMarked } from '../domain/facts.ts'
import { selectPrice, type PriceMode, type PriceQuote } from '../domain/quote.ts'
import type { Core } from '../../machines/core.ts'

const INTERVAL_MS = 1000

export type EquityMarksPorts = {
  /** A limit depends on what positions are worth. */
  readonly needed: boolean
  readonly priceMode: PriceMode
  readonly core: Core
  readonly quote: (symbol: string) => PriceQuote | null
  readonly now: () => number
  /** Returns the record's seq. */
  readonly accept: (fact: EquityMarked) => number
  readonly isDurable: (seq: number) => boolean
}

export class EquityMarks {
  readonly #ports: EquityMarksPorts
  #nextAt = -Infinity
  #markedSeq = 0
  constructor(ports: EquityMarksPorts) {
    this.#ports = ports
  }

  /** A quote came and everything that it decides is decided. */
  quoted(): void {
    if (!this.#ports.needed) return
    const now = this.#ports.now()
    // A disk that stands still gathers one mark.
    if (now < this.#nextAt || !this.#ports.isDurable(this.#markedSeq)) return
    this.#nextAt = now + INTERVAL_MS
    this.mark()
  }

  /** Journals what moved since the last mark. */
  mark(): void {
    if (!this.#ports.needed) return
    const marks = this.#moved()
    if (marks.length > 0) this.#markedSeq = this.#ports.accept({ type: 'equity.marked', marks })
  }

  /** The marks as `mark` would leave them; journals nothing. */
  current(): ReadonlyMap<string, Decimal> {
    return new Map([...this.#ports.core.marks, ...this.#moved()])
  }

  #moved(): (readonly [string, Decimal])[] {
    const { core, quote, priceMode } = this.#ports
    const symbols = new Set([...core.ledgers.values()].flatMap(({ holdings }) => [...holdings.keys()]))
    return [...symbols].sort().flatMap((symbol) => {
      const price = valueOf(quote(symbol), priceMode)
      return price === null || price === core.marks.get(symbol) ? [] : [[symbol, price] as const]
    })
  }
}

/** Mark, else last: what a venue values a position at; else the price that decides here. */
function valueOf(quote: PriceQuote | null, priceMode: PriceMode): Decimal | null {
  if (!quote) return null
  const selected = selectPrice(quote, 'trigger')
  const price = selected.ok ? selected : selectPrice(quote, priceMode)
  return price.ok ? price.price : null
}
