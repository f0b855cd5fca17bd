/** What an account holds and has earned, in numbers: reservations, stakes, equity, losses, days, arming. */
import { describe, expect, it } from 'vitest'
import { ACTIVE, Ledger, dayOf, type LedgerDump, type Stake } from '../../machines/ledger.ts'
import type { PositionClosed } from '../../src/domain/notices.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { aSignal, d } from '../support/builders.ts'

const DAY = 86_400_000
const NOON = 20_000 * DAY + DAY / 2
const aLedger = (): Ledger => new Ledger('lab_dev', d(1000), ACTIVE, NOON)
const marks = (prices: Readonly<Record<string, number>>) => new Map(Object.entries(prices).map(([symbol, price]) => [symbol, d(price)]))
const stake = (symbol: string, qty: number, cash: number, realised = 0): Stake => ({ symbol, qty: d(qty), cash: d(cash), realised: d(realised) })
const closed = (pnl: number, symbol = 'BTCUSDT', fees = 0): PositionClosed => ({
  type: 'position.closed', positionId: 1 as PositionId, symbol, direction: 'long', entryPrice: d(100), closePrice: d(100), qty: d(1), pnl: d(pnl), fees: d(fees), reason: 'tp', durationMs: 1,
})

describe('reservations', () => {
  const btc = aSignal({ qty: d(2) })
  const eth = aSignal({ symbol: 'ETHUSDT', direction: 'short', price: d(50), strategy: 'other' })
  const held = ({ openCount, openBySymbol, openByDirection, notional, notionalBySymbol, notionalByStrategy }: Ledger) =>
    [openCount, notional, Object.fromEntries(openBySymbol), Object.fromEntries(openByDirection), Object.fromEntries(notionalBySymbol), Object.fromEntries(notionalByStrategy)] as const

  it('add up by symbol, direction and strategy, and leave nothing behind', () => {
    const ledger = aLedger()
    for (const signal of [btc, btc, eth]) ledger.reserve(signal)
    expect(held(ledger)).toEqual([
      3, '450', { BTCUSDT: 2, ETHUSDT: 1 }, { 'long BTCUSDT': 2, 'short ETHUSDT': 1 }, { BTCUSDT: '400', ETHUSDT: '50' }, { bounce_ema10_strict: '400', other: '50' },
    ])
    ledger.release(btc)
    expect(held(ledger)).toEqual([
      2, '250', { BTCUSDT: 1, ETHUSDT: 1 }, { 'long BTCUSDT': 1, 'short ETHUSDT': 1 }, { BTCUSDT: '200', ETHUSDT: '50' }, { bounce_ema10_strict: '200', other: '50' },
    ])
    for (const signal of [eth, btc]) ledger.release(signal)
    expect(held(ledger)).toEqual([0, '0', {}, {}, {}, {}])
  })

  it.each<readonly [string, (ledger: Ledger) => void]>([
    ['none', () => undefined],
    ['one on another symbol', (ledger) => ledger.reserve(eth)],
    ['one that was released', (ledger) => (ledger.reserve(btc), ledger.release(btc))],
  ])('are released once: %s is a bug', (_, before) => {
    const ledger = aLedger()
    before(ledger)
    expect(() => ledger.release(btc)).toThrow('released once')
  })
})

describe('equity', () => {
  it('is balance and PnL of what is closed and what is open, at the marks', () => {
    const ledger = aLedger()
    ledger.restake(null, stake('BTCUSDT', 2, -200))
    ledger.restake(null, stake('ETHUSDT', -3, 150))
    expect(ledger.equity(marks({ BTCUSDT: 101, ETHUSDT: 49 }))).toBe('1005')
    ledger.bookClosed(closed(-7.5), NOON)
    expect(ledger.equity(marks({ BTCUSDT: 101, ETHUSDT: 49 }))).toBe('997.5')
  })

  it('a stake that changes replaces the one before it; a position that is gone leaves no holding', () => {
    const ledger = aLedger()
    const [whole, half] = [stake('BTCUSDT', 2, -200), stake('BTCUSDT', 1, -95, 5)]
    ledger.restake(null, whole)
    ledger.restake(whole, half)
    expect([Object.fromEntries(ledger.holdings), ledger.openRealised]).toEqual([{ BTCUSDT: { qty: '1', cash: '-95' } }, '5'])
    ledger.restake(half, null)
    expect([ledger.holdings.size, ledger.openRealised]).toEqual([0, '0'])
  })

  it('keeps what two opposite positions on a symbol cost, though their quantities are none together', () => {
    const ledger = aLedger()
    ledger.restake(null, stake('BTCUSDT', 1, -100))
    ledger.restake(null, stake('BTCUSDT', -1, 103))
    expect([ledger.holdings.size, ledger.equity(marks({ BTCUSDT: 5 }))]).toEqual([1, '1003'])
    ledger.restake(null, stake('BTCUSDT', 1, -3))
    expect([ledger.holdings.size, ledger.equity(marks({ BTCUSDT: 5 }))]).toEqual([1, '1005'])
  })
})

describe('what is closed', () => {
  it('counts with fees, time and the streak of losses; a result of nothing ends the streak', () => {
    const ledger = aLedger()
    const streaks = [-1, -2, 0, -3, 4, -5].map((pnl, index) => (ledger.bookClosed(closed(pnl, 'BTCUSDT', 0.25), NOON + index), ledger.lossStreak))
    expect(streaks.map(({ count }) => count)).toEqual([1, 2, 0, 1, 0, 1])
    expect(streaks.map(({ at }) => at - NOON)).toEqual([0, 1, 2, 3, 4, 5])
    expect(ledger).toMatchObject({ closedCount: 6, realisedPnl: '-7', fees: '1.5', closedAt: new Map([['BTCUSDT', NOON + 5]]) })
  })

  it('and fees of what is open make the loss since arming; a gain is no negative loss', () => {
    const ledger = aLedger()
    ledger.bookClosed(closed(-20), NOON)
    ledger.restake(null, stake('BTCUSDT', 1, -101, -1))
    expect(ledger.sessionLoss()).toBe('21')
    ledger.arm(NOON + 1, null, marks({ BTCUSDT: 100 }))
    expect(ledger.sessionLoss()).toBe('0')
    ledger.bookClosed(closed(-4), NOON)
    expect(ledger.sessionLoss()).toBe('4')
    ledger.bookClosed(closed(10), NOON)
    expect(ledger.sessionLoss()).toBe('0')
  })
})

describe('a UTC day', () => {
  it('begins at midnight', () => expect([20_000 * DAY - 1, 20_000 * DAY, 20_001 * DAY - 1].map(dayOf)).toEqual([19_999, 20_000, 20_000]))

  it('counts signals in all and by symbol, and starts at the equity of its beginning', () => {
    const ledger = aLedger()
    for (const symbol of ['BTCUSDT', 'BTCUSDT', 'ETHUSDT']) ledger.countSignal(symbol)
    ledger.day.reached.push('daily_loss')
    ledger.bookClosed(closed(5), NOON)
    for (const at of [NOON + DAY / 2 - 1, NOON - DAY]) ledger.rollDay(at, marks({}))
    expect(ledger.day).toEqual({ number: 20_000, startEquity: '1000', signals: 3, signalsBySymbol: new Map([['BTCUSDT', 2], ['ETHUSDT', 1]]), reached: ['daily_loss'] })
    ledger.rollDay(NOON + DAY / 2, marks({}))
    expect(ledger.day).toEqual({ number: 20_001, startEquity: '1005', signals: 0, signalsBySymbol: new Map(), reached: [] })
  })
})

describe('the peak', () => {
  it('follows equity upwards only', () => {
    const ledger = aLedger()
    ledger.restake(null, stake('BTCUSDT', 1, -100))
    expect([99, 110, 105].map((price) => (ledger.notePeak(marks({ BTCUSDT: price })), ledger.peakEquity))).toEqual(['1000', '1010', '1010'])
  })
})

describe('arming', () => {
  const lost = (): Ledger => {
    const ledger = aLedger()
    ledger.bookClosed(closed(-100), NOON)
    ledger.restake(null, stake('BTCUSDT', 1, -101, -1))
    ledger.countSignal('BTCUSDT')
    ledger.day.reached.push('drawdown')
    return ledger
  }

  it.each([
    ['by our own book', null, '1000', '899', '910'],
    ['by the venue\'s word', d(950), '1051', '950', '961'],
  ])('%s: session, peak, day and streak begin anew', (_, balance, start, armed, equity) => {
    const ledger = lost()
    ledger.arm(NOON + 9, balance, marks({ BTCUSDT: 111 }))
    expect(ledger).toMatchObject({ startBalance: start, armed: { at: NOON + 9, balance: armed, realised: '-101' }, peakEquity: equity, lossStreak: { count: 0, at: NOON + 9 } })
    // The signals of the day were judged all the same.
    expect(ledger.day).toMatchObject({ number: 20_000, startEquity: equity, signals: 1, reached: [] })
    expect(ledger.sessionLoss()).toBe('0')
  })

  it.each([['halted', 'active'], ['paused', 'paused'], ['active', 'active']] as const)('leaves an account that was %s %s', (state, after) => {
    const ledger = lost()
    ledger.trading = state === 'active' ? ACTIVE : { state, reason: 'because' }
    ledger.arm(NOON, null, marks({ BTCUSDT: 100 }))
    expect(ledger.trading.state).toBe(after)
  })
})

describe('a checkpoint', () => {
  it('holds all of it, in one order whatever the order of events', () => {
    const symbols = ['SOLUSDT', 'BTCUSDT', 'ETHUSDT']
    const live = (order: readonly string[]): Ledger => {
      const ledger = aLedger()
      for (const symbol of order) {
        ledger.reserve(aSignal({ symbol, strategy: `of ${symbol}` }))
        ledger.restake(null, stake(symbol, 1, -100, -0.5))
        ledger.countSignal(symbol)
        ledger.bookClosed(closed(-2, symbol, 0.1), NOON)
      }
      ledger.cancelledCount = 2
      ledger.notePeak(marks({ BTCUSDT: 500, ETHUSDT: 500, SOLUSDT: 500 }))
      ledger.day.reached.push('daily_loss')
      return ledger
    }
    const dump = live(symbols).dump()
    expect(dump).toEqual(live([...symbols].reverse()).dump())
    expect([dump.openBySymbol, dump.closedAt, dump.day.signalsBySymbol].map((pairs) => pairs.map(([symbol]) => symbol))).toEqual([[...symbols].sort(), [...symbols].sort(), [...symbols].sort()])
    const restored = Ledger.restore(JSON.parse(JSON.stringify(dump)) as LedgerDump)
    expect(restored.dump()).toEqual(dump)
    for (const ledger of [restored]) {
      ledger.day.reached.push('drawdown')
      ledger.release(aSignal({ symbol: 'BTCUSDT', strategy: 'of BTCUSDT' }))
    }
    // What goes on afterwards does not reach into the checkpoint.
    expect(dump.day.reached).toEqual(['daily_loss'])
    expect(restored.dump().openCount).toBe(2)
  })
})
