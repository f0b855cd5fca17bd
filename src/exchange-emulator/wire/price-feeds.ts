/** Prices that come by themselves: invented or recorded. */
import { decimal, floorToStep, type Decimal } from '../../domain/decimal.ts'
import type { PriceQuote } from '../../domain/quote.ts'
import { seededRandom } from '../../prices/random.ts'
import type { ExchangeModel } from '../model/exchange-model.ts'
import { USUAL_PATH, pricePath, type PathShape } from '../model/price-path.ts'
import type { WireTimers } from './timers.ts'

export type WalkOptions = { readonly intervalMs: number; readonly seed: number; readonly symbols?: readonly string[]; readonly shape?: PathShape }

/** Quotes every symbol each interval, from where its price is now. Returns how to stop. */
export function walkPrices(model: ExchangeModel, timers: WireTimers, { intervalMs, seed, symbols, shape = USUAL_PATH }: WalkOptions): () => void {
  const random = seededRandom(seed)
  const paths = [...model.markets.values()]
    .filter(({ instrument }) => symbols === undefined || symbols.includes(instrument.symbol))
    .map(({ instrument, quote }) => ({ symbol: instrument.symbol, next: pricePath(instrument, quote.last, random, shape) }))
  let stopped = false
  const step = (): void => {
    if (stopped) return
    for (const { symbol, next } of paths) model.quote(symbol, next(), timers.now())
    timers.after(intervalMs, step)
  }
  timers.after(intervalMs, step)
  return () => {
    stopped = true
  }
}

export type PlayOptions = {
  /** Recorded seconds per second. */
  readonly speed: number
  /** The venue's symbol for a recorded one, undefined to leave it out; the same unless told. */
  readonly symbolOf?: (recorded: string) => string | undefined
}

const present = (price: number, tick: Decimal): Decimal | undefined => (Number.isFinite(price) && price > 0 ? floorToStep(decimal(price), tick) : undefined)

/**
 * Plays recorded quotes (in order of time, absent fields `NaN`) at `speed`. A quote without a last price takes the middle,
 * other absent fields stay near the last price. Resolves at the end of the recording.
 */
export async function playPrices(
  model: ExchangeModel, timers: WireTimers, quotes: AsyncIterable<PriceQuote>, { speed, symbolOf = (symbol) => symbol }: PlayOptions,
): Promise<void> {
  const startedAt = timers.now()
  let first = Number.NaN
  for await (const { symbol, ts, bid, ask, last, mark } of quotes) {
    if (Number.isNaN(first)) first = ts
    const due = startedAt + (ts - first) / speed
    if (due > timers.now()) await timers.wait(due - timers.now())
    const market = model.markets.get(symbolOf(symbol) ?? '')
    if (!market) continue
    const { tick } = market.instrument
    const price = present(last, tick) ?? present((bid + ask) / 2, tick) ?? market.quote.last
    model.quote(market.instrument.symbol, { last: price, bid: present(bid, tick), ask: present(ask, tick), mark: present(mark, tick) }, timers.now())
  }
}
