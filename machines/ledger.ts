/**
 * What an account holds and has earned: plain state, folded by the same facts as the machines. One ledger per account
 * label; limits and the trading state are per account.
 */
import { assert } from '../src/domain/assert.ts'
import { ZERO, add, greater, maximum, multiply, subtract, type Decimal } from '../src/domain/decimal.ts'
import type { PositionClosed, TradingStateName } from '../src/domain/notices.ts'
import type { Signal } from '../src/domain/signal.ts'
import { directionKey, type AccountHistory, type Exposure, type RiskScope } from '../src/risk/risk-check.ts'

export type TradingState = { readonly state: 'active'; readonly reason: null } | { readonly state: Exclude<TradingStateName, 'active'>; readonly reason: string }

export const ACTIVE: TradingState = { state: 'active', reason: null }

/** Milliseconds of a UTC day. */
const DAY_MS = 86_400_000
export const dayOf = (at: number): number => Math.floor(at / DAY_MS)

/**
 * What an open position adds to its account: `qty` (negative for a short) is worth the mark, `cash` is what its fills, fees
 * and funding have brought and cost, `realised` the PnL of the part that is closed already, fees and funding included.
 */
export type Stake = { readonly symbol: string; readonly qty: Decimal; readonly cash: Decimal; readonly realised: Decimal }

type Holding = { readonly qty: Decimal; readonly cash: Decimal }
type Day = { readonly number: number; readonly startEquity: Decimal; signals: number; readonly signalsBySymbol: Map<string, number>; readonly reached: RiskScope[] }
/** When the kill switch was armed last, and what the account held and had earned then. */
type Armed = { readonly at: number; readonly balance: Decimal; readonly realised: Decimal }

type Pairs<T> = readonly (readonly [string, T])[]
export type LedgerDump = {
  readonly accountLabel: string
  readonly startBalance: Decimal
  readonly trading: TradingState
  readonly armed: Armed
  readonly openCount: number
  readonly openBySymbol: Pairs<number>
  readonly openByDirection: Pairs<number>
  readonly notional: Decimal
  readonly notionalBySymbol: Pairs<Decimal>
  readonly notionalByStrategy: Pairs<Decimal>
  readonly holdings: Pairs<Holding>
  readonly openRealised: Decimal
  readonly day: Omit<Day, 'signalsBySymbol'> & { readonly signalsBySymbol: Pairs<number> }
  readonly peakEquity: Decimal
  readonly closedAt: Pairs<number>
  readonly lossStreak: { readonly count: number; readonly at: number }
  readonly closedCount: number
  readonly cancelledCount: number
  readonly realisedPnl: Decimal
  readonly fees: Decimal
}

export class Ledger implements Exposure, AccountHistory {
  readonly accountLabel: string
  startBalance: Decimal
  trading: TradingState
  armed: Armed
  openCount = 0
  readonly openBySymbol = new Map<string, number>()
  readonly openByDirection = new Map<string, number>()
  notional: Decimal = ZERO
  readonly notionalBySymbol = new Map<string, Decimal>()
  readonly notionalByStrategy = new Map<string, Decimal>()
  /** What open positions add, by symbol. */
  readonly holdings = new Map<string, Holding>()
  openRealised: Decimal = ZERO
  day: Day
  peakEquity: Decimal
  readonly closedAt = new Map<string, number>()
  lossStreak = { count: 0, at: 0 }
  closedCount = 0
  cancelledCount = 0
  realisedPnl: Decimal = ZERO
  fees: Decimal = ZERO

  constructor(accountLabel: string, startBalance: Decimal, trading: TradingState, at: number) {
    this.accountLabel = accountLabel
    this.trading = trading
    this.startBalance = startBalance
    this.armed = { at, balance: startBalance, realised: ZERO }
    this.peakEquity = startBalance
    this.day = { number: dayOf(at), startEquity: startBalance, signals: 0, signalsBySymbol: new Map(), reached: [] }
  }

  /** Counts an approved signal from its approval on; released by `release` on a proven terminal outcome only. */
  reserve(signal: Signal): void {
    const notional = multiply(signal.price, signal.qty)
    const direction = directionKey(signal.symbol, signal.direction)
    this.openCount += 1
    this.openBySymbol.set(signal.symbol, (this.openBySymbol.get(signal.symbol) ?? 0) + 1)
    this.openByDirection.set(direction, (this.openByDirection.get(direction) ?? 0) + 1)
    this.notional = add(this.notional, notional)
    this.notionalBySymbol.set(signal.symbol, add(this.notionalBySymbol.get(signal.symbol) ?? ZERO, notional))
    this.notionalByStrategy.set(signal.strategy, add(this.notionalByStrategy.get(signal.strategy) ?? ZERO, notional))
  }

  release(signal: Signal): void {
    const notional = multiply(signal.price, signal.qty)
    const direction = directionKey(signal.symbol, signal.direction)
    put(this.openBySymbol, signal.symbol, reserved(this.openBySymbol, signal.symbol) - 1, 0)
    put(this.openByDirection, direction, reserved(this.openByDirection, direction) - 1, 0)
    put(this.notionalBySymbol, signal.symbol, subtract(reserved(this.notionalBySymbol, signal.symbol), notional), ZERO)
    put(this.notionalByStrategy, signal.strategy, subtract(reserved(this.notionalByStrategy, signal.strategy), notional), ZERO)
    this.openCount -= 1
    this.notional = subtract(this.notional, notional)
  }

  /** A position's stake changed; null: it had or has none. */
  restake(before: Stake | null, after: Stake | null): void {
    if (before) this.#hold(before.symbol, subtract(ZERO, before.qty), subtract(ZERO, before.cash), subtract(ZERO, before.realised))
    if (after) this.#hold(after.symbol, after.qty, after.cash, after.realised)
  }

  #hold(symbol: string, qty: Decimal, cash: Decimal, realised: Decimal): void {
    const held = this.holdings.get(symbol) ?? { qty: ZERO, cash: ZERO }
    const after = { qty: add(held.qty, qty), cash: add(held.cash, cash) }
    if (after.qty === ZERO && after.cash === ZERO) this.holdings.delete(symbol)
    else this.holdings.set(symbol, after)
    this.openRealised = add(this.openRealised, realised)
  }

  bookClosed(closed: PositionClosed, at: number): void {
    this.closedCount += 1
    this.realisedPnl = add(this.realisedPnl, closed.pnl)
    this.fees = add(this.fees, closed.fees)
    this.closedAt.set(closed.symbol, at)
    this.lossStreak = closed.pnl.startsWith('-') ? { count: this.lossStreak.count + 1, at } : { count: 0, at }
  }

  /** Balance, realised and open PnL. Every fill is a mark, so all that is held has one. */
  equity(marks: ReadonlyMap<string, Decimal>): Decimal {
    let equity = add(this.startBalance, this.realisedPnl)
    for (const [symbol, { qty, cash }] of this.holdings) {
      const mark = marks.get(symbol)
      assert(mark !== undefined, `${symbol} is held, so it has a mark`)
      equity = add(equity, add(cash, multiply(qty, mark)))
    }
    return equity
  }

  /** Loss since arming by what is closed and by fees, never negative. */
  sessionLoss(): Decimal {
    return maximum(subtract(this.armed.realised, this.#realisedNow()), ZERO)
  }

  #realisedNow(): Decimal {
    return add(this.realisedPnl, this.openRealised)
  }

  /** Begins a new UTC day where `at` is in a later one than the last fact. */
  rollDay(at: number, marks: ReadonlyMap<string, Decimal>): void {
    const number = dayOf(at)
    if (number > this.day.number) this.day = { number, startEquity: this.equity(marks), signals: 0, signalsBySymbol: new Map(), reached: [] }
  }

  countSignal(symbol: string): void {
    this.day.signals += 1
    this.day.signalsBySymbol.set(symbol, (this.day.signalsBySymbol.get(symbol) ?? 0) + 1)
  }

  notePeak(marks: ReadonlyMap<string, Decimal>): void {
    const equity = this.equity(marks)
    if (greater(equity, this.peakEquity)) this.peakEquity = equity
  }

  /** Session, day, peak and loss streak begin anew; a halt ends, a pause stays. `balance`: what the venue says; null: what we know. */
  arm(at: number, balance: Decimal | null, marks: ReadonlyMap<string, Decimal>): void {
    const realised = this.#realisedNow()
    if (balance !== null) this.startBalance = subtract(balance, realised)
    this.armed = { at, balance: add(this.startBalance, realised), realised }
    this.peakEquity = this.equity(marks)
    this.lossStreak = { count: 0, at }
    this.day = { ...this.day, startEquity: this.peakEquity, reached: [] }
    if (this.trading.state === 'halted') this.trading = ACTIVE
  }

  dump(): LedgerDump {
    const { signalsBySymbol, ...day } = this.day
    return {
      accountLabel: this.accountLabel,
      startBalance: this.startBalance,
      trading: this.trading,
      armed: this.armed,
      openCount: this.openCount,
      openBySymbol: sorted(this.openBySymbol),
      openByDirection: sorted(this.openByDirection),
      notional: this.notional,
      notionalBySymbol: sorted(this.notionalBySymbol),
      notionalByStrategy: sorted(this.notionalByStrategy),
      holdings: sorted(this.holdings),
      openRealised: this.openRealised,
      day: { ...day, reached: [...day.reached], signalsBySymbol: sorted(signalsBySymbol) },
      peakEquity: this.peakEquity,
      closedAt: sorted(this.closedAt),
      lossStreak: this.lossStreak,
      closedCount: this.closedCount,
      cancelledCount: this.cancelledCount,
      realisedPnl: this.realisedPnl,
      fees: this.fees,
    }
  }

  static restore(dump: LedgerDump): Ledger {
    const ledger = new Ledger(dump.accountLabel, dump.startBalance, dump.trading, dump.armed.at)
    const fill = <T>(map: Map<string, T>, pairs: Pairs<T>): void => pairs.forEach(([key, value]) => map.set(key, value))
    const { armed, openCount, notional, openRealised, peakEquity, lossStreak, closedCount, cancelledCount, realisedPnl, fees } = dump
    Object.assign(ledger, { armed, openCount, notional, openRealised, peakEquity, lossStreak, closedCount, cancelledCount, realisedPnl, fees })
    fill(ledger.openBySymbol, dump.openBySymbol)
    fill(ledger.openByDirection, dump.openByDirection)
    fill(ledger.notionalBySymbol, dump.notionalBySymbol)
    fill(ledger.notionalByStrategy, dump.notionalByStrategy)
    fill(ledger.holdings, dump.holdings)
    fill(ledger.closedAt, dump.closedAt)
    ledger.day = { ...dump.day, reached: [...dump.day.reached], signalsBySymbol: new Map(dump.day.signalsBySymbol) }
    return ledger
  }
}

function reserved<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key)
  assert(value !== undefined, `a reservation of ${key} is released once`)
  return value
}

/** Keys whose value is back at nothing are dropped, so that memory follows what is open. */
const put = <T>(map: Map<string, T>, key: string, value: T, nothing: T): void => {
  if (value === nothing) map.delete(key)
  else map.set(key, value)
}

const sorted = <T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] => [...map.entries()].sort(([a], [b]) => (a < b ? -1 : 1))
