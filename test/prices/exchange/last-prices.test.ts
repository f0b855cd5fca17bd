import { describe, expect, it } from 'vitest'
import { LastPrices } from '../../../src/prices/exchange/last-prices.ts'
import { TICKER_WIRES } from '../../../src/prices/exchange/venue-ticker.ts'

const bybit = (data: object, ts = 1000): unknown => ({ topic: 'tickers.BTCUSDT', type: 'delta', ts, data: { symbol: 'BTCUSDT', ...data } })
const bitget = (data: object, ts = '1000'): unknown => ({ action: 'snapshot', arg: { channel: 'ticker', instId: 'BTCUSDT' }, data: [{ instId: 'BTCUSDT', ts, ...data }], ts: 5 })

describe('one message after another', () => {
  it.each([
    ['a delta carries what changed', 'bybit', [bybit({ bid1Price: '1', ask1Price: '2', lastPrice: '3', markPrice: '4' }), bybit({ ask1Price: '2.5' })], [1, 2.5, 3, 4]],
    ['an empty text is no price: the last one holds', 'bybit', [bybit({ bid1Price: '1', ask1Price: '2', lastPrice: '3', markPrice: '4' }), bybit({ bid1Price: '', markPrice: '5' })], [1, 2, 3, 5]],
    ['what was never said is not there', 'bybit', [bybit({ markPrice: '4' })], [NaN, NaN, NaN, 4]],
    ['garbage passes once, as no price at all', 'bybit', [bybit({ bid1Price: '1', ask1Price: 'x' })], [1, -1, NaN, NaN]],
    ['and is not kept', 'bybit', [bybit({ bid1Price: '1', ask1Price: '2' }), bybit({ ask1Price: 'Infinity' }), bybit({ lastPrice: '3' })], [1, 2, 3, NaN]],
    ['Bitget names the mark beside the prices', 'bitget', [bitget({ bidPr: '1', askPr: '2', lastPr: '3', markPrice: '4' })], [1, 2, 3, 4]],
  ] as const)('%s', (_, venue, messages, expected) => {
    const last = new LastPrices(venue)
    const quotes = messages.flatMap((message) => TICKER_WIRES[venue].fromPush(message)).map((ticker) => last.quote(ticker, 7))
    const { bid, ask, last: traded, mark } = quotes.at(-1) as (typeof quotes)[number]
    expect([bid, ask, traded, mark]).toEqual(expected)
  })

  it.each([
    ['the venue\'s time', [1000, 1500], [1000, 1500]],
    ['two channels that overtake each other by little keep their order of arrival', [1500, 1000], [1500, 1500]],
    ['an old message stays old, for the guard to drop', [2501, 1500], [2501, 1500]],
    ['ours where the venue names none', [NaN], [7]],
  ] as const)('are of %s', (_, sent, expected) => {
    const last = new LastPrices('bybit')
    expect(sent.map((ts) => last.quote({ symbol: 'A', ts, bid: 1, ask: 2, last: 3, mark: 4 }, 7).ts)).toEqual(expected)
  })

  it.each([['bybit', {}], ['bybit', null], ['bybit', { data: [] }], ['bitget', { data: {} }], ['bitget', { data: ['x', null] }]] as const)('%s: %j is no ticker', (venue, message) => {
    expect(TICKER_WIRES[venue].fromPush(message)).toEqual([])
  })
})
