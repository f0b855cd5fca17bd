/** Alerts as people write them, and what they become. */
import { describe, expect, it } from 'vitest'
import { readAlert, readHookText } from '../../src/signals/tradingview.ts'

const AT = '2026-01-31T12:00:00Z'
const read = (alert: unknown) => {
  const text = readHookText(typeof alert === 'string' ? alert : JSON.stringify(alert))
  return text.ok ? readAlert(text.fields) : text
}
const BASE = { ticker: 'BTCUSDT', side: 'buy', price: 100, time: AT }

describe('entries', () => {
  it.each([
    [BASE, { symbol: 'BTCUSDT', side: 'long', price: '100', timestamp: AT }],
    [{ ...BASE, price: '100.5', side: 'SELL' }, { side: 'short', price: '100.5' }],
    [{ ...BASE, action: 'open', side: undefined, sentiment: 'short' }, { side: 'short' }],
    [{ ...BASE, strategy: 's', tp_pct: '4.5', sl_pct: 1.5, qty: '2', interval: '15', alert_id: 'a1' }, { strategy: 's', tp_pct: '4.5', sl_pct: '1.5', qty: '2', timeframe_min: 15, signal_id: 'a1' }],
    [{ ...BASE, takeProfit: { percent: 5 }, stopLoss: { type: 'market', percent: '2' } }, { tp_pct: '5', sl_pct: '2' }],
    [{ ...BASE, tp_pct: '{{plot_0}}', sl_pct: 'NaN' }, { symbol: 'BTCUSDT' }],
    [{ ...BASE, time: '1769860800' }, { timestamp: '2026-01-31T12:00:00.000Z' }],
    [{ ...BASE, time: 1769860800000 }, { timestamp: '2026-01-31T12:00:00.000Z' }],
    [{ data: BASE, key: 'k' }, { symbol: 'BTCUSDT' }],
    [JSON.stringify(JSON.stringify(BASE)), { symbol: 'BTCUSDT' }],
    [`{"ticker":"BTCUSDT","side":"buy","price":100,"time":"${AT}","tp_pct":NaN}`, { symbol: 'BTCUSDT' }],
  ])('%j', (alert, body) => {
    const reading = read(alert)
    expect(reading).toMatchObject({ ok: true, kind: 'bounce', closeFirst: null, body })
    expect(JSON.stringify(reading)).not.toMatch(/NaN|plot_0/)
  })
  it('levels as prices', () => {
    expect(read({ ...BASE, sl: '98', tp_pct: '5' })).toMatchObject({ kind: 'trade', body: { event_type: 'OPEN', direction: 'long', entry_price: '100', sl_price: '98', tp_price: '105', strategy_name: 'tradingview' } })
    expect(read({ ...BASE, side: 'sell', tp1: 90, sl_pct: '2' })).toMatchObject({ kind: 'trade', body: { direction: 'short', tp_price: '90', sl_price: '102' } })
  })
  it('a reversal closes the other side first', () => expect(read({ ...BASE, market_position: 'long', prev_market_position: 'short' })).toMatchObject({ kind: 'bounce', closeFirst: { symbol: 'BTCUSDT', side: 'short' } }))
})

describe('markets', () => {
  it.each([
    ['BTCUSDT.P', 'BTCUSDT'], ['BINANCE:BTCUSDT.P', 'BTCUSDT'], ['BTC/USDT', 'BTCUSDT'], ['BTC/USDT:USDT', 'BTCUSDT'], ['BTC-PERP', 'BTCUSDT'], ['BYBI_USDT_SOL', 'SOLUSDT'], ['btc', 'BTCUSDT'],
  ])('%s', (ticker, symbol) => expect(read({ ...BASE, ticker })).toMatchObject({ body: { symbol } }))
})

describe('exits', () => {
  it.each([
    [{ ticker: 'BTCUSDT', side: 'sell', market_position: 'flat' }, { symbol: 'BTCUSDT' }],
    [{ ticker: 'BTCUSDT', action: 'close', strategy: 's' }, { symbol: 'BTCUSDT', strategy: 's' }],
    [{ ticker: 'BTCUSDT', action: 'EXIT_LONG' }, { side: 'long' }],
  ])('%j', (alert, body) => expect(read(alert)).toMatchObject({ ok: true, kind: 'close', body }))
})

describe('refused', () => {
  it.each([
    ['BTCUSDT,buy,100,1', 'time'], [{ ...BASE, time: undefined }, 'time'], [{ ...BASE, price: '{{close}}' }, 'price'], [{ ...BASE, side: 'up' }, 'side'], [{ ...BASE, ticker: '' }, 'symbol'],
    [{ ...BASE, side: 'sell', market_position: 'long' }, 'side'],
  ])('%j: %s', (alert, field) => expect(read(alert)).toMatchObject({ ok: false, problems: [{ field }] }))
  it.each([['{"price": {{close}}}'], ['hello'], [''], ['[1]']])('no alert: %j', (text) => expect(readHookText(text)).toMatchObject({ ok: false }))
})

it('secrets are taken out, wherever they stand', () => {
  const text = readHookText(JSON.stringify({ ...BASE, passphrase: 'hidden-1', data: { Secret: 'hidden-2', nested: { api_key: 'hidden-3' } } }))
  expect(text).toMatchObject({ ok: true, secret: expect.stringMatching(/^hidden/) as string })
  expect(text.ok && JSON.stringify(text.fields)).not.toContain('hidden')
})
