import { describe, expect, it } from 'vitest'
import { manualOrderReader } from '../../src/signals/manual-order.ts'
import { KNOWN, settingsWith } from './settings.ts'

const read = manualOrderReader(settingsWith().signal, KNOWN)
const BODY = { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100 }
const problemsOf = (body: unknown): string[] => {
  const reading = read(body)
  return reading.ok ? [] : reading.problems.map(({ field, message }) => `${field} ${message}`)
}

describe('a manual order (H-2)', () => {
  it('without levels has the default stop and no target', () => {
    expect(read(BODY)).toEqual({
      ok: true,
      payload: BODY,
      signal: {
        symbol: 'BTCUSDT', direction: 'long', price: '100', timestampMs: null, exchange: 'bitget', timeframeMin: 5, strategy: 'manual', accountLabel: 'lab_dev',
        qty: '1', slPrice: '98.5', targets: [], exitStrategy: 'tp_sl_static', exitParams: {}, signalId: null,
      },
    })
    expect(read({ ...BODY, sl_price: null, tp_price: null, order_type: null })).toMatchObject({ ok: true, signal: { slPrice: '98.5', targets: [] } })
    expect(read({ ...BODY, side: 'sell' })).toMatchObject({ ok: true, signal: { direction: 'short', slPrice: '101.5' } })
  })

  it('keeps absolute levels', () => {
    expect(read({ ...BODY, sl_price: '90', tp_price: 120, order_type: 'market' })).toMatchObject({ ok: true, signal: { slPrice: '90', targets: [{ price: '120', sharePct: '100' }] } })
    expect(read({ ...BODY, side: 'short', sl_price: 110, tp_price: 80 })).toMatchObject({ ok: true, signal: { slPrice: '110', targets: [{ price: '80', sharePct: '100' }] } })
  })

  it.each([
    [{ sl_price: 101 }, ['sl_price must be below the entry price of a long position']],
    [{ sl_price: 100 }, ['sl_price must be below the entry price of a long position']],
    [{ tp_price: 99 }, ['tp_price must be above the entry price of a long position']],
    [{ tp_price: 100 }, ['tp_price must be above the entry price of a long position']],
    [{ side: 'sell', sl_price: 99 }, ['sl_price must be above the entry price of a short position']],
    [{ side: 'sell', tp_price: 101, sl_price: 100 }, [
      'sl_price must be above the entry price of a short position',
      'tp_price must be below the entry price of a short position',
    ]],
    [{ order_type: 'limit' }, ['order_type must be one of market']],
    [{ qty: 0 }, ['qty must be a number above 0 and below 1e15 with at most 30 digits']],
    [{ qty: undefined }, ['qty is required']],
    [{ entry_price: null }, ['entry_price is required']],
    [{ side: 'up' }, ['side must be long, short, buy or sell']],
    [{ sl_price: Infinity }, ['sl_price must be a finite number']],
  ])('%j is refused', (fields, problems) => {
    expect(problemsOf({ ...BODY, ...fields })).toEqual(problems)
  })
})
