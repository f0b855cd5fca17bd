/** What each symbol was last quoted with: messages carry only what changed. */
import type { PriceQuote } from '../../domain/quote.ts'
import type { VenueTicker } from './venue-ticker.ts'

/** A message this much behind the one before it is no reordering of two channels but an old one; the guard drops it. */
const REORDERED_MS = 1000

type Fields = { ts: number; bid: number; ask: number; last: number; mark: number }

/** The value that holds after a message. One that is no price passes once, for the guard to see, and is not kept. */
const merged = (known: Fields, field: 'bid' | 'ask' | 'last' | 'mark', value: number): number => {
  if (value !== value) return known[field]
  if (value > 0) known[field] = value
  return value
}

export class LastPrices {
  readonly #source: string
  readonly #fields = new Map<string, Fields>()

  constructor(source: string) {
    this.#source = source
  }

  /** The whole quote after a message; `now` is its time where the venue names none. */
  quote(ticker: VenueTicker, now: number): PriceQuote {
    const known = this.#fields.get(ticker.symbol) ?? this.#add(ticker.symbol)
    const at = ticker.ts === ticker.ts ? ticker.ts : now
    const ts = at < known.ts && known.ts - at <= REORDERED_MS ? known.ts : at
    known.ts = Math.max(known.ts, ts)
    return {
      symbol: ticker.symbol,
      ts,
      bid: merged(known, 'bid', ticker.bid),
      ask: merged(known, 'ask', ticker.ask),
      last: merged(known, 'last', ticker.last),
      mark: merged(known, 'mark', ticker.mark),
      source: this.#source,
      path: 'point',
    }
  }

  /** Whether a ticker says something else than what is known of its symbol. */
  differs(ticker: VenueTicker): boolean {
    const known = this.#fields.get(ticker.symbol)
    if (!known) return true
    const other = (field: 'bid' | 'ask' | 'last' | 'mark'): boolean => ticker[field] === ticker[field] && ticker[field] !== known[field]
    return other('bid') || other('ask') || other('last') || other('mark')
  }

  forget(symbol: string): void {
    this.#fields.delete(symbol)
  }

  #add(symbol: string): Fields {
    const fields: Fields = { ts: 0, bid: NaN, ask: NaN, last: NaN, mark: NaN }
    this.#fields.set(symbol, fields)
    return fields
  }
}
