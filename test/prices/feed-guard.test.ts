import { describe, expect, it } from 'vitest'
import type { PriceQuote } from '../../src/domain/quote.ts'
import { DEFAULT_OUTLIER_LIMITS, FeedGuard } from '../../src/prices/feed-guard.ts'

const NOW = 1_000_000
const limits = { staleAfterMs: 10_000, ...DEFAULT_OUTLIER_LIMITS }
const quote = (fields: Partial<PriceQuote> = {}): PriceQuote => ({ symbol: 'A', ts: NOW, bid: 99, ask: 101, last: 100, mark: 100, source: 'test', path: 'point', ...fields })
const one = (price: number, fields: Partial<PriceQuote> = {}): PriceQuote => quote({ bid: price, ask: price, last: price, mark: price, ...fields })

describe('a single quote', () => {
  it.each<[string, Partial<PriceQuote>, string | null]>([
    ['complete', {}, null],
    ['with fields missing', { bid: NaN, ask: NaN, mark: NaN }, null],
    ['bid equal to ask', { bid: 100, ask: 100 }, null],
    ['bid without ask', { bid: 102, ask: NaN }, null],
    ['without any field', { bid: NaN, ask: NaN, last: NaN, mark: NaN }, 'non_finite'],
    ['infinite', { last: Infinity }, 'non_finite'],
    ['without a time', { ts: NaN }, 'non_finite'],
    ['zero', { mark: 0 }, 'non_positive'],
    ['negative', { bid: -1 }, 'non_positive'],
    ['crossed', { bid: 101.1 }, 'crossed'],
    ['just not stale', { ts: NOW - 10_000 }, null],
    ['stale', { ts: NOW - 10_001 }, 'stale'],
    ['just not from the future', { ts: NOW + 10_000 }, null],
    ['from the future', { ts: NOW + 10_001 }, 'future'],
    ['one field far from the others', { last: 0.06 }, 'outlier'],
  ])('%s', (_, fields, reason) => {
    const guard = new FeedGuard(limits)
    expect(guard.check(quote(fields), NOW)?.reason ?? null).toBe(reason)
    expect(Object.values(guard.dropped).reduce((total, count) => total + count, 0)).toBe(reason ? 1 : 0)
    if (reason) expect(guard.dropped).toMatchObject({ [reason]: 1 })
  })
})

describe('a row of quotes', () => {
  /** Each quote with what becomes of it. */
  const expectVerdicts = (rows: readonly (readonly [PriceQuote, string | null])[]): void => {
    const guard = new FeedGuard(limits)
    expect(rows.map(([each]) => guard.check(each, NOW)?.reason ?? null)).toEqual(rows.map(([, reason]) => reason))
  }

  it('never goes backwards in time, per symbol', () => {
    expectVerdicts([
      [one(100, { ts: NOW - 5 }), null],
      [one(100, { ts: NOW - 5 }), null],
      [one(100, { ts: NOW - 6 }), 'backwards'],
      [one(100, { ts: NOW - 9, symbol: 'B' }), null],
      [one(100, { ts: NOW - 4 }), null],
    ])
  })

  it('goes on behind a bad print, as the 4 h candles of 2017-04-15 have one', () => {
    expectVerdicts([
      [one(1182.99), null],
      [one(0.06), 'outlier'],
      [one(1186.6), null],
      [one(0.06), 'outlier'],
      [one(1178.85), null],
    ])
  })

  it('holds back what is five times away, until two more quotes agree with it', () => {
    expectVerdicts([
      [one(100), null],
      [one(20.1), null],
      [one(100.4), null],
      [one(502), 'outlier'],
      [one(510), 'outlier'],
      [one(490), null],
      [one(495), null],
    ])
  })

  it('is not confirmed by another outlier', () => {
    expectVerdicts([
      [one(100), null],
      [one(10), 'outlier'],
      [one(1000), 'outlier'],
      [one(10), 'outlier'],
      [one(11), 'outlier'],
      [one(12), null],
    ])
  })

  it('does not take a print for confirmed because it stays in `last`', () => {
    expectVerdicts([
      [quote(), null],
      [quote({ last: 0.06 }), 'outlier'],
      [quote({ last: 0.06, bid: 99.5 }), 'outlier'],
      [quote({ last: 0.06, bid: 99.6 }), 'outlier'],
      [quote({ last: 99.6, bid: 99.6 }), null],
    ])
  })

  it('starts anew for a symbol that was forgotten', () => {
    const guard = new FeedGuard(limits)
    expect(guard.check(one(100), NOW)).toBeNull()
    guard.forget('A')
    expect(guard.check(one(1), NOW)).toBeNull()
  })
})

it('says what is wrong as a typed error', () => {
  const guard = new FeedGuard(limits)
  const errors = [quote({ bid: 102 }), quote({ ts: NOW - 12_000 }), quote(), one(0.06), quote({ last: 1000 })].map((each) => guard.check(each, NOW)?.error ?? null)
  expect(errors).toEqual([
    { code: 'bad_data', symbol: 'A', message: 'A: bid 102 is above ask 101; quote dropped', retryInMs: null },
    { code: 'stale', symbol: 'A', message: "A: the quote is 12000 ms old; quote dropped (if all are, check this host's clock)", retryInMs: null },
    null,
    {
      code: 'bad_data',
      symbol: 'A',
      message: 'A: 1683.3 times away from the last quote (bid 0.06, ask 0.06, last 0.06, mark 0.06); held back until the next quotes confirm it',
      retryInMs: null,
    },
    { code: 'bad_data', symbol: 'A', message: 'A: its own prices differ 10.1 times (bid 99, ask 101, last 1000, mark 100); quote dropped', retryInMs: null },
  ])
})
