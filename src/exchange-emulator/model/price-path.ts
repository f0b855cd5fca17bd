/** Invented prices of one symbol: a random walk with jumps, and wicks of the last price that the mark price does not follow. */
import { compare, decimal, floorToStep, type Decimal } from '../../domain/decimal.ts'
import type { QuoteInput } from './exchange-model.ts'
import type { Instrument } from './instrument.ts'

/** Fractions of the price; chances per step. */
export type PathShape = {
  /** Standard deviation of one step. */
  readonly volatility: number
  readonly jumpChance: number
  readonly jumpSize: number
  /** How likely the last price shoots away and back within one step. */
  readonly wickChance: number
  readonly wickSize: number
  /** How much of its distance to the last price the mark price makes up for in one step. */
  readonly markPull: number
}

export const USUAL_PATH: PathShape = { volatility: 0.0003, jumpChance: 0.002, jumpSize: 0.01, wickChance: 0.005, wickSize: 0.008, markPull: 0.3 }

/** A draw from the normal distribution (Box and Muller's transform). */
const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
const sign = (random: () => number): number => (random() < 0.5 ? -1 : 1)

/** Each call gives the next prices, the same for the same draws. */
export function pricePath(instrument: Instrument, start: Decimal, random: () => number, shape: PathShape = USUAL_PATH): () => Required<QuoteInput> {
  const { tick } = instrument
  const onGrid = (price: number): Decimal => {
    const rounded = floorToStep(decimal(Number(price.toFixed(12))), tick)
    return compare(rounded, tick) < 0 ? tick : rounded
  }
  let fair = Number(start)
  let mark = fair
  return () => {
    fair *= Math.exp(shape.volatility * normal(random))
    if (random() < shape.jumpChance) fair *= 1 + sign(random) * shape.jumpSize
    const wick = random() < shape.wickChance ? 1 + sign(random) * shape.wickSize : 1
    mark += (fair - mark) * shape.markPull
    const last = fair * wick
    const step = Number(tick)
    return { last: onGrid(last), bid: onGrid(last - step), ask: onGrid(last + step), mark: onGrid(mark) }
  }
}
