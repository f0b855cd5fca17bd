/**
 * The fold: facts in, commands and notices out. Deterministic and without any effect of its own; live operation,
 * recovery and replay all run exactly this.
 */
import { assert } from '../src/domain/assert.ts'
import { WITHOUT_LIMITS, type CoreSettings } from '../src/domain/core-settings.ts'
import type { Decimal } from '../src/domain/decimal.ts'
import type { PositionAdopted, PositionFact, PositionOverdue, PriceExtremes, SignalReceived, Stamped, StrayFilled } from '../src/domain/facts.ts'
import type { JournalId, OrderId, PositionId, TradeId } from '../src/domain/ids.ts'
import type { Signal } from '../src/domain/signal.ts'
import type { PositionState } from '../src/domain/wire.ts'
import type { ExitReason } from '../src/domain/exit-reason.ts'
import type { Notice } from '../src/domain/notices.ts'
import type { RiskSubject } from '../src/risk/risk-check.ts'
import { assess, type ApprovedSignal } from '../src/risk/risk-engine.ts'
import { AlertBook } from './alert-book.ts'
import { Accounts } from './accounts.ts'
import { NOTHING, joined, merged, noticed, type Applied } from './applied.ts'
import type { CoreDump } from './core-dump.ts'
import { adoptedSignal, answered, entriesRefused, found, openedAnswer, straySignal, voidedOfFinished } from './entry-answer.ts'
import { ACTIVE, type Ledger } from './ledger.ts'
import { Peaks } from './peaks.ts'
import { stakeOf, type Output, type PositionContext } from './position.context.ts'
import type { PositionSnapshot } from './position.machine.ts'
import { needsResume } from './position.orders.ts'
import type { PositionEvent } from './position.reports.ts'
import type { Opening } from './position.steps.ts'
import { Registry, stateOf } from './registry.ts'

export class Core {
  readonly registry = new Registry()
  #accounts = new Accounts()
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
  /** Positions that were said to be too old: said once. */
  readonly #overdue = new Set<PositionId>()
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
    return this.#accounts.ledgers
  }
  /** Prices at which open positions are valued. */
  get marks(): ReadonlyMap<string, Decimal> {
    return this.#accounts.marks
  }
  isOverdue(id: PositionId): boolean {
    return this.#overdue.has(id)
  }

  /** High and low journaled for a feed symbol after the fact `seq`; null: none. */
  peaksSince(feedSymbol: string, seq: number): PriceExtremes | null {
    return this.#peaks.since(feedSymbol, seq)
  }

  /** The account's ledger; of an account that no fact has named yet, what it would begin with. Looking changes nothing. */
  ledger(accountLabel: string): Ledger {
    return this.#accounts.look(accountLabel, this.settings)
  }

  /** What the risk engine would see of a signal now. `marks`: newer ones than are journaled. Looking changes nothing. */
  riskSubject(signal: Signal, at: number, market: SignalReceived['market'], marks: ReadonlyMap<string, Decimal>): RiskSubject {
    return this.#accounts.subject(signal, at, this.settings, market, marks)
  }

  #account(accountLabel: string, at: number): Ledger {
    return this.#accounts.account(accountLabel, this.settings, at)
  }

  /** A fact that once made this position's machine throw will not be shown to it. */
  skip(seq: number, positionId: PositionId): void {
    this.#skipped.add(`${seq}:${positionId}`)
  }

  /** Folds one fact. The only way state changes. */
  apply(fact: Stamped): Applied {
    this.#accounts.begin(fact.at)
    const applied = this.#fold(fact)
    return this.#accounts.quiet ? applied : this.#heedLosses(fact, applied)
  }

  #fold(fact: Stamped): Applied {
    switch (fact.type) {
      case 'journal.created':
        assert(this.#journalId === null, 'a journal is created once')
        this.#journalId = fact.journalId
        this.#clock = fact.clock
        return NOTHING
      case 'settings.changed':
        // A journal from before a limit existed does not name it.
        this.#settings = { ...fact.settings, limits: { ...WITHOUT_LIMITS, ...fact.settings.limits } }
        return NOTHING
      case 'run.started':
        return this.#resumeAll(fact)
      case 'signal.received':
        return this.#receiveSignal(fact)
      case 'stray.filled':
        return this.#openStray(fact)
      case 'position.adopted':
        return this.#openHeld(fact, { signal: adoptedSignal(fact), strayFill: null, adopted: true })
      case 'trading.paused':
        return noticed(this.#accounts.setTrading(fact.accountLabel, { state: 'paused', reason: fact.reason }, this.settings, fact.at))
      case 'trading.resumed':
        return noticed(this.#accounts.setTrading(fact.accountLabel, ACTIVE, this.settings, fact.at))
      case 'trading.halted': {
        const notices = this.#accounts.setTrading(fact.accountLabel, { state: 'halted', reason: fact.reason }, this.settings, fact.at)
        return fact.closesApart ? noticed(notices) : merged(noticed(notices), this.#closeAll(fact, fact.accountLabel, 'panic', fact.reason))
      }
      case 'kill-switch.armed':
        return noticed(this.#accounts.arm(fact, this.settings))
      case 'equity.marked':
        this.#accounts.markAll(fact)
        return NOTHING
      case 'position.overdue':
        return this.#noteOverdue(fact)
      case 'price.pinned':
        this.#pinnedPrice = fact.price
        return NOTHING
      case 'account.compared':
        return noticed([{ type: 'reconciliation.found', findings: fact.findings }])
      case 'condition.raised':
      case 'condition.cleared':
        return { ...NOTHING, outputs: this.alerts.condition(fact) }
      case 'alerts.delivered':
        this.alerts.delivered(fact)
        return NOTHING
      case 'run.reconciled': // the life of the process is no state of positions and money; the inspector reads it
      case 'run.stopping':
      case 'exit-signal.received': // what it asks of each position stands in the facts behind it
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

  /** Loss limits that this fact has reached; a halt closes all that the account holds. */
  #heedLosses(fact: Stamped, applied: Applied): Applied {
    return this.#accounts.takeAlarms(this.settings).reduce((result, { notices, halted }) => {
      const said = merged(result, noticed(notices))
      return halted === null ? said : merged(said, this.#closeAll(fact, halted, 'kill_switch', null))
    }, applied)
  }

  /** Asks every position of an account (null: of all) to close. One that is on its way out already goes on. */
  #closeAll(fact: Stamped, accountLabel: string | null, reason: ExitReason, note: string | null): Applied {
    const isMeant = ({ closing, closedAt, signal }: PositionContext): boolean => closing === null && closedAt === null && (accountLabel === null || signal.accountLabel === accountLabel)
    const ids = [...this.registry.ids()].filter((id) => isMeant((this.registry.get(id) as PositionSnapshot).context)).sort((a, b) => a - b)
    const { seq, at } = fact
    const closed = ids.filter((id) => !this.#skipped.has(`${seq}:${id}`)).map((positionId) => this.#deliver(positionId, { type: 'exit.requested', positionId, reason, qty: null, note, seq, at }))
    return joined(closed)
  }

  #noteOverdue({ positionId, hours }: PositionOverdue): Applied {
    const snapshot = this.registry.get(positionId)
    if (!snapshot || this.#overdue.has(positionId)) return NOTHING
    this.#overdue.add(positionId)
    return noticed([{ type: 'position.overdue-noticed', positionId, symbol: snapshot.context.signal.symbol, hours }])
  }

  #receiveSignal(fact: Stamped<SignalReceived>): Applied {
    if (fact.duplicateOf !== null) return NOTHING
    const { signal } = fact
    const ledger = this.#account(signal.accountLabel, fact.at)
    const refusal = entriesRefused(this.settings, ledger.trading)
    if (refusal !== null) return noticed([answered({ received: true, oms_enabled: false, risk_ok: false, reason: refusal })])
    const rated = this.#accounts.rate(fact.at, this.settings.limits.adaptive)
    const verdict = assess(this.#accounts.subject(signal, fact.at, this.settings, fact.market))
    ledger.countSignal(signal.symbol)
    const noted = verdict.noted.length + rated.length === 0 ? NOTHING : noticed([...rated, ...verdict.noted.map((finding) => found('risk.noted', finding, signal))])
    if (verdict.ok) return merged(noted, this.#openPosition(fact, verdict.signal, ledger))
    const answer = answered({ received: true, oms_enabled: true, risk_ok: false, risk_reason: verdict.reason })
    return merged(noted, noticed([found('risk.blocked', verdict, signal), answer]))
  }

  #openPosition(fact: Stamped, signal: ApprovedSignal, ledger: Ledger): Applied {
    ledger.reserve(signal)
    this.#signalPrices.set(signal.symbol, signal.price)
    const orderId = ++this.#lastOrderId as OrderId
    const applied = this.#open(fact, { signal, strayFill: null }, orderId)
    return merged(noticed([answered(openedAnswer(signal, orderId, this.#lastPositionId))]), applied)
  }

  #open(fact: Stamped, opening: Opening, orderId: OrderId): Applied {
    assert(this.#journalId, 'journal.created came first')
    const id = ++this.#lastPositionId as PositionId
    const snapshot = this.registry.open({ id, orderId, journalId: this.#journalId, settings: this.settings, at: fact.at, ...opening })
    return { outputs: this.#follow(id, null, null, snapshot), failures: [], touched: [snapshot] }
  }

  /** A fill for a finished position: a position of its own, in `rolling-back` from the start. */
  #openStray(fact: Stamped<StrayFilled>): Applied {
    if (this.#strayTrades.has(fact.tradeId)) return NOTHING
    this.#strayTrades.add(fact.tradeId)
    return merged(fact.voids === undefined ? NOTHING : noticed([voidedOfFinished(fact, fact.voids)]), this.#openHeld(fact, { signal: straySignal(fact), strayFill: fact }))
  }

  /** What the account holds already. */
  #openHeld(fact: Stamped<StrayFilled | PositionAdopted>, opening: Opening): Applied {
    this.#account(fact.accountLabel, fact.at).reserve(opening.signal)
    this.#accounts.mark(fact.symbol, fact.price)
    return this.#open(fact, opening, ++this.#lastOrderId as OrderId)
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
    const { context: known } = this.registry.get(id) as PositionSnapshot
    const delivery = this.registry.deliver(id, event)
    if (!delivery.ok) {
      this.skip(event.seq, id)
      return { ...NOTHING, failures: [{ positionId: id, error: delivery.error }] }
    }
    // Not of a fact that was skipped: every later fold leaves it out.
    if (event.type === 'order.filled' || event.type === 'external.filled') this.#accounts.mark(known.signal.symbol, event.price)
    return { outputs: this.#follow(id, delivery.before, known, delivery.snapshot), failures: [], touched: [delivery.snapshot] }
  }

  #quarantine(fact: Extract<Stamped, { type: 'fact.failed' }>): Applied {
    if (!this.registry.get(fact.positionId)) return NOTHING
    return this.#deliver(fact.positionId, { type: 'position.failed', seq: fact.seq, at: fact.at, error: fact.error })
  }

  /** After a restart: positions whose commands may not have left ask for their fate. */
  #resumeAll(fact: Stamped): Applied {
    const ids = [...this.registry.ids()].filter((id) => needsResume((this.registry.get(id) as PositionSnapshot).context, fact.at)).sort((a, b) => a - b)
    return joined(ids.map((id) => this.#deliver(id, { type: 'run.resumed', seq: fact.seq, at: fact.at })))
  }

  /** What a position did is booked in its account's ledger; a retired one leaves the registry. */
  #follow(id: PositionId, before: PositionState | null, known: PositionContext | null, snapshot: PositionSnapshot): Output[] {
    const { context } = snapshot
    this.#restake(known, context)
    const outputs: Output[] = []
    const after = stateOf(snapshot)
    if (before !== after) outputs.push({ kind: 'notice', body: { type: 'position.moved', positionId: id, from: before, to: after } })
    for (const output of context.outputs) {
      outputs.push(output)
      if (output.kind === 'notice') this.#book(context, output.body)
    }
    if (context.retired) {
      this.registry.retire(id)
      this.#overdue.delete(id)
      if (this.registry.size === 0) this.#peaks.clear()
    }
    return outputs
  }

  /** What the position adds to its account; a closed one is booked instead. */
  #restake(known: PositionContext | null, context: PositionContext): void {
    const before = known && known.closedAt === null ? known : null
    const after = context.closedAt === null ? context : null
    if (before && after && before.fills === after.fills && before.fees === after.fees && before.funding === after.funding) return
    const [left, entered] = [before && stakeOf(before), after && stakeOf(after)]
    if (left || entered) this.#accounts.restake(this.#account(context.signal.accountLabel, context.at), left, entered)
  }

  #book({ signal, at }: PositionContext, notice: Notice): void {
    if (notice.type !== 'position.closed' && notice.type !== 'position.cancelled') return
    const ledger = this.#account(signal.accountLabel, at)
    ledger.release(signal)
    if (notice.type === 'position.closed') this.#accounts.bookClosed(ledger, signal.strategy, notice, at)
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
      signalPrices: [...this.#signalPrices.entries()].sort(([a], [b]) => (a < b ? -1 : 1)),
      strayTrades: [...this.#strayTrades].sort(),
      peaks: this.#peaks.dump(),
      overdue: [...this.#overdue].sort((a, b) => a - b),
      accounts: this.#accounts.dump(),
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
    for (const [symbol, price] of dump.signalPrices) core.#signalPrices.set(symbol, price)
    for (const trade of dump.strayTrades) core.#strayTrades.add(trade)
    core.#peaks.restore(dump.peaks)
    for (const id of dump.overdue) core.#overdue.add(id)
    core.#accounts = Accounts.restore(dump.accounts)
    core.registry.restore(dump.positions)
    if (dump.alerts) core.alerts.restore(dump.alerts)
    return core
  }
}
