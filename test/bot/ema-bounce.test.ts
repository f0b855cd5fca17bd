import { describe, expect, it } from 'vitest'
import { bounce, CandleBuilder, EmaBounce, type Candle } from '../../scripts/bot/ema-bounce.ts'

describe('candles', () => {
  it('are closed by the first price of a later one', () => {
    const builder = new CandleBuilder(5_000)
    for (const [at, price] of [[10_000, 100], [12_000, 103], [13_000, 99], [14_999, 101]] as const) expect(builder.add(at, price)).toBeUndefined()
    expect(builder.add(21_000, 102)).toEqual({ start: 10_000, open: 100, high: 103, low: 99, close: 101 })
    expect(builder.add(25_000, 105)).toEqual({ start: 20_000, open: 102, high: 102, low: 102, close: 102 })
  })

  it('never go back for a late price', () => {
    const builder = new CandleBuilder(5_000)
    builder.add(10_000, 100)
    expect(builder.add(9_000, 90)).toBeUndefined()
    expect(builder.add(15_000, 100)).toMatchObject({ start: 10_000, low: 90, close: 90 })
  })
})

const candle = (open: number, high: number, low: number, close: number): Candle => ({ start: 0, open, high, low, close })

describe('a bounce on an average of 100', () => {
  it.each([
    ['from above: touched and closed higher', candle(101, 103, 100, 102), 101, 'long'],
    ['from below: touched and closed lower', candle(99, 100, 97, 98), 99, 'short'],
    ['near enough with 0.1 percent', candle(101, 103, 100.1, 102), 101, 'long'],
    ['not touched', candle(101, 103, 100.2, 102), 101, undefined],
    ['came from below', candle(101, 103, 100, 102), 99, undefined],
    ['went through', candle(101, 101, 98, 99), 101, undefined],
    ['closed on the average', candle(99, 101, 99, 100), 101, undefined],
    ['closed lower than it opened', candle(102, 103, 100, 101), 101, undefined],
  ])('%s', (_, given, previousClose, side) => expect(bounce(given, 100, previousClose, 0.1)).toBe(side))
})

describe('the average', () => {
  it('begins with the plain average and then follows with 2 / (period + 1)', () => {
    const strategy = new EmaBounce(3)
    const seen = [10, 20, 30, 40].map((close) => (strategy.next(candle(close, close, close, close)), strategy.ema))
    expect(seen).toEqual([undefined, undefined, 20, 30])
  })

  it('is the one before the candle that is judged', () => {
    const strategy = new EmaBounce(2)
    for (const close of [100, 100, 106]) strategy.next(candle(close, close, close, close))
    expect(strategy.ema).toBeCloseTo(104)
    expect(strategy.next(candle(105, 108, 103.9, 107))).toBe('long')
  })
})
