/**
 * The fold: facts in, commands and notices out. Deterministic and without any effect of its own; live operation,
 * recovery and replay all run exactly this.
 */
import { assert } from '../src/domain/assert.ts'
import type { CoreSettings } from '../src/domain/core-settings.ts'
import { toNumber, type Decimal } from '../src/domain/decimal.ts'
import type { PositionFact, PriceExtremes, SignalReceived, Stamped, StrayFilled } from '../src/domain/facts.ts'
import type { JournalId, OrderId, PositionId, TradeId } from '../src/domain/ids.ts'
import type { Signal } from '../src/domain/signal.ts'
import type { SignalAnswer } from '../src/domain/signal-answer.ts'
import type { PositionState } from '../src/domain/wire.ts'
import { assess, type ApprovedSignal } from '../src/risk/risk-engine.ts'
import { ACTIVE, Ledger, type LedgerDump, type TradingState } from './ledger.ts'
import { AlertBook, type AlertBookDump } from './alert-book.ts'
import { Peaks, type PeaksDump } from './peaks.ts'
import type { Output } from './position.context.ts'
import type { PositionSnapshot } from './position.machine.ts'
import { needsResume } from './position.orders.ts'
import type { PositionEvent } from './position.reports.ts'
import type { StrayFill } from './position.steps.ts'
import { Registry, stateOf, type PositionDump } from './registry.ts'

export type Applied = {
  readonly outputs: readonly Output[]
  /** Machines that threw: the shell journals a `fact.failed` for each next. */
  readonly failures: readonly { readonly positionId: PositionId; readonly error: string }[]
  /** Positions whose context this fact changed, as they are now. */
  readonly touched: readonly PositionSnapshot[]
}

export type CoreDump = {
  readonly journalId: JournalId | null
  readonly clock: 'real' | 'virtual' | null
  readonly settings: CoreSettings | null
  readonly lastPositionId: number
  readonly lastOrderId: number
  readonly pinnedPrice: Decimal | null
  readonly tradingOfNewAccounts: TradingState
  readonly signalPrices: readonly (readonly [string, Decimal])[]
  readonly strayTrades: readonly TradeId[]
  readonly peaks: PeaksDump
  readonly ledgers: readonly LedgerDump[]
  readonly positions: readonly PositionDump[]
  /** Absent while no alert was ever delivered and no condition stands: journals from before alerts existed keep their hashes. */
  readonly alerts?: AlertBookDump
}

const NOTHING: Applied = { outputs: [], failures: [], touched: [] }

export class Core {
  readonly registry = new Registry()
  readonly #ledgers = new Map<string, Ledger>()
  readonly #peaks = new Peaks()
  readonly alerts = new AlertBook()
  /** `seq:position` of facts that made a machine throw: skipped for that position in every fold. */
  readonly #skipped = new Set<string>()
  #journalId: JournalId | null = null
  #clock: 'real' | 'virtual' | null = null
  #settings: CoreSettings | null = null
  #lastPositionId = 0
  #lastOrderId = 0
  #pinnedPrice: Decimal | null = null
  #tradingOfNewAccounts: TradingState = ACTIVE
  /** Fills that opened a stray position: a repeated report opens no second one. */
  readonly #strayTrades = new Set<TradeId>()
  /** Price of the last signal on each symbol: the simulator's base. */
  readonly #signalPrices = new Map<string, Decimal>()

  get settings(): CoreSettings {
    assert(this.#settings, 'settings.changed came first')
    return this.#settings
  }
  get hasSettings(): boolean {
    return this.#settings !== null
  }
  get journalId(): JournalId | null {
    return this.#journalId
  }
  /** Whose time the journal tells; a data directory belongs to one clock. */
  get clock(): 'real' | 'virtual' | null {
    return this.#clock
  }
  get lastPositionId(): number {
    return this.#lastPositionId
  }
  get pinnedPrice(): Decimal | null {
    return this.#pinnedPrice
  }
  get signalPrices(): ReadonlyMap<string, Decimal> {
    return this.#signalPrices
  }
  get ledgers(): ReadonlyMap<string, Ledger> {
    return this.#ledgers
  }

  /** High and low journaled for a feed symbol after the fact `seq`; null: none. */
  peaksSince(feedSymbol: string, seq: number): PriceExtremes | null {
    return this.#peaks.since(feedSymbol, seq)
  }

  /** The account's ledger; of an account that no fact has named yet, what it would begin with. Looking changes nothing. */
  ledger(accountLabel: string): Ledger {
    return this.#ledgers.get(accountLabel) ?? new Ledger(accountLabel, this.settings.startBalanceUsdt, this.#tradingOfNewAccounts)
  }

  #account(accountLabel: string): Ledger {
    const ledger = this.ledger(accountLabel)
    this.#ledgers.set(accountLabel, ledger)
    return ledger
  }

  /** A fact that once made this position's machine throw will not be shown to it. */
  skip(seq: number, positionId: PositionId): void {
    this.#skipped.add(`${seq}:${positionId}`)
  }

  /** Folds one fact. The only way state changes. */
  apply(fact: Stamped): Applied {
    switch (fact.type) {
      case 'journal.created':
        assert(this.#journalId === null, 'a journal is created once')
        this.#journalId = fact.journalId
        this.#clock = fact.clock
        return NOTHING
      case 'settings.changed':
        this.#settings = fact.settings
        return NOTHING
      case 'run.started':
        return this.#resumeAll(fact)
      case 'signal.received':
        return this.#receiveSignal(fact)
      case 'stray.filled':
        return this.#openStray(fact)
      case 'trading.paused':
        return this.#setTrading(fact.accountLabel, { state: 'paused', reason: fact.reason })
      case 'trading.resumed':
        return this.#setTrading(fact.accountLabel, ACTIVE)
      case 'price.pinned':
        this.#pinnedPrice = fact.price
        return NOTHING
      case 'condition.raised':
      case 'condition.cleared':
        return { ...NOTHING, outputs: this.alerts.condition(fact) }
      case 'alerts.delivered':
        this.alerts.delivered(fact)
        return NOTHING
      case 'exit-signal.received':
        // What it asks of each position stands in the facts behind it.
        return NOTHING
      case 'price.peaked':
        this.#peaks.add(fact)
        return NOTHING
      case 'order.filled':
        this.#peaks.filled(fact.seq)
        return this.#deliverFact(fact)
      case 'fact.failed':
        return this.#quarantine(fact)
      default:
        return this.#deliverFact(fact)
    }
  }

  #setTrading(accountLabel: string | null, trading: TradingState): Applied {
    if (accountLabel === null) this.#tradingOfNewAccounts = trading
    const ledgers = accountLabel === null ? this.#ledgers.values() : [this.#account(accountLabel)]
    for (const ledger of ledgers) ledger.trading = trading
    return NOTHING
  }

  #receiveSignal(fact: Stamped<SignalReceived>): Applied {
    if (fact.duplicateOf !== null) return NOTHING
    const { signal } = fact
    const ledger = this.#account(signal.accountLabel)
    const refusal = entriesRefused(this.settings, ledger)
    if (refusal !== null) return answered({ received: true, oms_enabled: false, risk_ok: false, reason: refusal })
    const verdict = assess(signal, ledger, this.settings.limits)
    if (!verdict.ok) {
      const { scope, reason } = verdict
      const block: Output = { kind: 'notice', body: { type: 'risk.blocked', scope, reason, symbol: signal.symbol, strategy: signal.strategy, accountLabel: signal.accountLabel } }
      return { ...NOTHING, outputs: [block, answerOutput({ received: true, oms_enabled: true, risk_ok: false, risk_reason: reason })] }
    }
    return this.#openPosition(fact, verdict.signal, ledger)
  }

  #openPosition(fact: Stamped, signal: ApprovedSignal, ledger: Ledger): Applied {
    ledger.reserve(signal)
    this.#signalPrices.set(signal.symbol, signal.price)
    const orderId = ++this.#lastOrderId as OrderId
    const applied = this.#open(fact, signal, orderId, null)
    const answer: SignalAnswer = {
      received: true,
      oms_enabled: true,
      risk_ok: true,
      order_id: orderId,
      position_id: this.#lastPositionId,
      tp_price: nearestTarget(signal),
      sl_price: toNumber(signal.slPrice),
      exit_strategy: signal.exitStrategy,
      state: 'pending',
    }
    return { ...applied, outputs: [answerOutput(answer), ...applied.outputs] }
  }

  #open(fact: Stamped, signal: Signal, orderId: OrderId, strayFill: StrayFill | null): Applied {
    assert(this.#journalId, 'journal.created came first')
    const id = ++this.#lastPositionId as PositionId
    const snapshot = this.registry.open({ id, orderId, journalId: this.#journalId, signal, settings: this.settings, at: fact.at, strayFill })
    return { outputs: this.#follow(id, null, snapshot), failures: [], touched: [snapshot] }
  }

  /** A fill for a finished position: a position of its own, in `rolling-back` from the start. */
  #openStray(fact: Stamped<StrayFilled>): Applied {
    if (this.#strayTrades.has(fact.tradeId)) return NOTHING
    this.#strayTrades.add(fact.tradeId)
    const signal: Signal = {
      symbol: fact.symbol,
      direction: fact.direction,
      price: fact.price,
      timestampMs: null,
      exchange: fact.exchange,
      timeframeMin: 5,
      strategy: fact.strategy,
      accountLabel: fact.accountLabel,
      qty: fact.qty,
      slPrice: fact.price,
      targets: [],
      exitStrategy: 'tp_sl_static',
      exitParams: {},
      signalId: null,
    }
    this.#account(fact.accountLabel).reserve(signal)
    return this.#open(fact, signal, ++this.#lastOrderId as OrderId, fact)
  }

  #deliverFact(fact: Stamped<PositionFact>): Applied {
    const ignored = (reason: string): Applied => ({
      ...NOTHING,
      outputs: [{ kind: 'notice', body: { type: 'fact.ignored', positionId: fact.positionId, fact: fact.type, state: 'none', reason } }],
    })
    if (!this.registry.get(fact.positionId)) return ignored('no such position, or it is retired')
    if (this.#skipped.has(`${fact.seq}:${fact.positionId}`)) return NOTHING
    return this.#deliver(fact.positionId, fact)
  }

  #deliver(id: PositionId, event: PositionEvent): Applied {
    const delivery = this.registry.deliver(id, event)
    if (!delivery.ok) {
      this.skip(event.seq, id)
      return { ...NOTHING, failures: [{ positionId: id, error: delivery.error }] }
    }
    return { outputs: this.#follow(id, delivery.before, delivery.snapshot), failures: [], touched: [delivery.snapshot] }
  }

  #quarantine(fact: Extract<Stamped, { type: 'fact.failed' }>): Applied {
    if (!this.registry.get(fact.positionId)) return NOTHING
    return this.#deliver(fact.positionId, { type: 'position.failed', seq: fact.seq, at: fact.at, error: fact.error })
  }

  /** After a restart: positions whose commands may not have left ask for their fate. */
  #resumeAll(fact: Stamped): Applied {
    const ids = [...this.registry.ids()].filter((id) => needsResume((this.registry.get(id) as PositionSnapshot).context)).sort((a, b) => a - b)
    const applied = ids.map((id) => this.#deliver(id, { type: 'run.resumed', seq: fact.seq, at: fact.at }))
    return { outputs: applied.flatMap((each) => each.outputs), failures: applied.flatMap((each) => each.failures), touched: applied.flatMap((each) => each.touched) }
  }

  /** What a position did is booked in its account's ledger; a retired one leaves the registry. */
  #follow(id: PositionId, before: PositionState | null, snapshot: PositionSnapshot): Output[] {
    const { context } = snapshot
    const outputs: Output[] = []
    const after = stateOf(snapshot)
    if (before !== after) outputs.push({ kind: 'notice', body: { type: 'position.moved', positionId: id, from: before, to: after } })
    for (const output of context.outputs) {
      outputs.push(output)
      if (output.kind === 'notice') this.#book(context.signal, output.body)
    }
    if (context.retired) {
      this.registry.retire(id)
      if (this.registry.size === 0) this.#peaks.clear()
    }
    return outputs
  }

  #book(signal: Signal, notice: Extract<Output, { kind: 'notice' }>['body']): void {
    if (notice.type !== 'position.closed' && notice.type !== 'position.cancelled') return
    const ledger = this.#account(signal.accountLabel)
    ledger.release(signal)
    if (notice.type === 'position.closed') ledger.bookClosed(notice)
    else ledger.cancelledCount += 1
  }

  /** The whole state, JSON, in one canonical order. */
  dump(): CoreDump {
    return {
      journalId: this.#journalId,
      clock: this.#clock,
      settings: this.#settings,
      lastPositionId: this.#lastPositionId,
      lastOrderId: this.#lastOrderId,
      pinnedPrice: this.#pinnedPrice,
      tradingOfNewAccounts: this.#tradingOfNewAccounts,
      signalPrices: [...this.#signalPrices.entries()].sort(([a], [b]) => (a < b ? -1 : 1)),
      strayTrades: [...this.#strayTrades].sort(),
      peaks: this.#peaks.dump(),
      ledgers: [...this.#ledgers.values()].map((ledger) => ledger.dump()).sort((a, b) => (a.accountLabel < b.accountLabel ? -1 : 1)),
      positions: this.registry.dump(),
      ...(this.alerts.isEmpty ? {} : { alerts: this.alerts.dump() }),
    }
  }

  static restore(dump: CoreDump): Core {
    const core = new Core()
    core.#journalId = dump.journalId
    core.#clock = dump.clock
    core.#settings = dump.settings
    core.#lastPositionId = dump.lastPositionId
    core.#lastOrderId = dump.lastOrderId
    core.#pinnedPrice = dump.pinnedPrice
    core.#tradingOfNewAccounts = dump.tradingOfNewAccounts
    for (const [symbol, price] of dump.signalPrices) core.#signalPrices.set(symbol, price)
    for (const trade of dump.strayTrades) core.#strayTrades.add(trade)
    core.#peaks.restore(dump.peaks)
    for (const ledger of dump.ledgers) core.#ledgers.set(ledger.accountLabel, Ledger.restore(ledger))
    core.registry.restore(dump.positions)
    if (dump.alerts) core.alerts.restore(dump.alerts)
    return core
  }
}

/** The nearest target's price, as the wire has it. */
const nearestTarget = ({ targets }: Signal): number | null => (targets[0] ? toNumber(targets[0].price) : null)

/** Why no entry is taken now, or null. */
function entriesRefused(settings: CoreSettings, ledger: Ledger): string | null {
  if (ledger.trading.state !== 'active') return `${ledger.trading.state}: ${ledger.trading.reason ?? ''}`
  return settings.omsEnabled ? null : 'OMS disabled (OMS_ENABLED=false)'
}

const answerOutput = (answer: SignalAnswer): Output => ({ kind: 'notice', body: { type: 'signal.answered', answer } })
const answered = (answer: SignalAnswer): Applied => ({ ...NOTHING, outputs: [answerOutput(answer)] })
