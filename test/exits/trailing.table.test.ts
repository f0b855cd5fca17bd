/** `tp_sl_trailing_v1` clause by clause (SPEC X-4, X-4b), through `loms simulate`. */
import Big from 'big.js'
import { describe, expect, it } from 'vitest'
import type { PositionView } from '../../src/domain/wire.ts'
import { START, iso, klines, position, run, ticks, type Body, type Played } from './play.ts'

type Params = Readonly<Record<string, number | string | null>>
/** `reason@price ms` or `open`, then the stop where it was moved to, then the best move. */
type Options = Omit<Played, 'prices' | 'signals'> & { readonly signal?: Body }
type Row = readonly [name: string, params: Params, prices: string, outcome: string, options?: Options]

const short = (view: PositionView): string => {
  const end = view.closed_at === null ? view.status : `${view.auto_close_reason}@${view.close_price} ${Date.parse(view.closed_at) - START}`
  return `${end} | stop ${view.dynamic_sl_price ?? '-'} | best ${view.max_favorable_move}`
}

/** 100 → 200 − 100: the same path seen by a short. */
const mirrored = (text: string): string =>
  text
    .split('\n')
    .map((line, index) => {
      const [ts, symbol, ...fields] = line.split(',')
      if (index === 0 || line === '') return line
      const flipped = fields.map((field, column) => (field === '' || (fields.length === 5 && column === 4) ? field : String((20_000 - Math.round(Number(field) * 100)) / 100)))
      // High and low change places.
      const [open, high, low, close] = flipped
      return [ts, symbol, ...(text.includes('open,high') ? [open, low, high, close, '1'] : flipped)].join(',')
    })
    .join('\n')

const table = (name: string, direction: 'long' | 'short', rows: readonly Row[]): unknown =>
  describe(name, () => {
    it.each(rows.map(([title, params, prices, outcome, options]) => ({ title: `${direction}: ${title}`, params, prices, outcome, options })))('$title', async ({ params, prices, outcome, options: given }) => {
      const { signal = {}, ...options } = given ?? {}
      const view = await position({ side: direction, exit_params: params, ...signal }, prices, options)
      expect(short(view)).toBe(outcome)
    })
  })

const OFF = { break_even_trigger_pct: null, trail_trigger_pct: null, timeout_candles: null } as const
const BREAK_EVEN = { ...OFF, break_even_trigger_pct: 1 } as const
const TRAIL = { ...OFF, trail_trigger_pct: 2, trail_distance_pct: 1 } as const
const MINUTE = 60_000

table('stop and target as they stand come first', 'long', [
  ['neither', OFF, ticks(['0 100', '5 109.99', '6 98.51']), 'open | stop - | best 9.99'],
  ['the stop, inclusive', OFF, ticks(['0 100', '5 98.51', '6 98.5']), 'sl@98.5 6 | stop - | best 0'],
  ['the target, inclusive', OFF, ticks(['0 100', '5 109.99', '6 110']), 'tp@110 6 | stop - | best 10'],
  ['a gap beyond the stop is paid in full', OFF, ticks(['0 100', '5 90']), 'sl@90 5 | stop - | best 0'],
  ['a gap beyond the target is a gift', OFF, ticks(['0 100', '5 120']), 'tp@120 5 | stop - | best 20'],
  ['the price that reaches the target moves no stop any more', { ...BREAK_EVEN, trail_trigger_pct: 2 }, ticks(['0 100', '5 120']), 'tp@120 5 | stop - | best 20'],
  ['… nor a stop that trails already', TRAIL, ticks(['0 100', '5 104', '6 120']), 'tp@120 6 | stop 102.96 | best 20'],
])

table('break-even', 'long', [
  ['not before its trigger', BREAK_EVEN, ticks(['0 100', '5 100.99', '6 99.9']), 'open | stop - | best 0.99'],
  ['at its trigger, inclusive', BREAK_EVEN, ticks(['0 100', '5 101', '6 100.01']), 'open | stop 100 | best 1'],
  ['fires at the entry, inclusive', BREAK_EVEN, ticks(['0 100', '5 101', '6 100']), 'break_even@100 6 | stop 100 | best 1'],
  ['with an offset', { ...BREAK_EVEN, break_even_offset_pct: 0.3 }, ticks(['0 100', '5 101', '6 100.31', '7 100.3']), 'break_even@100.3 7 | stop 100.3 | best 1'],
  ['an offset as large as the trigger fires from the next price on', { ...BREAK_EVEN, break_even_offset_pct: 1 }, ticks(['0 100', '5 101']), 'open | stop 101 | best 1'],
  ['… at the same price', { ...BREAK_EVEN, break_even_offset_pct: 1 }, ticks(['0 100', '5 101', '5 101']), 'break_even@101 5 | stop 101 | best 1'],
  ['a gap below it', BREAK_EVEN, ticks(['0 100', '5 101', '6 97']), 'break_even@97 6 | stop 100 | best 1'],
  ['off', OFF, ticks(['0 100', '5 105', '6 99']), 'open | stop - | best 5'],
  ['a trigger of 0: at the first price, fires from the next', { ...OFF, break_even_trigger_pct: 0 }, ticks(['0 99.5', '5 99.4']), 'break_even@99.4 5 | stop 100 | best 0'],
  ['decided in decimals, where doubles miss', { ...OFF, break_even_trigger_pct: 0.7 }, ticks(['0 0.1', '5 0.1007', '6 0.1']), 'break_even@0.1 6 | stop 0.1 | best 0.7', { signal: { price: 0.1 } }],
  ['does not loosen a stop that is tighter already', { ...BREAK_EVEN, break_even_trigger_pct: 3, trail_trigger_pct: 2, trail_distance_pct: 1 }, ticks(['0 100', '5 102', '6 103', '7 101.97']), 'trailing@101.97 7 | stop 101.97 | best 3'],
])

table('trailing', 'long', [
  ['not before its trigger', TRAIL, ticks(['0 100', '5 101.99', '6 100.5']), 'open | stop - | best 1.99'],
  ['at its trigger, inclusive: percent of the best price', TRAIL, ticks(['0 100', '5 102', '6 100.99']), 'open | stop 100.98 | best 2'],
  ['fires at its level, inclusive', TRAIL, ticks(['0 100', '5 102', '6 100.98']), 'trailing@100.98 6 | stop 100.98 | best 2'],
  ['follows the best price', TRAIL, ticks(['0 100', '5 102', '6 105', '7 103.96']), 'open | stop 103.95 | best 5'],
  ['… only upwards', TRAIL, ticks(['0 100', '5 105', '6 104', '7 104.9', '8 103.95']), 'trailing@103.95 8 | stop 103.95 | best 5'],
  ['a new best price never fires by itself', { ...TRAIL, trail_distance_pct: 0.001 }, ticks(['0 100', '5 102', '6 103', '7 104']), 'open | stop 103.99896 | best 4'],
  ['a gap below it', TRAIL, ticks(['0 100', '5 105', '6 101']), 'trailing@101 6 | stop 103.95 | best 5'],
  ['a wide trail that is no tighter leaves the stop', { ...TRAIL, trail_distance_pct: 5 }, ticks(['0 100', '5 102', '6 98.5']), 'sl@98.5 6 | stop - | best 2'],
  ['… until it is', { ...TRAIL, trail_distance_pct: 5 }, ticks(['0 100', '5 102', '6 104', '7 98.8']), 'trailing@98.8 7 | stop 98.8 | best 4'],
  ['… exactly where the stop stands, it is the stop', { ...TRAIL, trail_distance_pct: 5, trail_trigger_pct: 1 }, ticks(['0 100', '5 103', '6 97.85']), 'sl@97.85 6 | stop - | best 3', { signal: { sl_pct: 2.15 } }],
  ['a distance of 100 % never fires', { ...TRAIL, trail_distance_pct: 100 }, ticks(['0 100', '5 105', '6 98.6']), 'open | stop - | best 5'],
  ['a trigger of 0: at the first price, from the entry', { ...TRAIL, trail_trigger_pct: 0 }, ticks(['0 99.9', '6 99']), 'trailing@99 6 | stop 99 | best 0'],
  ['many digits', { ...TRAIL, trail_distance_pct: '0.333' }, ticks(['0 100', '5 102.07', '6 101.7301069']), 'trailing@101.7301069 6 | stop 101.7301069 | best 2.07'],
  ['off', { ...BREAK_EVEN }, ticks(['0 100', '5 108', '6 101']), 'open | stop 100 | best 8'],
])

const BOTH = { ...OFF, break_even_trigger_pct: 1, break_even_offset_pct: 0.5, trail_trigger_pct: 2, trail_distance_pct: 1 } as const
table('both rules: the reason is the rule that moved the stop last', 'long', [
  ['one after the other', BOTH, ticks(['0 100', '5 101', '6 102', '7 100.9']), 'trailing@100.9 7 | stop 100.98 | best 2'],
  ['both at one price', BOTH, ticks(['0 100', '5 103', '6 101']), 'trailing@101 6 | stop 101.97 | best 3'],
  ['break-even tighter than the trail', { ...BOTH, break_even_offset_pct: 1 }, ticks(['0 100', '5 102', '6 100.99']), 'break_even@100.99 6 | stop 101 | best 2'],
  ['… and the trail overtakes it', { ...BOTH, break_even_offset_pct: 1 }, ticks(['0 100', '5 102', '6 102.03', '7 101']), 'trailing@101 7 | stop 101.0097 | best 2.03'],
  ['both at the same level: the first has moved it', { ...BOTH, break_even_offset_pct: 0.98, trail_trigger_pct: 2 }, ticks(['0 100', '5 102', '6 100.98']), 'break_even@100.98 6 | stop 100.98 | best 2'],
  ['a wide trail first, then break-even', { ...BOTH, break_even_trigger_pct: 3, break_even_offset_pct: 2.9, trail_trigger_pct: 1, trail_distance_pct: 2 }, ticks(['0 100', '5 101', '6 103', '7 102.9']), 'break_even@102.9 7 | stop 102.9 | best 3'],
])

const WAITS = { ...OFF, timeout_candles: 2, timeout_min_move_pct: 1 } as const
table('time-out', 'long', [
  ['after N candles of the signal, at the last known price', WAITS, ticks(['0 100', '599999 100.3', '600001 100.2']), 'timeout@100.3 600000 | stop - | best 0.3'],
  ['after the prices of its millisecond', WAITS, ticks(['0 100', '600000 100.3', '600000 100.4', '600001 100.2']), 'timeout@100.4 600000 | stop - | best 0.4'],
  ['a stop of that very millisecond comes first', WAITS, ticks(['0 100', '600000 98.5', '600001 100.2']), 'sl@98.5 600000 | stop - | best 0'],
  ['the move of that very millisecond counts', WAITS, ticks(['0 100', '600000 101', '600001 100.2']), 'open | stop - | best 1'],
  ['also at the end of the data', WAITS, ticks(['0 100', '600000 100.5']), 'timeout@100.5 600000 | stop - | best 0.5'],
  ['not after the last row', WAITS, ticks(['0 100', '599999 100.5']), 'open | stop - | best 0.5'],
  ['not where the best move has reached the minimum', WAITS, ticks(['0 100', '5 101', '6 99', '700000 99']), 'open | stop - | best 1'],
  ['one tick short of the minimum', WAITS, ticks(['0 100', '5 100.99', '6 99', '700000 99']), 'timeout@99 600000 | stop - | best 0.99'],
  ['a null minimum: always', { ...WAITS, timeout_min_move_pct: null }, ticks(['0 100', '5 105', '700000 99']), 'timeout@105 600000 | stop - | best 5'],
  ['default minimum: the break-even trigger', { ...OFF, break_even_trigger_pct: 3, timeout_candles: 2 }, ticks(['0 100', '5 102', '700000 99']), 'timeout@102 600000 | stop - | best 2'],
  ['… reached', { ...OFF, break_even_trigger_pct: 3, timeout_candles: 2 }, ticks(['0 100', '5 103', '6 101', '700000 101']), 'open | stop 100 | best 3'],
  ['… 1.0 where that rule is off', { ...OFF, timeout_candles: 2 }, ticks(['0 100', '5 100.9', '700000 99']), 'timeout@100.9 600000 | stop - | best 0.9'],
  ['… 1.0 where that rule is off, reached', { ...OFF, timeout_candles: 2 }, ticks(['0 100', '5 101', '700000 99']), 'open | stop - | best 1'],
  ['a minimum of its own', { ...BREAK_EVEN, timeout_candles: 2, timeout_min_move_pct: 4 }, ticks(['0 100', '5 103.9', '6 101', '700000 101']), 'timeout@101 600000 | stop 100 | best 3.9'],
  ['off', OFF, ticks(['0 100', '90000000 99']), 'open | stop - | best 0'],
  ['defaults: twelve candles', {}, ticks(['0 100', '5 100.5', '3600001 99']), 'timeout@100.5 3600000 | stop - | best 0.5'],
  ['by the candles of the signal', WAITS, ticks(['0 100', '5 100.5', '120001 99']), 'timeout@100.5 120000 | stop - | best 0.5', { signal: { timeframe_min: 1 } }],
  ['at a price from before the entry', WAITS, ticks(['-5 97', '700000 99']), 'timeout@97 600000 | stop - | best 0'],
  ['without any price at the entry price', WAITS, ticks(['700000 99']), 'timeout@100 600000 | stop - | best 0'],
])

table('defaults 1 / 0 / 2 / 0.8 / 12', 'long', [
  ['break-even', {}, ticks(['0 100', '5 101', '6 100']), 'break_even@100 6 | stop 100 | best 1'],
  ['trailing', {}, ticks(['0 100', '5 102', '6 101.184']), 'trailing@101.184 6 | stop 101.184 | best 2'],
  ['from the settings', {}, ticks(['0 100', '5 103', '6 101.455']), 'trailing@101.455 6 | stop 101.455 | best 3', { set: { TRAIL_DISTANCE_PCT: '1.5' } }],
  ['a signal beats the settings', { trail_distance_pct: 1 }, ticks(['0 100', '5 103', '6 101.97']), 'trailing@101.97 6 | stop 101.97 | best 3', { set: { TRAIL_DISTANCE_PCT: '1.5' } }],
  ['an empty setting switches a rule off', {}, ticks(['0 100', '5 101.5', '6 99']), 'open | stop - | best 1.5', { set: { TRAIL_BREAK_EVEN_TRIGGER_PCT: '' } }],
])

table('inside a candle the path is continuous (X-4b)', 'long', [
  ['the high sets the best price, the falling segment reaches the trail at its level', TRAIL, klines(['0 100 105 102 102', '60000 102 102 102 102']), 'trailing@103.95 40000 | stop 103.95 | best 5', { candlePath: 'ohlc' }],
  ['break-even in the falling segment after its trigger', BREAK_EVEN, klines(['0 100 101.5 99 99.5', '60000 99 99 99 99']), 'break_even@100 40000 | stop 100 | best 1.5', { candlePath: 'ohlc' }],
  ['low first: the trail falls due between high and close', TRAIL, klines(['0 100 105 99 103', '60000 103 103 103 103']), 'trailing@103.95 59999 | stop 103.95 | best 5', { candlePath: 'olhc' }],
  ['auto with close ≥ open goes by the low first', TRAIL, klines(['0 100 105 99 103', '60000 103 103 103 103']), 'trailing@103.95 59999 | stop 103.95 | best 5'],
  ['auto with close < open goes by the high first', TRAIL, klines(['0 100 105 99 99.5', '60000 99 99 99 99']), 'trailing@103.95 40000 | stop 103.95 | best 5'],
  ['the tighter of two stops in one segment: the trail', BOTH, klines(['0 100 105 99 99.5', '60000 99 99 99 99']), 'trailing@103.95 40000 | stop 103.95 | best 5', { candlePath: 'ohlc' }],
  ['the tighter of two stops in one segment: break-even', { ...BOTH, break_even_offset_pct: 1, trail_distance_pct: 4 }, klines(['0 100 103 98 98', '60000 98 98 98 98']), 'break_even@101 40000 | stop 101 | best 3', { candlePath: 'ohlc' }],
  ['the target at its level; what the candle did later is not the position\'s', OFF, klines(['0 100 115 99 112', '60000 112 112 112 112']), 'tp@110 40000 | stop - | best 10', { candlePath: 'olhc' }],
  ['… nor moves its trail', TRAIL, klines(['0 100 104 103 103', '60000 103 115 103 112', '120000 112 112 112 112']), 'tp@110 80000 | stop 102.96 | best 10', { candlePath: 'ohlc' }],
  ['an open below the trail fills at the open', TRAIL, klines(['0 100 105 100 105', '60000 102 103 101 102']), 'trailing@102 60000 | stop 103.95 | best 5', { candlePath: 'olhc' }],
  ['an open that is a new best price moves the stop', TRAIL, klines(['0 100 101 100 101', '60000 104 104 103.5 104', '120000 104 104 104 104']), 'open | stop 102.96 | best 4', { candlePath: 'olhc' }],
  ['opened inside a segment: the path starts at the entry', TRAIL, klines(['-30000 90 104 90 90', '30000 90 90 90 90']), 'trailing@102.96 29999 | stop 102.96 | best 4', { candlePath: 'olhc' }],
])

const MIRRORED: readonly (readonly [string, Params, string, string, Options?])[] = [
  ['stop, inclusive', OFF, ticks(['0 100', '5 98.51', '6 98.5']), 'sl@101.5 6 | stop - | best 0'],
  ['target, inclusive', OFF, ticks(['0 100', '6 110']), 'tp@90 6 | stop - | best 10'],
  ['break-even, inclusive', BREAK_EVEN, ticks(['0 100', '5 101', '6 100.01', '7 100']), 'break_even@100 7 | stop 100 | best 1'],
  ['break-even with an offset in favour', { ...BREAK_EVEN, break_even_offset_pct: 0.3 }, ticks(['0 100', '5 101', '6 100.3']), 'break_even@99.7 6 | stop 99.7 | best 1'],
  ['trailing: percent of the best price', TRAIL, ticks(['0 100', '5 105', '6 104.06', '7 104.05']), 'trailing@95.95 7 | stop 95.95 | best 5'],
  ['only downwards', TRAIL, ticks(['0 100', '5 105', '6 104.5', '7 104.9', '8 104']), 'trailing@96 8 | stop 95.95 | best 5'],
  ['both at one price', BOTH, ticks(['0 100', '5 103', '6 101']), 'trailing@99 6 | stop 97.97 | best 3'],
  ['break-even tighter than the trail', { ...BOTH, break_even_offset_pct: 1 }, ticks(['0 100', '5 102', '6 100.99']), 'trailing@99.01 6 | stop 98.98 | best 2'],
  ['time-out', WAITS, ticks(['0 100', '5 100.99', '700000 99']), 'timeout@99.01 600000 | stop - | best 0.99'],
  ['no time-out', WAITS, ticks(['0 100', '5 101', '6 99', '700000 99']), 'open | stop - | best 1'],
  ['trail in the rising segment of a candle', TRAIL, klines(['0 100 105 102 102', '60000 102 102 102 102']), 'trailing@95.95 40000 | stop 95.95 | best 5', { candlePath: 'olhc' }],
  ['target inside a candle', OFF, klines(['0 100 115 99 112', '60000 112 112 112 112']), 'tp@90 40000 | stop - | best 10', { candlePath: 'ohlc' }],
]
table('mirrored for a short', 'short', MIRRORED.map(([name, params, prices, outcome, options]) => [name, params, mirrored(prices), outcome, options ?? {}] as const))

const YOUNG = { set: { AUTO_CLOSE_MIN_AGE_SEC: '10' } } as const
table('exits are not decided before the minimum age; the best price counts from the fill', 'long', [
  ['a stop passed meanwhile decides nothing', OFF, ticks(['0 100', '5000 90', '9999 100', '20000 100']), 'open | stop - | best 0', YOUNG],
  ['the last price decides at that age, after the prices of its millisecond', OFF, ticks(['0 100', '9000 98', '10000 97', '20000 100']), 'sl@97 10000 | stop - | best 0', YOUNG],
  ['a target at that age', OFF, ticks(['0 100', '9000 111', '20000 100']), 'tp@111 10000 | stop - | best 11', YOUNG],
  ['a trail that was reached meanwhile trails from then on, and fires from the next price', TRAIL, ticks(['0 100', '1000 105', '9000 103', '10001 103.9']), 'trailing@103.9 10001 | stop 103.95 | best 5', YOUNG],
  ['both rules were reached meanwhile', BOTH, ticks(['0 100', '1000 105', '9000 104', '10001 103.9']), 'trailing@103.9 10001 | stop 103.95 | best 5', YOUNG],
  ['break-even that was reached meanwhile', BREAK_EVEN, ticks(['0 100', '1000 101', '9000 99', '11000 99.5']), 'break_even@99.5 11000 | stop 100 | best 1', YOUNG],
  ['a price from before the fill decides nothing at that age', OFF, ticks(['-1 90', '20000 100']), 'open | stop - | best 0', YOUNG],
  ['the move of the young position counts for the time-out', { ...WAITS, timeout_candles: 1 }, ticks(['0 100', '1000 101', '9000 99', '61000 99']), 'open | stop - | best 1', { ...YOUNG, signal: { timeframe_min: 1 } }],
  ['a time-out waits for that age, too', { ...WAITS, timeout_candles: 1 }, ticks(['0 100', '80000 99', '99000 99.5', '110000 99.6']), 'timeout@99.5 100000 | stop - | best 0', { set: { AUTO_CLOSE_MIN_AGE_SEC: '100' }, signal: { timeframe_min: 1 } }],
])

table('by the price mode', 'long', [
  ['mid', TRAIL, ticks(['0 99 101 - -', '5 104 106 - -', '6 103.9 104 - -']), 'trailing@103.95 6 | stop 103.95 | best 5', { set: { PRICE_MODE: 'mid' } }],
  ['bid', TRAIL, ticks(['0 100 101 - -', '5 105 106 - -', '6 103.95 106 - -']), 'trailing@103.95 6 | stop 103.95 | best 5', { set: { PRICE_MODE: 'bid' } }],
  ['mark carries on where a row has none', { ...WAITS }, ticks(['0 - - 100 100', '5 - - 105 -', '700000 - - 100 100']), 'timeout@100 600000 | stop - | best 0', { set: { PRICE_MODE: 'mark' } }],
])

describe('PnL is what the fills came to, less the fees, exactly', () => {
  it.each(['long', 'short'] as const)('%s', async (side) => {
    const rows = ['0 99.97 100.03 100 100', side === 'long' ? '5 104.9 105.1 105 105' : '5 94.9 95.1 95 95', '6 99.9 100.3 100.1 100.1']
    const set = { PAPER_BROKER: 'exchange', PAPER_TAKER_FEE_PCT: '0.06', PAPER_SLIPPAGE_BPS: '3' }
    const view = await position({ side, qty: 0.3, exit_params: TRAIL }, ticks(rows), { set })
    const [entry, close] = side === 'long' ? [new Big('100.03').times('1.0003'), new Big('99.9').times('0.9997')] : [new Big('99.97').times('0.9997'), new Big('100.3').times('1.0003')]
    const fees = entry.plus(close).times('0.3').times('0.0006')
    const gross = (side === 'long' ? close.minus(entry) : entry.minus(close)).times('0.3')
    expect([view.auto_close_reason, view.entry_price, view.close_price, view.fees, view.pnl]).toEqual(['trailing', entry, close, fees, gross.minus(fees)].map((value) => (typeof value === 'string' ? value : Number(value.toFixed()))))
  })
})

describe('what others see of a trailing position', () => {
  it('exit_meta, dynamic_sl_price and max_favorable_move while it is open', async () => {
    const view = await position({ exit_params: { ...BOTH } }, ticks(['0 100', '5 103']))
    expect(view.status).toBe('open')
    expect(view.exit_meta).toMatchObject({ break_even: 'done', trail: 'trailing', best_price: 103 })
    expect(view.exit_meta['params']).toEqual({ break_even_trigger_pct: 1, break_even_offset_pct: 0.5, trail_trigger_pct: 2, trail_distance_pct: 1, timeout_candles: null, timeout_min_move_pct: 1 })
    expect([view.dynamic_sl_price, view.dynamic_tp_price, view.sl_price, view.tp_price]).toEqual([101.97, null, 98.5, 110])
  })

  it('and after it has closed', async () => {
    const view = await position({ exit_params: { ...BOTH } }, ticks(['0 100', '5 103', '6 101']))
    expect(view.exit_meta).toMatchObject({ break_even: 'done', trail: 'trailing', best_price: 103 })
    expect([view.dynamic_sl_price, view.dynamic_tp_price, view.close_price, view.pnl, view.auto_close_reason]).toEqual([101.97, null, 101, 1, 'trailing'])
  })

  it('before anything has moved', async () => {
    const view = await position({ exit_params: {} }, ticks(['0 100', '5 100.5']))
    expect([view.dynamic_sl_price, view.dynamic_tp_price, view.max_favorable_move]).toEqual([null, null, 0.5])
  })

  it('EXIT_STRATEGY makes it the strategy of signals that name none', async () => {
    const { positions } = await run({ prices: [ticks(['0 100', '5 102', '6 101.184'])], signals: [{ symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: iso(0) }], set: { EXIT_STRATEGY: 'tp_sl_trailing_v1' } })
    expect(positions.map((each) => [each.exit_strategy, each.auto_close_reason, each.close_price])).toEqual([['tp_sl_trailing_v1', 'trailing', 101.184]])
  })

  it('timers fire in order of time, one close per position', async () => {
    const body = (ms: number): Body => ({ symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: iso(ms), timeframe_min: 1, exit_strategy: 'tp_sl_trailing_v1', exit_params: WAITS })
    const { positions } = await run({ prices: [ticks(['0 100', `${MINUTE} 100.1`, `${2 * MINUTE} 100.2`, `${3 * MINUTE} 100.3`])], signals: [body(0), body(30_000)] })
    expect(positions.map(short)).toEqual([`timeout@100.2 ${2 * MINUTE} | stop - | best 0.2`, `timeout@100.2 ${2.5 * MINUTE} | stop - | best 0.2`])
  })
})
