/** At which price a paper order fills, as tables (SPEC B-1, X-4b). */
import { describe, expect, it } from 'vitest'
import { exchangePricing, simPricing, type PaperTrigger } from '../../src/brokers/paper-prices.ts'
import type { PriceQuote } from '../../src/domain/quote.ts'
import { d } from '../support/builders.ts'

const quote = (changes: Partial<PriceQuote> = {}): PriceQuote => ({ symbol: 'BTCUSDT', ts: 0, bid: 99.9, ask: 100.1, last: 100, mark: 100, source: 'test', path: 'point', ...changes })
const seen = (price: number, pathStart: number | null = null, trailedTo: number | null = null): PaperTrigger => ({
  quote: quote({ last: price, bid: price - 0.1, ask: price + 0.1 }),
  price: d(price),
  pathStart: pathStart === null ? null : d(pathStart),
  trailedTo: trailedTo === null ? null : d(trailedTo),
  extremes: null,
})
const stop = { role: 'stop-loss', side: 'sell', qty: d(2), price: d('98.5') } as const
const target = { role: 'take-profit', side: 'sell', qty: d(2), price: d('104.5') } as const

describe('paper-sim', () => {
  const pricing = simPricing('last')
  it.each([
    ['an entry at the signal price, whatever the market', pricing.entry({ side: 'buy', qty: d(1), price: d(100) }, quote({ last: 93 })), '100'],
    ['a stop at the price seen', pricing.resting(stop, seen(97)), '97'],
    ['a stop on a continuous path at its level', pricing.resting(stop, seen(97, 99)), '98.5'],
    ['a stop that the path began beyond at the begin', pricing.resting(stop, seen(97, 98)), '98'],
    ['a target at the price seen', pricing.resting(target, seen(106)), '106'],
    ['a target on a continuous path at its level', pricing.resting(target, seen(106, 104)), '104.5'],
    ['a trailed stop where it had been trailed to', pricing.resting(stop, seen(100, 103, 101.2)), '101.2'],
    ['a close at the last price', pricing.close({ side: 'sell', qty: d(1) }, quote({ last: 101 }), d(100)), '101'],
    ['a close without any price at the entry price', pricing.close({ side: 'sell', qty: d(1) }, null, d(100)), '100'],
  ])('fills %s, free of fees', (_what, fill, price) => {
    expect(fill).toMatchObject({ price, fee: '0' })
  })
})

describe('exchange-paper', () => {
  const pricing = exchangePricing('last', { takerFeePct: d('0.06'), makerFeePct: d('0.02'), slippageBps: d(10) })
  it.each([
    ['a long entry at the ask, slipped up, taker', pricing.entry({ side: 'buy', qty: d(2), price: d(95) }, quote()), { price: '100.2001', fee: '0.12024012', liquidity: 'taker' }],
    ['a short entry at the bid, slipped down', pricing.entry({ side: 'sell', qty: d(1), price: d(95) }, quote()), { price: '99.8001', liquidity: 'taker' }],
    ['a stop at the bid', pricing.resting(stop, seen(98)), { price: '97.8021', liquidity: 'taker' }],
    ['a stop inside a candle at its level, slipped', pricing.resting(stop, seen(97, 99)), { price: '98.4015', liquidity: 'taker' }],
    ['a target at its own price, maker', pricing.resting(target, seen(106)), { price: '104.5', fee: '0.0418', liquidity: 'maker' }],
    ['a close at the bid', pricing.close({ side: 'sell', qty: d(1) }, quote(), d(100)), { price: '99.8001', liquidity: 'taker' }],
  ])('fills %s', (_what, fill, expected) => {
    expect(fill).toMatchObject(expected)
  })

  it('lets an entry wait where no quote has its side of the book', () => {
    expect(pricing.entry({ side: 'buy', qty: d(1), price: d(95) }, quote({ ask: NaN }))).toBeNull()
    expect(pricing.entry({ side: 'buy', qty: d(1), price: d(95) }, null)).toBeNull()
  })

  it('triggers stops on the mark price, targets on the deciding price', () => {
    expect([pricing.lane('stop-loss'), pricing.lane('take-profit')]).toEqual(['trigger', 'last'])
  })
})
