/**
 * All ledgers, what their positions are worth, and what follows from it: loss limits, the kill switch, the ratings of
 * strategies. Folded by the same facts as the machines.
 */
import type { AdaptiveRules, CoreSettings } from '../src/domain/core-settings.ts'
import { ZERO, add, atLeast, divide, isPositive, multiply, percentOf, subtract, type Decimal } from '../src/domain/decimal.ts'
import type { EquityMarked, KillSwitchArmed, SignalReceived, Stamped } from '../src/domain/facts.ts'
import type { Notice, PositionClosed, TradingStateName } from '../src/domain/notices.ts'
import type { Signal } from '../src/domain/signal.ts'
import { dailyLoss, drawdown } from '../src/risk/loss-checks.ts'
import { money, type RiskSubject, type StrategyRating } from '../src/risk/risk-check.ts'
import { ACTIVE, Ledger, dayOf, type LedgerDump, type Stake, type TradingState } from './ledger.ts'

/** How long a rating of the strategies stands. */
const RATED_FOR_MS = 300_000

/** `profit` and `loss` are both ≥ 0. */
type Results = { readonly trades: number; readonly profit: Decimal; readonly loss: Decimal }

export type AccountsDump = {
  readonly tradingOfNewAccounts: TradingState
  readonly ledgers: readonly LedgerDump[]
  readonly marks: readonly (readonly [string, Decimal])[]
  readonly results: readonly (readonly [string, Results])[]
  readonly ratings: readonly (readonly [string, StrategyRating])[]
  readonly ratedAt: number
}

/** What a loss limit demands. `halted`: everything of the account is to be closed. */
export type LossAlarm = { readonly notices: readonly Notice[]; readonly halted: string | null }

export class Accounts {
  readonly #ledgers = new Map<string, Ledger>()
  readonly #marks = new Map<string, Decimal>()
  readonly #results = new Map<string, Results>()
  #ratings = new Map<string, StrategyRating>()
  #ratedAt = 0
  #tradingOfNewAccounts: TradingState = ACTIVE
  #today = 0
  /** Ledgers whose equity or losses changed with this fact. */
  readonly #changed = new Set<Ledger>()

  get ledgers(): ReadonlyMap<string, Ledger> {
    return this.#ledgers
  }
  get marks(): ReadonlyMap<string, Decimal> {
    return this.#marks
  }
  /** No loss limit needs to be looked at. */
  get quiet(): boolean {
    return this.#changed.size === 0
  }

  /** A fact of this time comes: the journal's UTC day may have ended. */
  begin(at: number): void {
    const day = dayOf(at)
    if (day <= this.#today) return
    this.#today = day
    for (const ledger of this.#ledgers.values()) ledger.rollDay(at, this.#marks)
  }

  /** The account's ledger; of an account that no fact has named yet, what it would begin with. Looking changes nothing. */
  look(accountLabel: string, settings: CoreSettings, at = 0): Ledger {
    return this.#ledgers.get(accountLabel) ?? new Ledger(accountLabel, settings.startBalanceUsdt, this.#tradingOfNewAccounts, at)
  }

  account(accountLabel: string, settings: CoreSettings, at: number): Ledger {
    const ledger = this.look(accountLabel, settings, at)
    this.#ledgers.set(accountLabel, ledger)
    return ledger
  }

  /** What the risk engine sees of a signal. `marks`: newer ones than are journaled. */
  subject(signal: Signal, at: number, settings: CoreSettings, market: SignalReceived['market'], marks: ReadonlyMap<string, Decimal> = this.#marks): RiskSubject {
    const account = this.look(signal.accountLabel, settings, at)
    return {
      signal,
      notional: multiply(signal.price, signal.qty),
      at,
      live: settings.marketType === 'linear_perp',
      account,
      equity: () => account.equity(marks),
      limits: settings.limits,
      market: market ?? null,
      rating: (strategy) => this.#ratings.get(strategy),
    }
  }

  mark(symbol: string, price: Decimal): void {
    this.#marks.set(symbol, price)
  }

  markAll({ marks }: EquityMarked): void {
    for (const [symbol, price] of marks) this.#marks.set(symbol, price)
    for (const ledger of this.#ledgers.values()) if (ledger.holdings.size > 0) this.#note(ledger)
  }

  restake(ledger: Ledger, before: Stake | null, after: Stake | null): void {
    ledger.restake(before, after)
    this.#note(ledger)
  }

  bookClosed(ledger: Ledger, strategy: string, closed: PositionClosed, at: number): void {
    ledger.bookClosed(closed, at)
    const { trades, profit, loss } = this.#results.get(strategy) ?? { trades: 0, profit: ZERO, loss: ZERO }
    const won = isPositive(closed.pnl)
    this.#results.set(strategy, { trades: trades + 1, profit: won ? add(profit, closed.pnl) : profit, loss: won ? loss : subtract(loss, closed.pnl) })
    this.#note(ledger)
  }

  #note(ledger: Ledger): void {
    this.#changed.add(ledger)
  }

  /** A person sets the state; a halt is lifted by arming only. */
  setTrading(accountLabel: string | null, to: TradingState, settings: CoreSettings, at: number): readonly Notice[] {
    const weaker = (from: TradingState): boolean => from.state === 'halted' && to.state !== 'halted'
    if (accountLabel === null && !weaker(this.#tradingOfNewAccounts)) this.#tradingOfNewAccounts = to
    return this.#meant(accountLabel, settings, at).flatMap((ledger) => (weaker(ledger.trading) ? [] : [this.#change(ledger, to, false)]))
  }

  arm({ accountLabel, balance, reason, at }: Stamped<KillSwitchArmed>, settings: CoreSettings): readonly Notice[] {
    if (accountLabel === null && this.#tradingOfNewAccounts.state === 'halted') this.#tradingOfNewAccounts = ACTIVE
    return this.#meant(accountLabel, settings, at).map((ledger): Notice => {
      const from = ledger.trading.state
      ledger.arm(at, balance, this.#marks)
      return { type: 'trading.changed', accountLabel: ledger.accountLabel, from, to: ledger.trading.state, reason, automatic: false }
    })
  }

  /** Null means all, and at least the account of the settings. */
  #meant(accountLabel: string | null, settings: CoreSettings, at: number): Ledger[] {
    const named = this.account(accountLabel ?? settings.accountLabel, settings, at)
    return accountLabel === null ? [...this.#ledgers.values()] : [named]
  }

  #change(ledger: Ledger, to: TradingState, automatic: boolean): Notice {
    const from: TradingStateName = ledger.trading.state
    ledger.trading = to
    return { type: 'trading.changed', accountLabel: ledger.accountLabel, from, to: to.state, reason: to.reason ?? '', automatic }
  }

  /** Looks at the loss limits of every account that this fact touched. */
  takeAlarms(settings: CoreSettings): readonly LossAlarm[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed.flatMap((ledger) => this.#alarm(ledger, settings) ?? [])
  }

  #alarm(ledger: Ledger, { limits }: CoreSettings): LossAlarm | null {
    if (limits.maxDrawdownPct !== null) ledger.notePeak(this.#marks)
    if (ledger.trading.state === 'halted') return null
    const session = sessionLossReached(ledger, limits.maxSessionLossPct)
    if (session !== null) return { notices: [this.#change(ledger, { state: 'halted', reason: session }, true)], halted: ledger.accountLabel }
    const losses = { account: ledger, equity: () => ledger.equity(this.#marks), limits }
    const reached = ([['daily_loss', dailyLoss(losses)], ['drawdown', drawdown(losses)]] as const).flatMap(([scope, measured]) =>
      measured?.blocked && !ledger.day.reached.includes(scope) ? [{ scope, reason: `max_${scope}_reached (${measured.detail()})` }] : [])
    const first = reached[0]
    if (!first) return null
    ledger.day.reached.push(...reached.map(({ scope }) => scope))
    const notices = reached.map(({ scope, reason }): Notice => ({ type: 'loss-limit.reached', accountLabel: ledger.accountLabel, scope, reason }))
    if (limits.lossLimitAction === 'block') return { notices, halted: null }
    return { notices: [...notices, this.#change(ledger, { state: 'halted', reason: first.reason }, true)], halted: ledger.accountLabel }
  }

  /** Rates the strategies where the last rating is too old; says what changed. */
  rate(at: number, rules: AdaptiveRules | null): readonly Notice[] {
    if (rules === null || (this.#ratedAt !== 0 && at - this.#ratedAt < RATED_FOR_MS)) return []
    this.#ratedAt = at
    const before = this.#ratings
    this.#ratings = ratingsOf(this.#results, rules)
    return [...this.#ratings].flatMap(([strategy, { eligible }]): Notice[] => {
      if ((before.get(strategy)?.eligible ?? false) === eligible) return []
      const { trades, profit, loss } = this.#results.get(strategy) as Results
      return [{ type: 'strategy.rated', strategy, eligible, trades, net: subtract(profit, loss), profitFactor: loss === ZERO ? null : divide(profit, loss) }]
    })
  }

  dump(): AccountsDump {
    return {
      tradingOfNewAccounts: this.#tradingOfNewAccounts,
      ledgers: [...this.#ledgers.values()].map((ledger) => ledger.dump()).sort((a, b) => (a.accountLabel < b.accountLabel ? -1 : 1)),
      marks: byName(this.#marks),
      results: byName(this.#results),
      ratings: byName(this.#ratings),
      ratedAt: this.#ratedAt,
    }
  }

  static restore(dump: AccountsDump): Accounts {
    const accounts = new Accounts()
    accounts.#tradingOfNewAccounts = dump.tradingOfNewAccounts
    accounts.#ratedAt = dump.ratedAt
    accounts.#ratings = new Map(dump.ratings)
    for (const ledger of dump.ledgers) accounts.#ledgers.set(ledger.accountLabel, Ledger.restore(ledger))
    for (const [symbol, price] of dump.marks) accounts.#marks.set(symbol, price)
    for (const [strategy, results] of dump.results) accounts.#results.set(strategy, results)
    return accounts
  }
}

/** The reason of the halt, or null. */
function sessionLossReached(ledger: Ledger, limitPct: Decimal | null): string | null {
  if (limitPct === null) return null
  const loss = ledger.sessionLoss()
  const limit = percentOf(ledger.armed.balance, limitPct)
  return isPositive(loss) && atLeast(loss, limit) ? `max_session_loss_reached (loss=${money(loss)}, limit=${money(limit)})` : null
}

function ratingsOf(results: ReadonlyMap<string, Results>, rules: AdaptiveRules): Map<string, StrategyRating> {
  const rated = [...results].map(([strategy, { trades, profit, loss }]) => {
    const net = subtract(profit, loss)
    const eligible = trades >= rules.minTrades && isPositive(net) && atLeast(profit, multiply(rules.minProfitFactor, loss))
    return { strategy, eligible, net }
  })
  const total = rated.reduce((sum, { eligible, net }) => (eligible ? add(sum, net) : sum), ZERO)
  return new Map(rated.map(({ strategy, eligible, net }) => [strategy, { eligible, share: eligible ? divide(net, total) : ZERO }]))
}

const byName = <T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] => [...map.entries()].sort(([a], [b]) => (a < b ? -1 : 1))
