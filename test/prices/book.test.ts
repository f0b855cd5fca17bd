import { describe, expect, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import type { PriceLane, PriceQuote } from '../../src/domain/quote.ts'
import { createBook } from '../../src/prices/book.ts'
import type { Crossing, LevelWatch, PriceBook, TrailWatch } from '../../src/prices/watch.ts'

const id = (value: number): PositionId => value as PositionId
const quote = (fields: Partial<PriceQuote>): PriceQuote => ({
  symbol: 'BTCUSDT', ts: 1, bid: NaN, ask: NaN, last: NaN, mark: NaN, source: 'test', path: 'point', ...fields,
})
const last = (price: number): PriceQuote => quote({ last: price })
const below = (level: string, rest: Partial<LevelWatch> = {}): LevelWatch => ({
  kind: 'level', key: 'stop', class: 'stop', lane: 'last', when: 'at-or-below', level: decimal(level), ...rest,
})
const above = (level: string, rest: Partial<LevelWatch> = {}): LevelWatch => ({
  kind: 'level', key: 'target', class: 'target', lane: 'last', when: 'at-or-above', level: decimal(level), ...rest,
})
const trail = (distance: string, peak: string, rest: Partial<TrailWatch> = {}): TrailWatch => ({
  kind: 'trail', key: 'trail', class: 'stop', lane: 'last', direction: 'long', distancePct: decimal(distance), peak: decimal(peak), ...rest,
})
const start = (price: string) => ({ high: decimal(price), low: decimal(price) })

/** A Book that notes every crossing as `position key @price =level`; `react` answers it. */
function noted(react: (book: PriceBook, crossing: Crossing) => void = () => {}) {
  const crossings: Crossing[] = []
  const book: PriceBook = createBook('BTCUSDT', (crossing) => {
    crossings.push(crossing)
    react(book, crossing)
  })
  const fired = (): string[] => crossings.splice(0).map(({ positionId, watch, price, level }) => `${positionId} ${watch.key} @${price} =${level}`)
  return { book, crossings, fired }
}

describe('levels', () => {
  it.each([
    ['at or below fires on an exact touch', below('98.5'), 98.5, true],
    ['at or below does not fire one tick above', below('98.5'), 98.50000000000001, false],
    ['at or above fires on an exact touch', above('104.5'), 104.5, true],
    ['at or above does not fire one tick below', above('104.5'), 104.49999999999999, false],
    ['at or above fires far beyond', above('104.5'), 1e9, true],
    ['a level of more digits than a double has, just above the price, is not reached', above('104.50000000000000000001'), 104.5, false],
    ['a level of more digits than a double has, just below the price, is reached', above('104.49999999999999999999'), 104.5, true],
    ['the same downwards: just below is not reached', below('98.49999999999999999999'), 98.5, false],
    ['the same downwards: just above is reached', below('98.50000000000000000001'), 98.5, true],
  ])('%s', (_, watch, price, fires) => {
    const { book, fired } = noted()
    book.set(id(1), watch)
    book.quote(last(price))
    expect(fired()).toHaveLength(fires ? 1 : 0)
    expect(book.size().watches).toBe(fires ? 0 : 1)
  })

  it('a level within the slack that is not reached stays armed, and fires when it is', () => {
    const { book, fired } = noted()
    book.set(id(1), above('104.50000000000000000001'))
    for (let repeat = 0; repeat < 3; repeat++) book.quote(last(104.5))
    expect(fired()).toEqual([])
    book.quote(last(104.51))
    expect(fired()).toEqual(['1 target @104.51 =104.50000000000000000001'])
  })

  it('fires once, then is gone', () => {
    const { book, fired } = noted()
    book.set(id(1), above('104.5'))
    book.quote(last(105))
    book.quote(last(105))
    expect(fired()).toEqual(['1 target @105 =104.5'])
  })

  it('a level already passed when set fires at the next quote, whatever lane that quote moves', () => {
    const { book, fired } = noted()
    book.quote(quote({ last: 105, bid: 1, ask: 2 }))
    book.set(id(1), above('104.5'))
    expect(fired()).toEqual([])
    book.quote(quote({ last: 105, bid: 1, ask: 3 }))
    expect(fired()).toEqual(['1 target @105 =104.5'])
  })

  it('stop, target and policy of every position fire in order of id, class and key', () => {
    const { book, fired } = noted()
    for (const position of [12, 2]) {
      book.set(id(position), above('100', { key: 'z', class: 'policy' }))
      book.set(id(position), above('101', { key: 'b', class: 'target' }))
      book.set(id(position), above('99', { key: 'a', class: 'policy' }))
      book.set(id(position), above('103', { key: 'c', class: 'stop' }))
    }
    book.quote(last(110))
    expect(fired().map((line) => line.split(' @')[0])).toEqual(['2 c', '2 b', '2 a', '2 z', '12 c', '12 b', '12 a', '12 z'])
  })

  it('tells the lane’s price of the quote before, null at the first quote, and a quote that is its own value', () => {
    const { book, crossings } = noted()
    const reused = { ...last(100) }
    book.set(id(1), above('100', { key: 'first' }))
    book.set(id(1), above('104.5'))
    book.quote(reused)
    reused.last = 105.1
    book.quote(reused)
    reused.last = 7
    expect(crossings.map(({ previousPrice, quote }) => [previousPrice, quote.last])).toEqual([[null, 100], ['100', 105.1]])
  })
})

describe('lanes', () => {
  const lanes: [PriceLane, string][] = [['last', '103'], ['mark', '104'], ['mid', '101.5'], ['bid', '101'], ['ask', '102'], ['trigger', '104']]
  it.each(lanes)('%s sees %s', (lane, price) => {
    const { book, fired } = noted()
    book.set(id(1), above('1', { lane }))
    book.quote(quote({ bid: 101, ask: 102, last: 103, mark: 104 }))
    expect(fired()).toEqual([`1 target @${price} =1`])
  })

  it('trigger is last where the quote has no mark', () => {
    const { book, fired } = noted()
    book.set(id(1), above('103', { lane: 'trigger' }))
    book.quote(last(103))
    expect(fired()).toEqual(['1 target @103 =103'])
  })

  it('mid is exact where its double is not', () => {
    const { book, fired } = noted()
    book.set(id(1), above('0.15', { lane: 'mid' }))
    book.set(id(2), below('0.15', { lane: 'mid' }))
    book.follow(id(3), 'mid', start('0.15'))
    book.quote(quote({ bid: 0.1, ask: 0.2 }))
    expect((0.1 + 0.2) / 2).not.toBe(0.15)
    expect(fired()).toEqual(['1 target @0.15 =0.15', '2 stop @0.15 =0.15'])
    expect(book.extremes(id(3))).toEqual(start('0.15'))
  })

  it.each([NaN, 0, -1, Infinity])('a lane whose price is %s is skipped', (price) => {
    const { book, fired } = noted()
    book.set(id(1), below('98.5'))
    book.set(id(1), above('104.5'))
    book.follow(id(1), 'last', start('100'))
    book.quote(quote({ last: price, mark: 100 }))
    expect(fired()).toEqual([])
    expect(book.extremes(id(1))).toEqual(start('100'))
  })
})

describe('trails', () => {
  it.each([
    ['long: best·(1-d/100), inclusive', trail('0.8', '100'), [110, 109.13], [109.12], '109.12'],
    ['short: best·(1+d/100), inclusive', trail('0.8', '100', { direction: 'short' }), [90, 90.71], [90.72], '90.72'],
    ['starts at its peak, not at the first quote', trail('1', '100'), [99.01], [99], '99'],
    ['many digits', trail('0.333333333333333333', '100'), [99.66666666666667], [99.66], '99.666666666666666667'],
    ['a stop near zero, where 1-d/100 has lost its digits', trail('99.99991', '100'), [0.0000901], [0.00009], '0.00009'],
    ['many digits between two doubles', trail('33.333333333333333333', '100'), [66.66666666666667], [66.66666666666666], '66.666666666666666667'],
  ])('%s', (_, watch, quiet, firing, level) => {
    const { book, fired } = noted()
    book.set(id(1), watch)
    for (const price of quiet) book.quote(last(price))
    expect(fired()).toEqual([])
    for (const price of firing) book.quote(last(price))
    expect(fired()).toEqual([`1 trail @${firing.at(-1)} =${level}`])
  })

  it('the price that makes a new best never fires, the next one may', () => {
    const { book, fired } = noted()
    book.set(id(1), trail('0', '100'))
    book.quote(last(101))
    expect(fired()).toEqual([])
    book.quote(last(101))
    expect(fired()).toEqual(['1 trail @101 =101'])
  })

  it('newcomers with peaks above and below the others fire each at their own stop', () => {
    const { book, fired } = noted()
    book.set(id(1), trail('1', '100'))
    book.set(id(2), trail('1', '120'))
    book.set(id(3), trail('5', '90'))
    book.set(id(4), trail('2', '120'))
    book.quote(last(119))
    book.quote(last(118.8))
    expect(fired()).toEqual(['2 trail @118.8 =118.8'])
    book.quote(last(117.6))
    expect(fired()).toEqual(['1 trail @117.6 =117.81', '4 trail @117.6 =117.6'])
    book.quote(last(113.05))
    expect(fired()).toEqual(['3 trail @113.05 =113.05'])
  })

  it('a trail set again word for word keeps the best price it has reached; with another peak it starts there', () => {
    const { book, fired } = noted()
    book.set(id(1), trail('1', '100'))
    book.set(id(2), trail('1', '100'))
    book.quote(last(110))
    book.set(id(1), trail('1', '100'))
    book.set(id(2), trail('1', '101'))
    book.quote(last(108.9))
    expect(fired()).toEqual(['1 trail @108.9 =108.9'])
    expect(book.size().watches).toBe(1)
  })

  it.each([[1, 2], [2, 1]])('distances that are one double but two decimals are told apart (set in order %i, %i)', (...order) => {
    const { book, fired } = noted()
    for (const position of order) book.set(id(position), trail(position === 1 ? '2' : '2.00000000000000000001', '100'))
    book.quote(last(98))
    expect(fired()).toEqual(['1 trail @98 =98'])
  })

  it('peaks that are neighbouring doubles stay apart', () => {
    const { book } = noted()
    const peaks = ['100', '100.00000000000001', '100.00000000000003']
    peaks.forEach((peak, index) => book.follow(id(index), 'last', start(peak)))
    book.quote(last(100.00000000000001))
    expect(peaks.map((_, index) => book.extremes(id(index))?.high)).toEqual([peaks[1], peaks[1], peaks[2]])
  })

  it('a removed trail neither fires nor hides a wider one', () => {
    const { book, fired } = noted()
    book.set(id(1), trail('1', '100'))
    book.set(id(2), trail('2', '100'))
    book.remove(id(1), 'trail')
    book.quote(last(98))
    expect(fired()).toEqual(['2 trail @98 =98'])
  })
})

describe('high and low', () => {
  it.each([['0.3', 0.30000000000000004, 0.29999999999999993], ['100', 100.00000000000001, 99.99999999999999], ['64', 64.00000000000001, 63.99999999999999], ['77777.77', 77777.77000000002, 77777.76999999999]])(
    'of %s: a market that stands there moves neither, the next double either way does',
    (price, higher, lower) => {
      const { book } = noted()
      book.follow(id(1), 'last', start(price))
      const seen = (next: number) => (book.quote(last(next)), book.extremes(id(1)))
      expect(seen(Number(price))).toEqual({ high: price, low: price })
      expect(seen(higher)).toEqual({ high: String(higher), low: price })
      expect(seen(higher)).toEqual({ high: String(higher), low: price })
      expect(seen(lower)).toEqual({ high: String(higher), low: String(lower) })
      expect(seen(Number(price))).toEqual({ high: String(higher), low: String(lower) })
    },
  )

  it('of a decimal between two doubles, beside one that is a double: each is bettered by what is better', () => {
    const { book } = noted()
    const [below, above] = ['99.99999999999999999999', '100.00000000000000000001']
    for (const [position, price] of [['1', '100'], ['2', below], ['3', above], ['4', '100']] as const) book.follow(id(Number(position)), 'last', start(price))
    book.quote(last(100))
    expect([1, 2, 3, 4].map((position) => book.extremes(id(position)))).toEqual([
      { high: '100', low: '100' }, { high: '100', low: below }, { high: above, low: '100' }, { high: '100', low: '100' },
    ])
  })

  it('are exact from the start values on and include the price that crossed', () => {
    const seen: unknown[] = []
    const { book } = noted((own, { positionId }) => seen.push(own.extremes(positionId)))
    book.set(id(1), above('104.5'))
    book.follow(id(1), 'last', start('33.333333333333333333'))
    expect(book.extremes(id(1))).toEqual(start('33.333333333333333333'))
    book.quote(last(33.3))
    book.quote(last(105.1))
    expect(seen).toEqual([{ high: '105.1', low: '33.3' }])
    expect(book.extremes(id(2))).toBeUndefined()
  })

  it('belong to each position since its own start', () => {
    const { book } = noted()
    for (const [position, price] of [[1, 100], [2, 120], [3, 90], [4, 101]] as const) {
      book.follow(id(position), 'last', start(String(price)))
      book.quote(last(price))
    }
    expect([1, 2, 3, 4].map((position) => book.extremes(id(position)))).toEqual([
      { high: '120', low: '90' }, { high: '120', low: '90' }, { high: '101', low: '90' }, start('101'),
    ])
    book.unfollow(id(2))
    expect(book.extremes(id(2))).toBeUndefined()
    expect(book.size()).toEqual({ watches: 0, followed: 3 })
  })
})

describe('changes while a quote is reported', () => {
  it('what is removed before its turn does not fire', () => {
    const { book, fired } = noted((own, { positionId }) => own.remove(positionId === 1 ? id(2) : id(1), 'stop'))
    book.set(id(1), below('98.5'))
    book.set(id(2), below('98.5'))
    book.quote(last(98))
    expect(fired()).toEqual(['1 stop @98 =98.5'])
    expect(book.size().watches).toBe(0)
  })

  it('what is set is first compared with the next quote', () => {
    const { book, fired } = noted((own, { watch }) => watch.key === 'target' && own.set(id(1), above('101', { key: 'second', class: 'policy' })))
    book.set(id(1), above('100'))
    book.quote(last(105))
    expect(fired()).toEqual(['1 target @105 =100'])
    book.quote(last(105))
    expect(fired()).toEqual(['1 second @105 =101'])
  })

  it('what is replaced before its turn waits for the next quote; what is set again word for word still fires', () => {
    const { book, fired } = noted((own, { positionId }) => {
      if (positionId !== 1) return
      own.set(id(2), below('98.6'))
      own.set(id(3), below('98.5'))
    })
    for (const position of [1, 2, 3]) book.set(id(position), below('98.5'))
    book.quote(last(98))
    expect(fired()).toEqual(['1 stop @98 =98.5', '3 stop @98 =98.5'])
    book.quote(last(98))
    expect(fired()).toEqual(['2 stop @98 =98.6'])
  })

  it('a handler that throws leaves the watches whose turn has not come armed', () => {
    const { book, fired } = noted((_, { positionId }) => {
      if (positionId === 1) throw new Error('bug')
    })
    for (const position of [1, 2]) book.set(id(position), below('98.5'))
    expect(() => book.quote(last(98))).toThrow('bug')
    book.quote(last(98))
    expect(fired()).toEqual(['1 stop @98 =98.5', '2 stop @98 =98.5'])
  })
})

describe('evaluate', () => {
  it('compares one position with the last quote as if it came now', () => {
    const { book, fired } = noted()
    book.evaluate(id(1))
    book.quote(last(98))
    for (const position of [1, 2]) {
      book.set(id(position), above('97'))
      book.set(id(position), below('98.5'))
    }
    book.follow(id(1), 'last', start('100'))
    book.evaluate(id(1))
    expect(fired()).toEqual(['1 stop @98 =98.5', '1 target @98 =97'])
    expect(book.extremes(id(1))).toEqual({ high: '100', low: '98' })
    expect(book.size().watches).toBe(2)
  })

  it('the last price betters a trail of that position only', () => {
    const { book, fired } = noted()
    book.quote(last(110))
    for (const position of [1, 2]) book.set(id(position), trail('1', '100'))
    book.evaluate(id(1))
    book.quote(last(108.9))
    expect(fired()).toEqual(['1 trail @108.9 =108.9'])
  })
})

it('lastQuote is the last quote, as a value of its own', () => {
  const { book } = noted()
  expect(book.lastQuote).toBeNull()
  const reused = { ...last(100) }
  book.quote(reused)
  reused.last = 1
  expect(book.lastQuote).toEqual(quote({ last: 100 }))
})
