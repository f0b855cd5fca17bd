/**
 * What an account holds and has earned: plain state, folded by the same facts as the machines. One ledger per account
 * label; limits and the trading state are per account.
 */
import { assert } from '../src/domain/assert.ts'
import { ZERO, add, multiply, subtract, type Decimal } from '../src/domain/decimal.ts'
import type { PositionClosed } from '../src/domain/notices.ts'
import type { Signal } from '../src/domain/signal.ts'
import type { Exposure } from '../src/risk/risk-engine.ts'

export type TradingState = { readonly state: 'active' | 'paused' | 'halted'; readonly reason: string | null }

export const ACTIVE: TradingState = { state: 'active', reason: null }

export type LedgerDump = {
  readonly accountLabel: string
  readonly startBalance: Decimal
  readonly trading: TradingState
  readonly openCount: number
  readonly openBySymbol: readonly (readonly [string, number])[]
  readonly notionalBySymbol: readonly (readonly [string, Decimal])[]
  readonly notionalByStrategy: readonly (readonly [string, Decimal])[]
  readonly closedCount: number
  readonly cancelledCount: number
  readonly realisedPnl: Decimal
  readonly fees: Decimal
}

export class Ledger implements Exposure {
  readonly accountLabel: string
  startBalance: Decimal
  trading: TradingState
  openCount = 0
  readonly openBySymbol = new Map<string, number>()
  readonly notionalBySymbol = new Map<string, Decimal>()
  readonly notionalByStrategy = new Map<string, Decimal>()
  closedCount = 0
  cancelledCount = 0
  realisedPnl: Decimal = ZERO
  fees: Decimal = ZERO

  constructor(accountLabel: string, startBalance: Decimal, trading: TradingState) {
    this.accountLabel = accountLabel
    this.trading = trading
    this.startBalance = startBalance
  }

  /** Counts an approved signal from its approval on; released by `release` on a proven terminal outcome only. */
  reserve(signal: Signal): void {
    const notional = multiply(signal.price, signal.qty)
    this.openCount += 1
    this.openBySymbol.set(signal.symbol, (this.openBySymbol.get(signal.symbol) ?? 0) + 1)
    this.notionalBySymbol.set(signal.symbol, add(this.notionalBySymbol.get(signal.symbol) ?? ZERO, notional))
    this.notionalByStrategy.set(signal.strategy, add(this.notionalByStrategy.get(signal.strategy) ?? ZERO, notional))
  }

  release(signal: Signal): void {
    const notional = multiply(signal.price, signal.qty)
    const count = (this.openBySymbol.get(signal.symbol) ?? 0) - 1
    assert(this.openCount > 0 && count >= 0, `a reservation on ${signal.symbol} is released once`)
    this.openCount -= 1
    put(this.openBySymbol, signal.symbol, count, 0)
    put(this.notionalBySymbol, signal.symbol, subtract(this.notionalBySymbol.get(signal.symbol) ?? ZERO, notional), ZERO)
    put(this.notionalByStrategy, signal.strategy, subtract(this.notionalByStrategy.get(signal.strategy) ?? ZERO, notional), ZERO)
  }

  bookClosed(closed: PositionClosed): void {
    this.closedCount += 1
    this.realisedPnl = add(this.realisedPnl, closed.pnl)
    this.fees = add(this.fees, closed.fees)
  }

  dump(): LedgerDump {
    return {
      accountLabel: this.accountLabel,
      startBalance: this.startBalance,
      trading: this.trading,
      openCount: this.openCount,
      openBySymbol: sorted(this.openBySymbol),
      notionalBySymbol: sorted(this.notionalBySymbol),
      notionalByStrategy: sorted(this.notionalByStrategy),
      closedCount: this.closedCount,
      cancelledCount: this.cancelledCount,
      realisedPnl: this.realisedPnl,
      fees: this.fees,
    }
  }

  static restore(dump: LedgerDump): Ledger {
    const ledger = new Ledger(dump.accountLabel, dump.startBalance, dump.trading)
    ledger.openCount = dump.openCount
    for (const [key, value] of dump.openBySymbol) ledger.openBySymbol.set(key, value)
    for (const [key, value] of dump.notionalBySymbol) ledger.notionalBySymbol.set(key, value)
    for (const [key, value] of dump.notionalByStrategy) ledger.notionalByStrategy.set(key, value)
    ledger.closedCount = dump.closedCount
    ledger.cancelledCount = dump.cancelledCount
    ledger.realisedPnl = dump.realisedPnl
    ledger.fees = dump.fees
    return ledger
  }
}

/** Keys whose value is back at nothing are dropped, so that memory follows what is open. */
const put = <T>(map: Map<string, T>, key: string, value: T, nothing: T): void => {
  if (value === nothing) map.delete(key)
  else map.set(key, value)
}

const sorted = <T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] => [...map.entries()].sort(([a], [b]) => (a < b ? -1 : 1))
