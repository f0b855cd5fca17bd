/** Random signals with mixed exit policies on random prices, from one number. */
import Big from 'big.js'
import { pathOf, type Candle, type ModelSignal, type Point, type PolicyParams } from './brute-force.ts'
import type { Body } from './play.ts'
import { START } from './play.ts'

export type Scenario = {
  readonly signals: readonly ModelSignal[]
  readonly bodies: readonly Body[]
  readonly points: readonly Point[]
  readonly prices: string
  readonly candlePath: 'auto' | 'ohlc' | 'olhc'
  readonly set: Readonly<Record<string, string>>
  readonly minAgeMs: number
}

/** A small generator of its own: the same seed is the same scenario everywhere. */
export class Draws {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  below(count: number): number {
    return Math.floor(this.next() * count)
  }
  of<T>(...values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }
}

/** Symbols of very different price levels; `unit` is the value of one step of the walk (a two-thousandth of the level). */
const MARKETS = [
  { symbol: 'AAA', unit: '0.05' },
  { symbol: 'BBB', unit: '31.4' },
  { symbol: 'CCC', unit: '0.0000000123' },
] as const
const price = (market: number, steps: number): string => new Big(String(steps)).times((MARKETS[market] as (typeof MARKETS)[number]).unit).toFixed()

/** `rows` rows of ticks or candles, and a signal for about every eighth price. */
export function scenario(seed: number, rows: number): Scenario {
  const draws = new Draws(seed)
  const minAgeMs = draws.of(0, 0, 0, 0, 5, 60) * 1000
  const mode = draws.of('last', 'last', 'mid')
  const candlePath = draws.of('auto', 'ohlc', 'olhc')
  const { points, prices } = draws.next() < 0.5 ? tickPrices(draws, rows, mode) : candlePrices(draws, rows, candlePath)
  const signals = points.flatMap((point) => (draws.below(8) === 0 ? [signalNear(draws, point)] : [])).sort((a, b) => a.at - b.at)
  return { signals, bodies: signals.map(bodyOf), points, prices, candlePath, minAgeMs, set: { AUTO_CLOSE_MIN_AGE_SEC: String(minAgeMs / 1000), PRICE_MODE: mode } }
}

/** A walk per symbol that mostly creeps and sometimes jumps. */
class Walk {
  readonly #draws: Draws
  readonly #steps = MARKETS.map(() => 2000)
  constructor(draws: Draws) {
    this.#draws = draws
  }
  move(market: number): number {
    const far = this.#draws.of(1, 1, 3, 3, 8, 25, 80)
    const steps = Math.max(1000, (this.#steps[market] as number) + this.#draws.below(2 * far + 1) - far)
    this.#steps[market] = steps
    return steps
  }
}

function tickPrices(draws: Draws, rows: number, mode: string): { points: Point[]; prices: string } {
  const walk = new Walk(draws)
  const lines = ['ts_ms,symbol,bid,ask,last,mark,qty']
  const points: Point[] = []
  let ts = START
  for (let row = 0; row < rows; row++) {
    ts += draws.of(0, 0, 1, 500, 1000, 4000, 20_000)
    const market = draws.below(MARKETS.length)
    const { symbol } = MARKETS[market] as (typeof MARKETS)[number]
    const steps = walk.move(market)
    points.push({ ts, symbol, price: new Big(price(market, steps)), continuous: false })
    lines.push(mode === 'mid' ? `${ts},${symbol},${price(market, steps - 1)},${price(market, steps + 1)},,,` : `${ts},${symbol},,,${price(market, steps)},,`)
  }
  return { points, prices: [...lines, ''].join('\n') }
}

function candlePrices(draws: Draws, rows: number, candlePath: Scenario['candlePath']): { points: Point[]; prices: string } {
  const walk = new Walk(draws)
  const interval = draws.of(7, 1000, 60_000)
  const candles: Candle[] = []
  let ts = START
  for (let row = 0; row < rows / 4; row++) {
    ts += draws.of(0, 1, 1, 1, 3) * interval
    const market = draws.below(MARKETS.length)
    const { symbol } = MARKETS[market] as (typeof MARKETS)[number]
    const four = [walk.move(market), walk.move(market), walk.move(market), walk.move(market)] as const
    const [open, close] = [four[0], four[3]]
    candles.push({ ts, symbol, open: price(market, open), high: price(market, Math.max(...four)), low: price(market, Math.min(...four)), close: price(market, close) })
  }
  const lines = candles.map((candle) => `${candle.ts},${candle.symbol},${candle.open},${candle.high},${candle.low},${candle.close},1`)
  return { points: pathOf(candles, candlePath), prices: ['ts_ms,symbol,open,high,low,close,volume', ...lines, ''].join('\n') }
}

function signalNear(draws: Draws, { symbol, ts, price: near }: Point): ModelSignal {
  return {
    symbol,
    long: draws.next() < 0.5,
    price: near.times(draws.of('1', '1', '1.0005', '0.997')).toFixed(),
    at: ts + draws.of(0, 0, 1, 300, 2000, -40),
    tpPct: draws.of('0.5', '1', '2', '4.5', '12'),
    slPct: draws.of('0.5', '1', '1.5', '4'),
    qty: draws.of('1', '0.003', '12.5'),
    timeframeMin: draws.of(1, 1, 5),
    trailing: draws.below(4) === 0 ? null : parameters(draws),
  }
}

function parameters(draws: Draws): PolicyParams {
  const breakEven = draws.of('0', '0.25', '0.5', '1', '2', null, undefined)
  const offset = draws.of('0', '0.1', '0.25', '0.5', '1')
  const trail = draws.of('0', '0.4', '1', '2.0', '3', null, undefined)
  const candles = draws.of('1', '1', '2', '5', '0.5', null, undefined)
  const minMove = draws.of('0.3', '2', '0', null, undefined, undefined)
  const largest = new Big(breakEven ?? '1')
  const fits = breakEven === null || !new Big(offset).gt(largest)
  const distance = draws.of('0.05', '0.2', '0.5', '0.8', '1.25', '0.333', '4', undefined)
  return {
    ...(breakEven === undefined ? {} : { break_even_trigger_pct: breakEven }),
    ...(fits ? { break_even_offset_pct: offset } : {}),
    ...(trail === undefined ? {} : { trail_trigger_pct: trail }),
    ...(distance === undefined ? {} : { trail_distance_pct: distance }),
    ...(candles === undefined ? {} : { timeout_candles: candles }),
    ...(minMove === undefined ? {} : { timeout_min_move_pct: minMove }),
  }
}

/** The signal as a bot sends it. Its place keeps equal signals apart. */
const bodyOf = (signal: ModelSignal, place: number): Body => ({
  symbol: signal.symbol,
  side: signal.long ? 'long' : 'short',
  price: signal.price,
  timestamp: new Date(signal.at).toISOString(),
  strategy: `s${place}`,
  timeframe_min: signal.timeframeMin,
  tp_pct: signal.tpPct,
  sl_pct: signal.slPct,
  qty: signal.qty,
  exit_strategy: signal.trailing === null ? 'tp_sl_static' : 'tp_sl_trailing_v1',
  ...(signal.trailing === null ? {} : { exit_params: signal.trailing }),
})
