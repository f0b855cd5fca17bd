import { describe, expect, it } from 'vitest'
import { readCloseSignal, readLevels, readLevelsSignal, readPartialClose, readPartialCloseSignal } from '../../src/signals/exit-signal.ts'
import type { FieldProblem } from '../../src/signals/json-body.ts'

const said = (reading: { readonly ok: boolean; readonly problems?: readonly FieldProblem[] }): string[] => (reading.problems ?? []).map(({ field, message }) => `${field} ${message}`)

describe('a partial close', () => {
  it('names a quantity or a percentage', () => {
    expect(readPartialClose({ qty: '0.50' })).toEqual({ ok: true, change: { kind: 'partial_close', qty: '0.5', pct: null }, note: null })
    expect(readPartialClose({ pct: 100, qty: null, reason: ' late ' })).toEqual({ ok: true, change: { kind: 'partial_close', qty: null, pct: '100' }, note: 'late' })
  })

  it.each<[unknown, string[]]>([
    [{}, ['qty or pct is required']],
    [{ qty: 1, pct: 1 }, ['qty must not be sent together with pct']],
    [{ qty: 0 }, ['qty must be a number above 0 and below 1e15 with at most 30 digits']],
    [{ pct: 0 }, ['pct must be a percentage above 0 and up to 100']],
    [{ pct: 100.01 }, ['pct must be a percentage above 0 and up to 100']],
    [{ pct: 5, reason: '' }, ['reason must be visible text of 1 to 200 characters']],
    [{ pct: 5, reason: 'a\u0000b' }, ['reason must be visible text of 1 to 200 characters']],
    [[], ['body must be a JSON object']],
  ])('%j is refused', (body, problems) => {
    expect(said(readPartialClose(body))).toEqual(problems)
  })
})

describe('levels', () => {
  it.each([
    [{ sl_price: 99 }, { kind: 'levels', stopPrice: '99' }],
    [{ tp_price: '110', sl_price: null }, { kind: 'levels', targetPrice: '110' }],
    [{ tp_price: null }, { kind: 'levels', targetPrice: null }],
    [{ sl_price: 99, tp_price: null }, { kind: 'levels', stopPrice: '99', targetPrice: null }],
  ])('%j', (body, change) => {
    expect(readLevels(body)).toEqual({ ok: true, change, note: null })
  })

  it.each<[unknown, string[]]>([
    [{}, ['sl_price or tp_price is required']],
    [{ sl_price: null, reason: 'x' }, ['sl_price or tp_price is required']],
    [{ sl_price: 0, tp_price: 'x' }, ['sl_price must be a number above 0 and below 1e15 with at most 30 digits', 'tp_price must be a number above 0 and below 1e15 with at most 30 digits, or null']],
  ])('%j are refused', (body, problems) => {
    expect(said(readLevels(body))).toEqual(problems)
  })
})

describe('a signal for open positions', () => {
  it('says which are meant; every condition holds', () => {
    expect(readCloseSignal({ position_id: '7', symbol: 'BTCUSDT', strategy: 's', account_label: 'a', side: 'BUY', signal_id: 'x-1', reason: 'r', unknown: 1 })).toMatchObject({
      ok: true,
      signal: { address: { positionId: 7, symbol: 'BTCUSDT', strategy: 's', accountLabel: 'a', direction: 'long' }, change: { kind: 'close' }, note: 'r', signalId: 'x-1', naturalKey: null },
      payload: { unknown: 1 },
    })
    expect(readPartialCloseSignal({ symbol: 'BTCUSDT', pct: 50 })).toMatchObject({ ok: true, signal: { address: { positionId: null, symbol: 'BTCUSDT', strategy: null }, change: { kind: 'partial_close', pct: '50' } } })
    expect(readLevelsSignal({ symbol: 'BTCUSDT', tp_price: null })).toMatchObject({ ok: true, signal: { change: { kind: 'levels', targetPrice: null } } })
  })

  it.each<[unknown, string[]]>([
    [{}, ['position_id or symbol is required: say which positions are meant']],
    [{ strategy: 's' }, ['position_id or symbol is required: say which positions are meant']],
    [{ position_id: 0 }, ['position_id must be a whole number from 1']],
    [{ position_id: 1.5 }, ['position_id must be a whole number from 1']],
    [{ symbol: 'BTCUSDT', side: 'up' }, ['side must be long, short, buy or sell']],
  ])('%j is refused', (body, problems) => {
    expect(said(readCloseSignal(body))).toEqual(problems)
  })

  it('names what is missing of both address and change', () => {
    expect(said(readPartialCloseSignal({}))).toEqual(['position_id or symbol is required: say which positions are meant', 'qty or pct is required'])
    expect(said(readLevelsSignal({ '__proto__x': 1, symbol: 'B' }))).toEqual(['sl_price or tp_price is required'])
  })
})
