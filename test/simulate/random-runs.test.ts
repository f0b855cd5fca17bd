/** Random walks and random signals: the product and the naive reference agree on every field of every position. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare, type Case } from './comparison.ts'
import type { SignalBody } from './reference.ts'

const START = Date.parse('2026-01-05T00:00:00Z')
const SYMBOLS = ['BTCUSDT', 'BTCUSDT.P', 'ETHUSDT'] as const
const TICKS = 'ts_ms,symbol,bid,ask,last,mark,qty'
const KLINES = 'ts_ms,symbol,open,high,low,close,volume'

/** In steps of 0.05, so that levels are touched exactly. */
const price = (steps: number): string => (steps / 20).toFixed(2)

const tickRow = fc.record({ gap: fc.constantFrom(0, 0, 1, 700, 1000, 9000), symbol: fc.constantFrom(...SYMBOLS), move: fc.integer({ min: -30, max: 30 }), carries: fc.constantFrom('quote', 'trade', 'mark', 'all') })

const ticks = fc.array(tickRow, { minLength: 1, maxLength: 120 }).map((rows) => {
  let ts = START
  const at = new Map<string, number>()
  const lines = rows.map(({ gap, symbol, move, carries }) => {
    ts += gap
    const steps = Math.max(1500, (at.get(symbol) ?? 2000) + move)
    at.set(symbol, steps)
    const quote = carries === 'quote' || carries === 'all' ? `${price(steps - 1)},${price(steps + 1)}` : ','
    const last = carries === 'trade' || carries === 'all' ? price(steps) : ''
    const mark = carries === 'mark' || carries === 'all' ? price(steps + (move % 3)) : ''
    return `${ts},${symbol},${quote},${last},${mark},`
  })
  return [TICKS, ...lines, ''].join('\n')
})

const candleRow = fc.record({ gap: fc.constantFrom(0, 1, 1, 1, 3), symbol: fc.constantFrom(...SYMBOLS), open: fc.integer({ min: -40, max: 40 }), up: fc.nat(50), down: fc.nat(50), close: fc.nat(100) })

const candles = fc.tuple(fc.constantFrom(1, 2, 7, 1000, 60_000), fc.array(candleRow, { minLength: 1, maxLength: 60 })).map(([interval, rows]) => {
  let ts = START
  const at = new Map<string, number>()
  const lines = rows.map(({ gap, symbol, open, up, down, close }) => {
    ts += gap * interval
    const first = Math.max(1500, (at.get(symbol) ?? 2000) + open)
    const [high, low] = [first + up, first - down]
    const end = low + Math.floor(((high - low) * close) / 100)
    at.set(symbol, end)
    return `${ts},${symbol},${price(first)},${price(high)},${price(low)},${price(end)},1`
  })
  return [KLINES, ...lines, ''].join('\n')
})

const signal = fc.record(
  {
    symbol: fc.constantFrom('BTCUSDT', 'BTCUSDT.P', 'ETHUSDT', 'XRPUSDT'),
    side: fc.constantFrom('long', 'short', 'BUY', 'Sell'),
    price: fc.integer({ min: 1900, max: 2100 }).map((steps) => steps / 20),
    timestamp: fc.integer({ min: -3000, max: 90_000 }).map((ms) => new Date(START + ms - (ms % 5)).toISOString()),
    strategy: fc.constantFrom('a', 'b'),
    tp_pct: fc.constantFrom(0.5, 1, 4.5, '2.25', null),
    sl_pct: fc.constantFrom(0.5, 1, 1.5, '0.75', null),
    qty: fc.constantFrom(1, 0.003, 12.5),
    account_label: fc.constantFrom('one', 'two'),
  },
  { requiredKeys: ['symbol', 'side', 'price', 'timestamp'] },
) as fc.Arbitrary<SignalBody>

const set = fc.record(
  {
    PRICE_MODE: fc.constantFrom('last', 'mid', 'mark', 'bid', 'ask'),
    PAPER_BROKER: fc.constantFrom('sim', 'exchange'),
    PAPER_SLIPPAGE_BPS: fc.constantFrom('0', '7', '2.5'),
    AUTO_CLOSE_MIN_AGE_SEC: fc.constantFrom('0', '1', '0.7', '9', '30'),
    MAX_OPEN_POSITIONS: fc.constantFrom('1', '4', ''),
    MAX_OPEN_POSITIONS_PER_SYMBOL: fc.constantFrom('1', '2', ''),
    MAX_SIZE_PER_POSITION_USDT: fc.constantFrom('101', '500', ''),
    MAX_EXPOSURE_PER_SYMBOL_USDT: fc.constantFrom('205', ''),
    MAX_EXPOSURE_PER_STRATEGY_USDT: fc.constantFrom('310', ''),
  },
  { requiredKeys: [] },
)

const run: fc.Arbitrary<Case> = fc.record({
  signals: fc.array(signal, { minLength: 1, maxLength: 25 }).map((signals) => [...signals, ...signals.slice(0, 3)]),
  prices: fc.array(fc.oneof(ticks, candles), { minLength: 1, maxLength: 3 }),
  candlePath: fc.constantFrom('auto', 'ohlc', 'olhc'),
  set: set,
})

describe('random prices and signals', () => {
  it('give the same positions, statistics and counts in the product and in the reference', async () => {
    await fc.assert(
      fc.asyncProperty(run, async (given) => {
        expect((await compare(given)).differences).toEqual([])
      }),
      { numRuns: Number(process.env['SIMULATE_RUNS'] ?? 300) },
    )
  })
})
