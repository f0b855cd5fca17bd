import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimal, greater, multiply } from '../../src/domain/decimal.ts'
import { bounceSignalReader, type EntryReading } from '../../src/signals/bounce-signal.ts'
import { KNOWN, settingsWith } from './settings.ts'

const BODY = { symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: '2026-01-31T12:00:00Z' }
const read = (body: unknown, environment: Record<string, string> = {}): EntryReading => bounceSignalReader(settingsWith(environment).signal, KNOWN)(body)

function signalOf(body: unknown, environment: Record<string, string> = {}) {
  const reading = read(body, environment)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.signal
}
function problemsOf(body: unknown, environment: Record<string, string> = {}): string[] {
  const reading = read(body, environment)
  return reading.ok ? [] : reading.problems.map(({ field, message }) => `${field} ${message}`)
}
const fieldsOf = (body: unknown): string[] => problemsOf(body).map((line) => line.split(' ')[0] as string)
/** As it arrives: parsed from text, so that `__proto__` is an own key and 1e309 is Infinity. */
const parsed = (text: string): unknown => JSON.parse(text)

describe('a bounce signal (S-1)', () => {
  it('with the required fields only has every default', () => {
    expect(signalOf(BODY)).toEqual({
      symbol: 'BTCUSDT', direction: 'long', price: '100', timestampMs: Date.UTC(2026, 0, 31, 12), exchange: 'bitget', timeframeMin: 5,
      strategy: 'bounce_ema10_strict', accountLabel: 'lab_dev', qty: '1', slPrice: '98.5', targets: [{ price: '104.5', sharePct: '100' }], exitStrategy: 'tp_sl_static',
      exitParams: {}, signalId: null,
    })
  })

  it('null is the default, as absence is', () => {
    const optional = ['exchange', 'timeframe_min', 'strategy', 'tp_pct', 'sl_pct', 'qty', 'account_label', 'exit_strategy', 'exit_params', 'signal_id']
    expect(signalOf({ ...BODY, ...Object.fromEntries(optional.map((name) => [name, null])) })).toEqual(signalOf(BODY))
  })

  it('with every field has what it says', () => {
    const body = {
      ...BODY, exchange: 'bybit', timeframe_min: 15, strategy: 'breakout v2', tp_pct: 2, sl_pct: '1', qty: '0.25', account_label: 'second', exit_strategy: 'tp_sl_static',
      exit_params: { any: [1, 'x', null] }, signal_id: 'BTCUSDT-L-1769860800000',
    }
    expect(signalOf(body)).toMatchObject({
      exchange: 'bybit', timeframeMin: 15, strategy: 'breakout v2', targets: [{ price: '102', sharePct: '100' }], slPrice: '99', qty: '0.25', accountLabel: 'second',
      exitParams: {}, signalId: 'BTCUSDT-L-1769860800000',
    })
  })

  it.each([
    ['long', 'long'], ['LONG', 'long'], ['buy', 'long'], ['Buy', 'long'], ['short', 'short'], ['Short', 'short'], ['sell', 'short'], ['SELL', 'short'],
  ])('side %s is %s', (side, direction) => {
    expect(signalOf({ ...BODY, side })).toMatchObject({ direction })
  })

  it.each([
    ['long', 100, '104.5', '98.5'],
    ['short', 100, '95.5', '101.5'],
    ['long', '0.1', '0.1045', '0.0985'],
    ['short', 67123.45, '64102.89475', '68130.30175'],
    ['long', 0.00001234, '0.0000128953', '0.0000121549'],
  ])('levels of a %s at %s are exact: target %s, stop %s (S-3)', (side, price, tpPrice, slPrice) => {
    expect(signalOf({ ...BODY, side, price })).toMatchObject({ targets: [{ price: tpPrice, sharePct: '100' }], slPrice })
  })

  it.each([
    [100, '100'], ['100', '100'], ['1e3', '1000'], ['+5', '5'], ['.5', '0.5'], [1e-7, '0.0000001'], [0.1, '0.1'], [104.50000000000001, '104.50000000000001'],
    ['0.1234567890123456789', '0.1234567890123456789'], [999999999999999, '999999999999999'],
  ])('price %j is %s', (price, expected) => {
    expect(signalOf({ ...BODY, price })).toMatchObject({ price: expected })
  })

  it('keeps unknown fields in the payload and ignores them', () => {
    const body = { ...BODY, score: 0.7, note: { a: [1, 2] } }
    expect(read(body)).toMatchObject({ ok: true, payload: body })
    expect(signalOf(body)).toEqual(signalOf(BODY))
  })

  it('takes market names of every notation', () => {
    for (const symbol of ['BTC/USDT:USDT', 'BTCUSDT.P', 'BINANCE:BTCUSDT.P', '1000PEPEUSDT', 'BTC-PERP', '币安人生USDT']) {
      expect(signalOf({ ...BODY, symbol })).toMatchObject({ symbol })
    }
  })
})

describe('the default quantity', () => {
  it.each([
    ['100', {}, '1'],
    ['100', { DEFAULT_QTY: '2.5' }, '2.5'],
    ['100', { DEFAULT_NOTIONAL_USDT: '50' }, '0.5'],
    ['67123.45', { DEFAULT_NOTIONAL_USDT: '100' }, '0.00148979'],
    ['3', { DEFAULT_NOTIONAL_USDT: '2000' }, '666.66666666'],
    // The quotient, rounded at its 20th place, is a whole step too much.
    ['3', { DEFAULT_NOTIONAL_USDT: '1.00000001999999999999' }, '0.33333333'],
  ])('at %s with %j is %s', (price, environment, qty) => {
    expect(signalOf({ ...BODY, price }, environment)).toMatchObject({ qty })
  })

  it('is refused where the notional buys nothing', () => {
    expect(problemsOf({ ...BODY, price: 1e14 }, { DEFAULT_NOTIONAL_USDT: '10' })).toEqual(['price DEFAULT_NOTIONAL_USDT buys less than 0.00000001 at this price; send qty'])
  })

  it('never costs more than the notional', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), fc.integer({ min: 1, max: 10 ** 6 }), (price, notional) => {
        const text = `${price}e-4`
        const reading = read({ ...BODY, price: text }, { DEFAULT_NOTIONAL_USDT: String(notional) })
        return !reading.ok || !greater(multiply(reading.signal.qty, decimal(text)), decimal(notional))
      }),
    )
  })
})

describe('a wrong signal names each field (S-5)', () => {
  it.each([
    ['{}', ['symbol', 'side', 'price', 'timestamp']],
    ['[]', ['body']], ['null', ['body']], ['"text"', ['body']], ['7', ['body']],
    ['{"symbol":null,"side":null,"price":null,"timestamp":null}', ['symbol', 'side', 'price', 'timestamp']],
  ])('%s', (text, fields) => {
    expect(fieldsOf(parsed(text))).toEqual(fields)
  })

  it.each([
    ['symbol', '""'], ['symbol', '" "'], ['symbol', '"BTC USDT"'], ['symbol', '"BTC\\n"'], ['symbol', '"BTC\\u0000"'], ['symbol', '"\\ud800"'], ['symbol', '7'],
    ['symbol', `"${'A'.repeat(65)}"`],
    ['side', '7'], ['side', 'true'], ['side', '["long"]'],
    ['price', '0'], ['price', '-1'], ['price', '-0'], ['price', '1e309'], ['price', '-1e309'], ['price', '1e15'], ['price', '1e-40'], ['price', '"NaN"'], ['price', '"Infinity"'],
    ['price', '""'], ['price', '" 100"'], ['price', '"0x10"'], ['price', '"1,5"'], ['price', '"{{close}}"'], ['price', '"1e999"'], ['price', 'true'], ['price', '[100]'], ['price', '{}'],
    ['price', `"${'1'.repeat(70)}"`],
    ['timestamp', '1769860800000'], ['timestamp', '"yesterday"'], ['timestamp', '"2026-02-30T12:00:00"'], ['timestamp', '""'],
    ['timeframe_min', '0'], ['timeframe_min', '2.5'], ['timeframe_min', '100001'], ['timeframe_min', '"5m"'],
    ['tp_pct', '0'], ['tp_pct', '0.04'], ['tp_pct', '50.01'], ['tp_pct', '-1'], ['sl_pct', '1e309'], ['sl_pct', '60'],
    ['qty', '0'], ['qty', '-1'], ['qty', '1e15'], ['qty', '"1e-31"'],
    ['exchange', '""'], ['exchange', '7'], ['strategy', '"a\\tb"'], ['strategy', '" a"'], ['account_label', '{}'], ['signal_id', '""'], ['signal_id', '7'],
    ['exit_strategy', '"unheard_of"'], ['exit_strategy', '7'], ['exit_params', '[]'], ['exit_params', '"x"'],
  ])('%s: %s', (field, value) => {
    expect(fieldsOf(parsed(JSON.stringify(BODY).replace(/}$/, `,"${field}":${value}}`)))).toEqual([field])
  })

  it.each(['tp_pct', 'sl_pct'])('%s may reach its bounds', (field) => {
    for (const value of ['0.05', '50']) expect(problemsOf({ ...BODY, [field]: value })).toEqual([])
  })

  it.each([
    [{ side: 'long', sl_pct: 100 }, 'sl_pct puts the stop at or below zero'],
    [{ side: 'short', tp_pct: 150 }, 'tp_pct puts the target at or below zero'],
  ])('%j', (fields, problem) => {
    expect(problemsOf({ ...BODY, ...fields }, { MAX_LEVEL_PCT: '200' })).toEqual([problem])
  })

  it.each(['flat', 'close', '', 'long ', 'constructor', 'toString', '__proto__'])('the side %j is told apart as invalid', (side) => {
    expect(read({ ...BODY, side })).toMatchObject({ ok: false, invalidSide: true })
  })
  it.each([7, null, undefined, ['long']])('the side %j is just wrong', (side) => {
    expect(read({ ...BODY, side })).toMatchObject({ ok: false, invalidSide: false })
  })

  it.each([
    ['{"__proto__":1', '__proto__'], ['{"constructor":{}', 'constructor'], ['{"prototype":null', 'prototype'],
    ['{"exit_params":{"a":{"__proto__":{}}}', 'exit_params.a.__proto__'], ['{"note":[{"constructor":1}]', 'note.0.constructor'],
  ])('%s is refused and named', (start, field) => {
    expect(fieldsOf(parsed(`${start},${JSON.stringify(BODY).slice(1)}`))).toEqual([field])
  })

  it('a number without end in an unknown field is refused, because the audit log could not hold it', () => {
    expect(fieldsOf(parsed(`{"score":1e309,${JSON.stringify(BODY).slice(1)}`))).toEqual(['score'])
  })

  it('depth is bounded, and measured without recursion', () => {
    const nested = (depth: number): unknown => parsed(`{"note":${'['.repeat(depth)}${']'.repeat(depth)},${JSON.stringify(BODY).slice(1)}`)
    expect(problemsOf(nested(31))).toEqual([])
    expect(problemsOf(nested(32))).toEqual(['note must not be nested deeper than 32 levels'])
    expect(problemsOf(nested(30_000))).toEqual(['note must not be nested deeper than 32 levels'])
  })

  it('never throws, and what it accepts is sane', () => {
    const value = fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom('long', 'sell', '100', '2026-01-31T12:00:00Z', 1e309, null, 50, '1e3'))
    const body = fc.record({ symbol: value, side: value, price: value, timestamp: value, tp_pct: value, sl_pct: value, qty: value, exit_params: value }, { requiredKeys: [] })
    fc.assert(
      fc.property(body, (fields) => {
        const reading = read({ ...BODY, ...fields })
        if (!reading.ok) return reading.problems.length > 0
        const { price, qty, slPrice, targets } = reading.signal
        return [price, qty, slPrice, ...targets.map((target) => target.price)].every((number) => Number(number) > 0 && Number(number) < 1e17)
      }),
    )
  })
})
