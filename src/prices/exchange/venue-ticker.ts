/**
 * Tickers in each venue's own texts. Read from the raw message: ccxt's ticker lacks Bitget's mark price, and in Bybit's
 * deltas an absent field and an empty one would both look like "no price".
 */
import type { BitgetClient, BybitClient, ExchangeClient } from '../../exchange/client.ts'
import type { Venue } from '../../exchange/venue.ts'

/** What one message says of one symbol. `NaN`: it does not carry the field, the last value holds. */
export type VenueTicker = {
  /** The venue's name of the perpetual: `BTCUSDT`. */
  readonly symbol: string
  /** The venue's time in milliseconds; `NaN`: it names none. */
  readonly ts: number
  readonly bid: number
  readonly ask: number
  readonly last: number
  readonly mark: number
}

export type TickerWire = {
  /** The tickers of one websocket message; other messages have none. */
  fromPush(message: unknown): readonly VenueTicker[]
  /** All linear perpetuals in one request. Throws as the client does. */
  fetchAll(client: ExchangeClient): Promise<readonly VenueTicker[]>
}

type Row = Readonly<Record<string, unknown>>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)
const rowOf = (value: unknown): Row => (isRow(value) ? value : {})
const rowsOf = (value: unknown): readonly Row[] => (Array.isArray(value) ? value.filter(isRow) : [])

/** An empty text is a field that is not carried; any other text that is no number is kept visible as one that never passes. */
function price(value: unknown): number {
  if (value === undefined || value === null || value === '') return NaN
  const number = Number(value)
  return Number.isFinite(number) ? number : -1
}
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const time = (...values: readonly unknown[]): number => Number(values.find((value) => value !== undefined && value !== '') ?? NaN)

const bybitTicker = (row: Row, ts: number): VenueTicker => ({
  symbol: text(row['symbol']),
  ts,
  bid: price(row['bid1Price']),
  ask: price(row['ask1Price']),
  last: price(row['lastPrice']),
  mark: price(row['markPrice']),
})

const bitgetTicker = (row: Row, ts: number): VenueTicker => ({
  symbol: text(row['symbol'] ?? row['instId']),
  ts: time(row['ts'], ts),
  bid: price(row['bidPr']),
  ask: price(row['askPr']),
  last: price(row['lastPr']),
  mark: price(row['markPrice']),
})

export const TICKER_WIRES: Readonly<Record<Venue, TickerWire>> = {
  bybit: {
    fromPush: (message) => {
      const { data, ts } = rowOf(message)
      return isRow(data) ? [bybitTicker(data, time(ts))] : []
    },
    fetchAll: async (client) => {
      const { result, time: at } = rowOf(await (client as BybitClient).publicGetV5MarketTickers({ category: 'linear' }))
      return requireRows(rowOf(result)['list']).map((row) => bybitTicker(row, time(at)))
    },
  },
  bitget: {
    fromPush: (message) => {
      const { data, ts } = rowOf(message)
      return rowsOf(data).map((row) => bitgetTicker(row, time(ts)))
    },
    fetchAll: async (client) => {
      const { data, requestTime } = rowOf(await (client as BitgetClient).publicMixGetV2MixMarketTickers({ productType: 'USDT-FUTURES' }))
      // A row's own time is that of its last change; what the venue answers is its price now.
      return requireRows(data).map((row) => ({ ...bitgetTicker(row, NaN), ts: time(requestTime) }))
    },
  },
}

/** An answer without a list is no answer, an empty one neither: there is always something traded. */
function requireRows(value: unknown): readonly Row[] {
  const rows = rowsOf(value)
  if (rows.length === 0) throw new BadTickers('the answer holds no tickers')
  return rows
}

/** The venue answered, but not with tickers. */
export class BadTickers extends Error {
  override readonly name = 'BadTickers'
}
