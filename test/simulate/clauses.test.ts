/** One clause of the specification per table: small files, and what must come of them. The reference agrees with each. */
import { describe, expect, it } from 'vitest'
import type { PositionView } from '../../src/domain/wire.ts'
import { compare, type Case } from './comparison.ts'
import type { SignalBody } from './reference.ts'

const START = Date.parse('2026-01-05T00:00:00Z')
const iso = (ms: number): string => new Date(START + ms).toISOString()

/** Rows `ms price` of one symbol as last prices, or `ms bid ask last mark` with `-` for a field that a row does not carry. */
const ticks = (rows: readonly string[], symbol = 'BTCUSDT'): string =>
  ['ts_ms,symbol,bid,ask,last,mark,qty', ...rows.map((row) => tickLine(row.split(' '), symbol)), ''].join('\n')

function tickLine([ms, ...fields]: readonly string[], symbol: string): string {
  const [bid, ask, last, mark] = fields.length === 1 ? ['', '', fields[0], ''] : fields.map((field) => (field === '-' ? '' : field))
  return `${START + Number(ms)},${symbol},${bid},${ask},${last},${mark},`
}

/** Rows `ms open high low close`. */
const klines = (rows: readonly string[], symbol = 'BTCUSDT'): string =>
  ['ts_ms,symbol,open,high,low,close,volume', ...rows.map((row) => row.split(' ')).map(([ms, ...prices]) => `${START + Number(ms)},${symbol},${prices.join(',')},1`), ''].join('\n')

const signal = (changes: Partial<SignalBody> = {}, ms = 0): SignalBody => ({ symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: iso(ms), ...changes })

/** `state reason@close ms` of a position. */
const short = ({ state, auto_close_reason, close_price, closed_at }: PositionView): string =>
  closed_at === null ? state : `${state} ${auto_close_reason ?? '-'}@${close_price ?? '-'} ${Date.parse(closed_at) - START}`

type Row = readonly [name: string, given: Case, positions: readonly string[]]

const table = (name: string, rows: readonly Row[]): unknown =>
  describe(name, () => {
    it.each(rows)('%s', async (_, given, positions) => {
      const { simulation, differences } = await compare(given)
      expect(simulation.positions.map(short)).toEqual(positions)
      expect(differences).toEqual([])
    })
  })

const long = [signal()]
const sells = [signal({ side: 'short' })]

table('ticks fill at the price seen, levels included (X-2, X-4b)', [
  ['long: target touched', { signals: long, prices: [ticks(['0 100', '5 104.49', '6 104.5'])] }, ['closed tp@104.5 6']],
  ['long: target passed', { signals: long, prices: [ticks(['0 100', '5 106'])] }, ['closed tp@106 5']],
  ['long: stop touched', { signals: long, prices: [ticks(['0 100', '5 98.51', '6 98.5'])] }, ['closed sl@98.5 6']],
  ['long: stop passed', { signals: long, prices: [ticks(['0 100', '5 90'])] }, ['closed sl@90 5']],
  ['short: target touched', { signals: sells, prices: [ticks(['0 100', '5 95.51', '6 95.5'])] }, ['closed tp@95.5 6']],
  ['short: stop passed', { signals: sells, prices: [ticks(['0 100', '5 101.49', '6 102'])] }, ['closed sl@102 6']],
  ['neither', { signals: long, prices: [ticks(['0 100', '5 104.49', '6 98.51'])] }, ['tp-placed']],
  ['a level that is no double is touched exactly', { signals: [signal({ price: 0.1, tp_pct: '0.7', sl_pct: 0.7 })], prices: [ticks(['0 0.1', '5 0.1007'])] }, ['closed tp@0.1007 5']],
  ['one ten-billionth short of a level is not there', { signals: long, prices: [ticks(['0 100', '5 104.4999999999'])] }, ['tp-placed']],
])

table('inside a candle a level fills at the level, at the time of the later point; between candles at the open (X-4b)', [
  ['O-H-L-C: stop between high and low', { signals: long, prices: [klines(['0 100 101 98 99', '60000 99 99 99 99'])], candlePath: 'ohlc' }, ['closed sl@98.5 40000']],
  ['O-L-H-C: stop between open and low', { signals: long, prices: [klines(['0 100 101 98 99', '60000 99 99 99 99'])], candlePath: 'olhc' }, ['closed sl@98.5 20000']],
  ['both levels, high first', { signals: long, prices: [klines(['0 100 105 98 99', '60000 99 99 99 99'])], candlePath: 'ohlc' }, ['closed tp@104.5 20000']],
  ['both levels, low first', { signals: long, prices: [klines(['0 100 105 98 99', '60000 99 99 99 99'])], candlePath: 'olhc' }, ['closed sl@98.5 20000']],
  ['auto: close ≥ open goes by the low first', { signals: long, prices: [klines(['0 100 105 98 100', '60000 99 99 99 99'])] }, ['closed sl@98.5 20000']],
  ['auto: close < open goes by the high first', { signals: long, prices: [klines(['0 100 105 98 99.9', '60000 99 99 99 99'])] }, ['closed tp@104.5 20000']],
  ['level between the last extreme and the close', { signals: sells, prices: [klines(['0 100 100 99 102', '60000 99 99 99 99'].map((row) => row.replace('100 100', '100 102')))], candlePath: 'olhc' }, ['closed sl@101.5 40000']],
  ['gap beyond the stop: at the open', { signals: long, prices: [klines(['0 100 100 100 100', '60000 97 99 97 99'])] }, ['closed sl@97 60000']],
  ['gap beyond the target: at the open', { signals: long, prices: [klines(['0 100 100 100 100', '60000 107 107 99 99'])] }, ['closed tp@107 60000']],
  ['opened inside a segment: the path starts at the entry', { signals: [signal({ price: 95 }, 1000)], prices: [klines(['0 100 110 100 100', '60000 100 100 100 100'])], candlePath: 'ohlc' }, ['closed tp@99.275 20000']],
  ['a single row is 60 s long', { signals: long, prices: [klines(['0 100 105 98 99'])], candlePath: 'olhc' }, ['closed sl@98.5 20000']],
  ['thirds of an interval are rounded down', { signals: long, prices: [klines(['0 100 101 98 98', '100 98 98 98 98'])], candlePath: 'ohlc' }, ['closed sl@98.5 66']],
  ['the close stands 1 ms before the end', { signals: long, prices: [klines(['0 100 103 99 104.5', '1000 104 104 104 104'].map((row) => row.replace('103 99', '105 99')))], candlePath: 'olhc' }, ['closed tp@104.5 666']],
  ['a candle counts as every price mode', { signals: long, prices: [klines(['0 100 105 100 100', '60000 1 1 1 1'])], set: { PRICE_MODE: 'mid' }, candlePath: 'ohlc' }, ['closed tp@104.5 20000']],
])

table('a signal acts before the prices of its millisecond, equal times in order of file (T-3)', [
  ['the price of the same millisecond decides', { signals: [signal({}, 5)], prices: [ticks(['0 100', '5 98', '6 100'])] }, ['closed sl@98 5']],
  ['a price before it does not', { signals: [signal({}, 5)], prices: [ticks(['4 98', '6 100'])] }, ['tp-placed']],
  ['before the first price', { signals: [signal({}, -1000)], prices: [ticks(['0 104.5', '1 100'])] }, ['closed tp@104.5 0']],
  ['at the very last price', { signals: [signal({}, 6)], prices: [ticks(['0 100', '6 98'])] }, ['closed sl@98 6']],
  ['files of equal milliseconds in order of the command line', { signals: long, prices: [ticks(['5 98']), ticks(['5 105'])] }, ['closed sl@98 5']],
  ['… and the other way round', { signals: long, prices: [ticks(['5 105']), ticks(['5 98'])] }, ['closed tp@105 5']],
  ['rows of one millisecond in order of the file', { signals: long, prices: [ticks(['5 101', '5 104.6', '5 98'])] }, ['closed tp@104.6 5']],
])

table('each row updates the fields it carries; the mode says which price decides (P-1, X-4b)', [
  ['bid: last does not matter', { signals: long, prices: [ticks(['0 100 100.1 - -', '1 - - 90 -', '2 98.4 98.6 - -'])], set: { PRICE_MODE: 'bid' } }, ['closed sl@98.4 2']],
  ['mid: exact', { signals: long, prices: [ticks(['0 100 100.1 - -', '1 98.4 98.6 - -'])], set: { PRICE_MODE: 'mid' } }, ['closed sl@98.5 1']],
  ['mid of two rows', { signals: long, prices: [ticks(['0 100 - - -', '1 - 97 - -'])], set: { PRICE_MODE: 'mid' } }, ['closed sl@98.5 1']],
  ['mark: not there yet', { signals: long, prices: [ticks(['0 90 90 90 -'])], set: { PRICE_MODE: 'mark' } }, ['tp-placed']],
  ['mark', { signals: long, prices: [ticks(['0 90 90 90 -', '1 - - - 98'])], set: { PRICE_MODE: 'mark' } }, ['closed sl@98 1']],
  ['last: a quote row keeps the last trade', { signals: [signal({}, 1)], prices: [ticks(['0 100 100.1 98 -', '2 100 100.1 - -'])] }, ['closed sl@98 2']],
])

table('exits are not decided before the minimum age of the fill; then the last price seen since decides (G)', [
  ['prices before it do not count', { signals: long, prices: [ticks(['1000 98', '6999 100', '8000 100'])], set: { AUTO_CLOSE_MIN_AGE_SEC: '7' } }, ['tp-placed']],
  ['the last price then decides, at that time', { signals: long, prices: [ticks(['1000 98', '8000 100'])], set: { AUTO_CLOSE_MIN_AGE_SEC: '7' } }, ['closed sl@98 7000']],
  ['after the prices of its millisecond', { signals: long, prices: [ticks(['1000 98', '7000 104', '7000 104.6', '8000 100'])], set: { AUTO_CLOSE_MIN_AGE_SEC: '7' } }, ['closed tp@104.6 7000']],
  ['at the very last row', { signals: long, prices: [ticks(['1000 98', '7000 97'])], set: { AUTO_CLOSE_MIN_AGE_SEC: '7' } }, ['closed sl@97 7000']],
  ['not after the last row', { signals: long, prices: [ticks(['1000 98', '6999 97'])], set: { AUTO_CLOSE_MIN_AGE_SEC: '7' } }, ['tp-placed']],
  ['a price from before the fill decides nothing', { signals: [signal({}, 1500)], prices: [ticks(['1000 98', '9000 100'])], set: { AUTO_CLOSE_MIN_AGE_SEC: '7' } }, ['tp-placed']],
  ['inside a candle too', { signals: long, prices: [klines(['0 100 100 97 97', '60000 97 97 97 97'])], candlePath: 'olhc', set: { AUTO_CLOSE_MIN_AGE_SEC: '30' } }, ['closed sl@97 30000']],
])

const EXCHANGE = { PAPER_BROKER: 'exchange' }
table('PAPER_BROKER=exchange: bid and ask, fees, slippage, stop on mark (B-1)', [
  ['long: in at the ask, target at its price', { signals: long, prices: [ticks(['0 99.9 100.1 100 -', '5 104.4 104.6 104.5 -'])], set: EXCHANGE }, ['closed tp@104.5 5']],
  ['long: stop at the bid', { signals: long, prices: [ticks(['0 99.9 100.1 100 -', '5 98.3 98.5 98.4 -'])], set: EXCHANGE }, ['closed sl@98.3 5']],
  ['short: stop at the ask', { signals: sells, prices: [ticks(['0 99.9 100.1 100 -', '5 101.4 101.8 101.6 -'])], set: EXCHANGE }, ['closed sl@101.8 5']],
  ['the stop looks at the mark where there is one', { signals: long, prices: [ticks(['0 99.9 100.1 100 100', '5 98 98.1 98 98.6', '6 99 99.1 99 98.5'])], set: EXCHANGE }, ['closed sl@99 6']],
  ['slippage against us both times', { signals: long, prices: [ticks(['0 100 100 100 -', '5 98 98 98 -'])], set: { ...EXCHANGE, PAPER_SLIPPAGE_BPS: '10' } }, ['closed sl@97.902 5']],
  ['waits for the first ask', { signals: long, prices: [ticks(['1 - - 100 -', '2 99.9 100.1 - -', '3 - - 98 -'])], set: EXCHANGE }, ['closed sl@99.9 3']],
  ['cancelled after thirty seconds without one', { signals: long, prices: [ticks(['1 - - 100 -', '29999 - - 100 -', '30001 99.9 100.1 - -'])], set: EXCHANGE }, ['cancelled -@- 30000']],
  ['filled by a price of the thirtieth second itself', { signals: long, prices: [ticks(['1 - - 100 -', '30000 99.9 100.1 - -'])], set: EXCHANGE }, ['tp-placed']],
  ['the fill has passed the stop: out at once', { signals: [signal({}, 5)], prices: [ticks(['0 98.2 98.4 98.3 -', '6 98.2 98.4 98.3 -'])], set: EXCHANGE }, ['closed sl@98.2 5']],
  ['in a candle: at the level', { signals: long, prices: [klines(['0 100 100 97 97', '60000 97 97 97 97'])], candlePath: 'olhc', set: EXCHANGE }, ['closed sl@98.5 20000']],
])

describe('money (X-3)', () => {
  it.each([
    ['long, free of charge', { signals: long, prices: [ticks(['1 100', '5 104.5'])] }, { entry_price: 100, pnl: 4.5, fees: 0 }],
    ['short', { signals: sells, prices: [ticks(['1 100', '5 95.4'])] }, { entry_price: 100, pnl: 4.6, fees: 0 }],
    ['no binary noise', { signals: [signal({ price: 1.1, qty: 0.003, tp_pct: 1 })], prices: [ticks(['1 1.1', '5 1.2'])] }, { entry_price: 1.1, pnl: 0.0003, fees: 0 }],
    ['taker in, maker out', { signals: [signal({}, 1)], prices: [ticks(['0 99.9 100.1 100 -', '5 104.4 104.6 104.5 -'])], set: EXCHANGE }, { entry_price: 100.1, pnl: 4.31904, fees: 0.08096 }],
    ['taker both ways', { signals: [signal({}, 1)], prices: [ticks(['0 99.9 100.1 100 -', '5 98.3 98.5 98.4 -'])], set: EXCHANGE }, { entry_price: 100.1, pnl: -1.91904, fees: 0.11904 }],
  ] as readonly [string, Case, Partial<PositionView>][])('%s', async (_, given, money) => {
    const { simulation, differences } = await compare(given)
    expect(simulation.positions[0]).toMatchObject(money)
    expect(differences).toEqual([])
  })
})

describe('signals', () => {
  const flat = ticks(['0 100', '90000 100'])
  const three = [signal(), signal({}, 1), signal({}, 2)]
  it.each([
    ['opened', { signals: three, prices: [flat] }, { received: 3, opened: 3, blocked: 0, duplicate: 0, unplayed: 0 }],
    ['no rows for the symbol', { signals: [signal({ symbol: 'XRPUSDT' })], prices: [flat] }, { received: 0, opened: 0, blocked: 0, duplicate: 0, unplayed: 1 }],
    ['after the last row', { signals: [signal({}, 90_001)], prices: [flat] }, { received: 0, opened: 0, blocked: 0, duplicate: 0, unplayed: 1 }],
    ['a repeat by its natural key, whatever else differs', { signals: [signal(), signal({ price: 101 })], prices: [flat] }, { received: 2, opened: 1, blocked: 0, duplicate: 1, unplayed: 0 }],
    ['another side, strategy, exchange or account is no repeat', { signals: [signal(), signal({ strategy: 'b' }), signal({ exchange: 'bybit', account_label: 'x' }), signal({ side: 'short' })], prices: [flat] }, { received: 4, opened: 4, blocked: 0, duplicate: 0, unplayed: 0 }],
    ['a repeat by signal_id', { signals: [signal({ signal_id: 'a' }), signal({ signal_id: 'a' })], prices: [flat] }, { received: 2, opened: 1, blocked: 0, duplicate: 1, unplayed: 0 }],
    ['a blocked one is judged again', { signals: [signal(), signal({}, 1), signal({}, 1)], prices: [ticks(['0 100', '1 104.5', '2 100'])], set: { MAX_OPEN_POSITIONS: '1' } }, { received: 3, opened: 1, blocked: 2, duplicate: 0, unplayed: 0 }],
    ['MAX_OPEN_POSITIONS', { signals: three, prices: [flat], set: { MAX_OPEN_POSITIONS: '2' } }, { received: 3, opened: 2, blocked: 1, duplicate: 0, unplayed: 0 }],
    ['… freed by a close', { signals: [signal(), signal({}, 6)], prices: [ticks(['5 98', '9 100'])], set: { MAX_OPEN_POSITIONS: '1' } }, { received: 2, opened: 2, blocked: 0, duplicate: 0, unplayed: 0 }],
    ['MAX_OPEN_POSITIONS_PER_SYMBOL', { signals: [...three, signal({}, 3)], prices: [flat] }, { received: 4, opened: 3, blocked: 1, duplicate: 0, unplayed: 0 }],
    ['no limit where it is empty', { signals: [...three, signal({}, 3)], prices: [flat], set: { MAX_OPEN_POSITIONS_PER_SYMBOL: '' } }, { received: 4, opened: 4, blocked: 0, duplicate: 0, unplayed: 0 }],
    ['MAX_SIZE_PER_POSITION_USDT: the limit itself is allowed', { signals: [signal({ qty: 5 }), signal({ qty: 5.001 }, 1)], prices: [flat], set: { MAX_SIZE_PER_POSITION_USDT: '500' } }, { received: 2, opened: 1, blocked: 1, duplicate: 0, unplayed: 0 }],
    ['MAX_EXPOSURE_PER_SYMBOL_USDT', { signals: three, prices: [flat], set: { MAX_EXPOSURE_PER_SYMBOL_USDT: '200' } }, { received: 3, opened: 2, blocked: 1, duplicate: 0, unplayed: 0 }],
    ['MAX_EXPOSURE_PER_STRATEGY_USDT', { signals: [...three, signal({ strategy: 'b' }, 3)], prices: [flat], set: { MAX_EXPOSURE_PER_STRATEGY_USDT: '200', MAX_OPEN_POSITIONS_PER_SYMBOL: '' } }, { received: 4, opened: 3, blocked: 1, duplicate: 0, unplayed: 0 }],
    ['limits are per account', { signals: [signal(), signal({ account_label: 'b' })], prices: [flat], set: { MAX_OPEN_POSITIONS: '1' } }, { received: 2, opened: 2, blocked: 0, duplicate: 0, unplayed: 0 }],
    ['OMS_ENABLED=false', { signals: three, prices: [flat], set: { OMS_ENABLED: 'false' } }, { received: 3, opened: 0, blocked: 3, duplicate: 0, unplayed: 0 }],
  ] as readonly [string, Case, object][])('%s', async (_, given, counts) => {
    const { simulation, differences } = await compare(given)
    expect(simulation.signals).toEqual(counts)
    expect(differences).toEqual([])
  })

  it('equal timestamps act in order of the file', async () => {
    const { simulation, differences } = await compare({ signals: [signal({ strategy: 'b' }, 5), signal({ strategy: 'a' }, 5), signal({ strategy: 'c' }, 1)], prices: [flat] })
    expect(simulation.positions.map((position) => position.strategy)).toEqual(['c', 'b', 'a'])
    expect(differences).toEqual([])
  })

  it.each([
    ['the perpetual where the data has it', 'BTCUSDT', [ticks(['0 100', '5 98'], 'BTCUSDT'), ticks(['0 100', '6 105'], 'BTCUSDT.P')], 'closed tp@105 6'],
    ['else the symbol itself', 'BTCUSDT', [ticks(['0 100', '5 98'], 'BTCUSDT')], 'closed sl@98 5'],
    ["the data's own name", 'BTCUSDT.P', [ticks(['0 100', '5 98'], 'BTCUSDT'), ticks(['0 100', '6 105'], 'BTCUSDT.P')], 'closed tp@105 6'],
  ])('a symbol means %s', async (_, symbol, prices, position) => {
    const { simulation, differences } = await compare({ signals: [signal({ symbol })], prices })
    expect(simulation.positions.map(short)).toEqual([position])
    expect(simulation.positions[0]?.symbol).toBe(symbol)
    expect(differences).toEqual([])
  })
})
