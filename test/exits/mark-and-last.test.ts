/**
 * Trailing at the exchange-like paper broker where mark and last part. What is followed, and what a trailing stop and a
 * time-out look at, is the price of PRICE_MODE; a stop that rests triggers on the mark price (SPEC L-3, X-0).
 */
import { describe, expect, it } from 'vitest'
import type { PositionView } from '../../src/domain/wire.ts'
import { position, ticks } from './play.ts'

const FREE = { PAPER_BROKER: 'exchange', PAPER_TAKER_FEE_PCT: '0', PAPER_MAKER_FEE_PCT: '0' }
/** Break-even at +1 %, trailing 1 % behind the best from +2 % on, stop at 98. */
const SIGNAL = { sl_pct: 2, exit_strategy: 'tp_sl_trailing_v1', exit_params: { trail_distance_pct: 1, timeout_candles: null } }

/** Rows `last mark`, a second apart; bid and ask stand 0.1 around last. The position opens at the ask of the first, 100. */
async function played(rows: readonly string[], mode = 'last', side: 'long' | 'short' = 'long'): Promise<PositionView> {
  const lines = rows.map((row, index) => {
    const [last = '', mark = '-'] = row.split(' ')
    const away = (by: number): string => (Number(last) + by).toFixed(2)
    return side === 'long' ? `${index * 1000} ${away(-0.1)} ${last} ${last} ${mark}` : `${index * 1000} ${last} ${away(0.1)} ${last} ${mark}`
  })
  return position({ ...SIGNAL, side }, ticks(lines), { set: { ...FREE, PRICE_MODE: mode } })
}

describe('mark and last part', () => {
  it.each<[what: string, rows: readonly string[], ends: object, mode?: string, side?: 'long' | 'short']>([
    ['last reaches the trailing stop (101.97), mark stays: closed at the bid', ['100 100', '103 103', '101.9 103'], { auto_close_reason: 'trailing', close_price: 101.8 }],
    ['mark passes where the stop has been trailed to since (101.97), not where it rests (100.98): nothing', ['100 100', '102 102', '103 103', '103 101.5'], { status: 'open', dynamic_sl_price: 101.97 }],
    ['mark reaches where the stop rests (100.98, from the start of the trail): closed at the bid', ['100 100', '102 102', '103 103', '103 100.9'], { auto_close_reason: 'trailing', close_price: 102.9 }],
    ['mark makes a high, last does not: nothing moves', ['100 100', '100.5 105'], { status: 'open', dynamic_sl_price: null }],
    ['last makes a high, mark does not: break-even holds for last', ['100 100', '101.5 100.5'], { status: 'open', dynamic_sl_price: 100 }],
    ['break-even rests where mark already is: closed at once', ['100 100', '101.5 99.9', '101.5 99.9'], { auto_close_reason: 'break_even', close_price: 101.4 }],
    ['last passes the stop as placed, mark stays: nothing', ['100 100', '97 99'], { status: 'open', dynamic_sl_price: null }],
    ['mark passes the stop as placed, last stays: closed at the bid', ['100 100', '99 97.9'], { auto_close_reason: 'sl', close_price: 98.9 }],
    ['no mark at all: the stop triggers on last', ['100 -', '97 -'], { auto_close_reason: 'sl', close_price: 96.9 }],
    ['PRICE_MODE=mark: mark is followed, last is not', ['100 100', '100 103', '100 101.9'], { auto_close_reason: 'trailing', close_price: 99.9 }, 'mark'],
    ['PRICE_MODE=mark: a high of last moves nothing', ['100 100', '105 100.5'], { status: 'open', dynamic_sl_price: null }, 'mark'],
    ['short: last reaches the trailing stop (97.97), mark stays', ['100 100', '97 97', '98.1 97'], { auto_close_reason: 'trailing', close_price: 98.2 }, 'last', 'short'],
    ['short: mark passes where the stop has been trailed to since (97.97), not where it rests (98.98): nothing', ['100 100', '98 98', '97 97', '97 98.5'], { status: 'open', dynamic_sl_price: 97.97 }, 'last', 'short'],
  ])('%s', async (_, rows, ends, mode, side) => expect(await played(rows, mode, side)).toMatchObject(ends))
})
