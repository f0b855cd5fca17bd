/** A position and its orders as other programs read them. */
import { describe, expect, it } from 'vitest'
import { orderViews, positionView } from '../../machines/position.view.ts'
import { stateOf } from '../../machines/registry.ts'
import type { PriceExtremes } from '../../src/domain/facts.ts'
import type { Signal } from '../../src/domain/signal.ts'
import type { PositionView } from '../../src/domain/wire.ts'
import { aSettings, d } from '../support/builders.ts'
import { OPEN, accepted, canceled, closeNow, filled, flat, moveTo, play, reduceBy, rejected, type Line } from './lines.ts'

const SHORT: Partial<Signal> = { direction: 'short', slPrice: d('101.5'), targets: [{ price: d('95.5'), sharePct: d(100) }] }
const TRAILING: Partial<Signal> = { exitStrategy: 'tp_sl_trailing_v1', exitParams: { break_even_trigger_pct: null, break_even_offset_pct: '0', trail_trigger_pct: '2', trail_distance_pct: '0.8', timeout_candles: null, timeout_min_move_pct: '1' } }
const seen = (high: number, low: number): PriceExtremes => ({ high: d(high), low: d(low) })
/** The view after these lines; the machines are checked elsewhere. */
function viewAfter(lines: readonly Line[], signal: Partial<Signal> = {}, extremes?: PriceExtremes): PositionView {
  const snapshot = play(lines, signal)
  return positionView(snapshot.context, stateOf(snapshot), extremes)
}
const CLOSED_AT_TARGET: readonly Line[] = [...OPEN, [filled('t1', 1, 104.5), 'closing', 'prove flat'], [flat, 'closing', 'cancel s1'], [canceled('s1'), 'closed', 'closed tp 4.5, position.retired']]
const SHORT_OPEN: readonly Line[] = [[filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 buy 1@101.5'], [accepted('s1'), 'sl-placed', 'position.protected, submit t1 buy 1@95.5'], [accepted('t1'), 'tp-placed', '']]

describe('a position', () => {
  it('that waits for its entry shows what it was asked for', () => {
    expect(viewAfter([])).toEqual({
      id: 1, exchange: 'bitget', market_type: 'paper_sim', symbol: 'BTCUSDT', side: 'long', qty: 0, open_qty: 0, account_label: 'lab_dev', strategy: 'bounce_ema10_strict',
      external_order_id: null, external_position_ref: 'abcdef-1-e1', sl_order_id: null, tp_order_id: null, entry_price: 100, tp_price: 104.5, sl_price: 98.5, status: 'open', state: 'pending',
      created_at: '1970-01-01T00:00:01.000Z', closed_at: null, close_price: null, pnl: null, fees: 0, auto_close_reason: null, exit_strategy: 'tp_sl_static',
      dynamic_tp_price: null, dynamic_sl_price: null, max_favorable_move: 0, max_adverse_move: 0, exit_meta: {},
    })
  })

  it('that is open shows what it holds and the venue\'s names of its orders', () => {
    expect(viewAfter(OPEN, {}, seen(102, 99))).toMatchObject({
      qty: 1, open_qty: 1, external_order_id: 'v-e1', sl_order_id: 'v-s1', tp_order_id: 'v-t1', status: 'open', state: 'tp-placed', pnl: null, auto_close_reason: null, max_favorable_move: 2, max_adverse_move: 1,
    })
  })

  it('that is closed shows its result', () => {
    expect(viewAfter(CLOSED_AT_TARGET)).toMatchObject({
      open_qty: 0, status: 'closed', state: 'closed', closed_at: '1970-01-01T00:00:01.004Z', close_price: 104.5, pnl: 4.5, auto_close_reason: 'tp', max_favorable_move: 4.5, max_adverse_move: 0,
    })
  })

  it('that is being closed is open still: neither result nor reason yet', () => {
    expect(viewAfter([...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1']])).toMatchObject({ status: 'open', state: 'closing', pnl: null, auto_close_reason: null, closed_at: null })
  })

  it('that was cancelled has a result of nothing and no reason', () => {
    expect(viewAfter([[rejected('e1'), 'cancelled', 'position.cancelled, position.retired']])).toMatchObject({ status: 'cancelled', pnl: 0, close_price: null, auto_close_reason: null, closed_at: '1970-01-01T00:00:01.001Z' })
  })

  it('averages the prices of its fills to fifteen digits where the average does not end', () => {
    const lines: readonly Line[] = [
      [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
      [filled('e1', 2, 101), 'entry-filled', ''],
    ]
    expect(viewAfter(lines, { qty: d(3) })).toMatchObject({ qty: 3, entry_price: 100.666666666667 })
  })

  it.each<readonly [string, Line, Partial<PositionView>]>([
    ['a stop and a target that were moved', [moveTo({ stopPrice: 99, targetPrice: 110 }), 'tp-placed', 'replace s1 by s2 1@99, replace t1 by t2 1@110'], { dynamic_sl_price: 99, dynamic_tp_price: 110, sl_price: 98.5, tp_price: 104.5 }],
    ['a target that was taken away', [moveTo({ targetPrice: null }), 'sl-placed', 'cancel t1'], { dynamic_sl_price: null, dynamic_tp_price: null, sl_price: 98.5, tp_price: null }],
  ])('shows %s', (_, line, expected) => expect(viewAfter([...OPEN, line])).toMatchObject(expected))
})

describe('the furthest moves', () => {
  it.each<readonly [string, readonly Line[], Partial<Signal>, PriceExtremes, number, number]>([
    ['of a long', OPEN, {}, seen(103, 98), 3, 2],
    ['of a short', SHORT_OPEN, SHORT, seen(103, 98), 2, 3],
    ['are never negative: above the entry all the while', OPEN, {}, seen(103, 101), 3, 0],
    ['are never negative: below the entry all the while', OPEN, {}, seen(99, 97), 0, 3],
    ['include the price of an exit, which no quote may have shown', CLOSED_AT_TARGET, {}, seen(101, 100), 4.5, 0],
    ['are to eight places', OPEN, {}, seen(100.123456789, 100), 0.12345679, 0],
  ])('%s', (_, lines, signal, extremes, favorable, adverse) => {
    expect(viewAfter(lines, signal, extremes)).toMatchObject({ max_favorable_move: favorable, max_adverse_move: adverse })
  })
})

describe('what the exit policy knows', () => {
  it('is its memory; a trailing one shows parameters and best price too', () => {
    const lines: readonly Line[] = OPEN
    expect(viewAfter(lines, TRAILING, seen(101, 99)).exit_meta).toEqual({
      break_even: 'waiting', trail: 'waiting', best_price: 101,
      params: { break_even_trigger_pct: null, break_even_offset_pct: 0, trail_trigger_pct: 2, trail_distance_pct: 0.8, timeout_candles: null, timeout_min_move_pct: 1 },
    })
    expect(viewAfter([], TRAILING).exit_meta).toMatchObject({ best_price: null })
    expect(viewAfter(SHORT_OPEN, { ...TRAILING, ...SHORT }, seen(101, 99)).exit_meta).toMatchObject({ best_price: 99 })
  })

  it('holds the stop where the best price puts it, before anything was moved', () => {
    const crossed = { type: 'price.crossed', key: 'trail', price: d(102), quote: { ts: 1, source: 'test', path: 'point' }, extremes: seen(102, 100) } as const
    const trailing = play([...OPEN, [crossed, 'tp-placed', 'replace s1 by s2 1@101.184']], TRAILING)
    expect(positionView(trailing.context, 'tp-placed')).toMatchObject({ dynamic_sl_price: 101.184, exit_meta: { trail: 'trailing' } })
    expect(positionView(trailing.context, 'tp-placed', seen(110, 100))).toMatchObject({ dynamic_sl_price: 109.12 })
  })

  it('has the funding beside it, where some was settled', () => {
    expect(viewAfter([...OPEN, [{ type: 'funding.settled', fundingId: 'f', amount: d('0.25') }, 'tp-placed', '']]).exit_meta).toEqual({ funding: 0.25 })
  })
})

describe('its orders', () => {
  it('are all that were ever made, with levels by their role, and fills', () => {
    const { context } = play([...OPEN, [reduceBy(0.4), 'tp-placed', 'submit c1 sell 0.4'], [filled('c1', 0.4, 102), 'tp-placed', 'position.reduced, replace s1 by s2 0.6@98.5, replace t1 by t2 0.6@104.5']])
    const orders = orderViews(context)
    expect(orders.map(({ id, role, side, qty, order_type: type, tp_price: tp, sl_price: sl, status }) => [id, role, side, qty, type, tp, sl, status])).toEqual([
      [1, 'entry', 'buy', 1, 'market', 104.5, 98.5, 'filled'],
      [1001, 'stop-loss', 'sell', 1, 'stop', null, 98.5, 'working'],
      [1002, 'take-profit', 'sell', 1, 'limit', 104.5, null, 'working'],
      [1003, 'close', 'sell', 0.4, 'market', null, null, 'filled'],
      [1004, 'stop-loss', 'sell', 0.6, 'stop', null, 98.5, 'created'],
      [1005, 'take-profit', 'sell', 0.6, 'limit', 104.5, null, 'created'],
    ])
    expect(orders[3]).toEqual({
      id: 1003, position_id: 1, role: 'close', symbol: 'BTCUSDT', side: 'sell', qty: 0.4, order_type: 'market', tp_price: null, sl_price: null, status: 'filled', created_at: '1970-01-01T00:00:01.004Z',
      client_order_id: 'abcdef-1-c1', external_order_id: 'v-c1', fills: [{ trade_id: 'c1-0.4@102', qty: 0.4, price: 102, fee: 0, liquidity: 'taker', at: '1970-01-01T00:00:01.005Z' }],
    })
  })

  it('of a signal without a target show none', () => {
    const { context } = play([], { targets: [] })
    expect(orderViews(context)[0]).toMatchObject({ tp_price: null, sl_price: 98.5 })
    expect(positionView(context, 'pending').tp_price).toBeNull()
  })
})

it('an exchange position names its market', () => {
  const { context } = play([], {}, aSettings({ marketType: 'linear_perp' }))
  expect(positionView(context, 'pending').market_type).toBe('linear_perp')
})
