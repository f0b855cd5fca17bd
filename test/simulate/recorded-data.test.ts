/** The recorded prices that ship with LOMS, with a few hundred generated signals. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compare } from './comparison.ts'
import { readPoints } from './reference-prices.ts'
import type { SignalBody } from './reference.ts'

const DATA = join(import.meta.dirname, '../data')

/** Numbers in [0, 1), the same in every run (Park and Miller's minimal standard generator). */
function seeded(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/** Signals at random prices of the file, at the price of that moment. */
function signalsOn(file: string, count: number, pct: readonly number[]): SignalBody[] {
  const random = seeded(7)
  const points = readPoints([file], 'auto')
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  return Array.from({ length: count }, () => {
    const { ts, symbol, last, bid } = pick(points)
    return {
      symbol: pick([symbol, symbol.replace(/\.P$/, '')]),
      side: pick(['long', 'short']),
      price: Number((last ?? bid)?.toFixed()),
      timestamp: new Date(ts + pick([0, 0, 1, 250])).toISOString(),
      strategy: pick(['a', 'b', 'c']),
      tp_pct: pick(pct),
      sl_pct: pick(pct),
      qty: pick([1, 0.001, 0.25]),
    }
  })
}

const unlimited = { MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', MAX_SIZE_PER_POSITION_USDT: '' }
const TICKS = join(DATA, 'binance-ticks.csv.gz')
const CANDLES = join(DATA, 'coinbase-btcusd-4h-2016-2025.csv.gz')
const tickSignals = signalsOn(TICKS, 400, [0.05, 0.06, 0.1, 0.2])
const candleSignals = signalsOn(CANDLES, 400, [0.5, 1.5, 4.5, 12])

describe('recorded prices', () => {
  it.each([
    ['ticks', TICKS, tickSignals, unlimited],
    ['ticks, default limits, mid', TICKS, tickSignals, { PRICE_MODE: 'mid' }],
    ['ticks at bid and ask, with an age', TICKS, tickSignals, { ...unlimited, PAPER_BROKER: 'exchange', PAPER_SLIPPAGE_BPS: '1', AUTO_CLOSE_MIN_AGE_SEC: '7' }],
    ['candles', CANDLES, candleSignals, unlimited],
    ['candles, default limits', CANDLES, candleSignals, {}],
    ['candles at bid and ask', CANDLES, candleSignals, { ...unlimited, PAPER_BROKER: 'exchange', PAPER_SLIPPAGE_BPS: '3' }],
  ])('%s: as in the reference', async (_, file, signals, set) => {
    const { simulation, differences } = await compare({ signals, prices: [{ file }], set })
    expect(simulation.stats.closed_positions).toBeGreaterThan(10)
    expect(differences).toEqual([])
  })

  it('two runs give the same bytes', async () => {
    const bytes = async (): Promise<string> => {
      const { simulation } = await compare({ signals: tickSignals, prices: [{ file: TICKS }], set: unlimited })
      const { positions, stats, signals } = simulation
      return JSON.stringify({ positions, stats, signals })
    }
    expect(await bytes()).toBe(await bytes())
  })
})
