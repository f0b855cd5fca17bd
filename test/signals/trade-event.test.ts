import { describe, expect, it } from 'vitest'
import { tradeEventReader } from '../../src/signals/trade-event.ts'
import { KNOWN, settingsWith } from './settings.ts'

const read = tradeEventReader(settingsWith().signal, KNOWN)
const OPEN = { event_type: 'OPEN', strategy_name: 'breakout', symbol: 'BTCUSDT', direction: 'LONG', entry_price: 100, timestamp: '2026-01-31T12:00:00Z' }
const CLOSE = { event_type: 'close', strategy_name: 'breakout', symbol: 'BTCUSDT' }
const said = (body: unknown): string[] => {
  const reading = read(body)
  return reading.ok ? [] : reading.problems.map(({ field, message }) => `${field} ${message}`)
}

describe('an OPEN event', () => {
  it('is an entry: default stop, and no target where none is named', () => {
    expect(read({ ...OPEN, score: 0.7, market_regime: 'trend', exit_price: 0, exit_reason: '' })).toMatchObject({
      ok: true,
      event: 'OPEN',
      signal: { symbol: 'BTCUSDT', direction: 'long', price: '100', qty: '1', slPrice: '98.5', targets: [], strategy: 'breakout', exchange: 'bitget', accountLabel: 'lab_dev' },
      payload: { score: 0.7, market_regime: 'trend' },
    })
  })

  it('keeps absolute levels and the quantity', () => {
    expect(read({ ...OPEN, event_type: 'Open', direction: 'sell', quantity: '0.5', tp_price: 90, sl_price: 101 })).toMatchObject({
      ok: true, event: 'OPEN', signal: { direction: 'short', qty: '0.5', slPrice: '101', targets: [{ price: '90', sharePct: '100' }] },
    })
  })

  it.each<[object, string[]]>([
    [{ event_type: undefined }, ['event_type is required']],
    [{ event_type: 'HOLD' }, ['event_type must be OPEN or CLOSE in any case']],
    [{ event_type: 1 }, ['event_type must be OPEN or CLOSE in any case']],
    [{ strategy_name: null }, ['strategy_name is required']],
    [{ timestamp: undefined }, ['timestamp is required']],
    [{ entry_price: 0 }, ['entry_price must be a number above 0 and below 1e15 with at most 30 digits']],
    [{ direction: 'flat' }, ['direction must be long, short, buy or sell']],
    [{ sl_price: 100 }, ['sl_price must be below the entry price of a long position']],
    [{ tp_price: 99, sl_price: 101 }, ['sl_price must be below the entry price of a long position', 'tp_price must be above the entry price of a long position']],
    [{ direction: 'short', tp_price: 101 }, ['tp_price must be below the entry price of a short position']],
    [{ score: Infinity }, ['score must be a finite number']],
  ])('with %j is refused', (fields, problems) => {
    expect(said({ ...OPEN, ...fields })).toEqual(problems)
  })

  it('with a side that is no side says so', () => {
    expect(read({ ...OPEN, direction: 'flat' })).toMatchObject({ ok: false, invalidSide: true })
  })
  it('is an object', () => {
    for (const body of [null, [], 'OPEN', 7]) expect(said(body)).toEqual(['body must be a JSON object'])
  })
})

describe('a CLOSE event', () => {
  it('means the positions of strategy and symbol; what describes the trade does not matter', () => {
    expect(read({ ...CLOSE, entry_price: 0, quantity: -1, tp_price: 'none', exit_price: null, score: 'x', exit_reason: ' target\nreached ' })).toMatchObject({
      ok: true,
      event: 'CLOSE',
      exit: {
        address: { positionId: null, symbol: 'BTCUSDT', strategy: 'breakout', accountLabel: null, direction: null }, change: { kind: 'close' },
        note: 'target reached', signalId: null, naturalKey: null,
      },
    })
  })

  it('with a time is told from the same event at another time', () => {
    const keyOf = (fields: object): unknown => {
      const reading = read({ ...CLOSE, ...fields })
      return reading.ok && reading.event === 'CLOSE' ? reading.exit.naturalKey : undefined
    }
    const key = keyOf({ timestamp: '2026-01-31T12:00:00Z' })
    expect(key).toEqual(keyOf({ timestamp: '2026-01-31 13:00:00+01:00', exit_price: 7 }))
    for (const fields of [{ timestamp: '2026-01-31T12:00:01Z' }, { timestamp: '2026-01-31T12:00:00Z', direction: 'long' }]) expect(keyOf(fields)).not.toEqual(key)
  })

  it.each<[object, string[]]>([
    [{ symbol: undefined }, ['symbol is required']],
    [{ direction: 'both' }, ['direction must be long, short, buy or sell']],
    [{ timestamp: 'yesterday' }, ['timestamp must be an ISO 8601 time such as 2026-01-31T12:00:00Z']],
  ])('with %j is refused', (fields, problems) => {
    expect(said({ ...CLOSE, ...fields })).toEqual(problems)
  })
})
