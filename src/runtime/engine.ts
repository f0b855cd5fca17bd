/**
 * The service without its edges: sequencer, core, Books, deadlines, broker and read model wired together. Live
 * operation, replay of recorded prices and `simulate` run exactly this; they differ in clock, store and who brings
 * quotes and signals.
 */
import { PaperBroker } from '../brokers/paper-broker.ts'
import type { Broker, BrokerReport } from '../brokers/broker.ts'
import { LOWEST_PRICE, type PaperPricing, type PaperTrigger } from '../brokers/paper-prices.ts'
import type { Command } from '../domain/commands.ts'
import { maximum, minimum, type Decimal } from '../domain/decimal.ts'
import type { ExitReason } from '../domain/exit-reason.ts'
import type { Fact, OrderFilled, PriceExtremes, Stamped } from '../domain/facts.ts'
import { journalId, type ClientOrderId, type PositionId } from '../domain/ids.ts'
import { marketQty } from '../domain/market.ts'
import { isWorking } from '../domain/order.ts'
import { recordQuote, selectPrice, type PriceQuote } from '../domain/quote.ts'
import type { DryRunOutcome, EntryRequest } from '../http/application.ts'
import { valuesPositions } from '../risk/risk-engine.ts'
import { MACHINE_VERSION, type PositionSnapshot } from '../../machines/position.machine.ts'
import { POLICY_DEADLINE, SAMPLE_DEADLINE } from '../../machines/position.exits.ts'
import { widen } from '../../machines/position.reports.ts'
import { exitPolicy } from '../exits/registry.ts'
import type { Applied } from '../../machines/applied.ts'
import type { Core } from '../../machines/core.ts'
import { Deadlines, type Deadline } from './deadlines.ts'
import { Door, type DoorDecision } from './door.ts'
import { dryRun } from './dry-run.ts'
import type { EngineOptions } from './engine-options.ts'
import { EquityMarks } from './equity-marks.ts'
import { goOnClosing } from './halt.ts'
import { LiveStops } from './live-stops.ts'
import { liveWorld } from './live-world.ts'
import { openPaper, pricingOf } from './paper-world.ts'
import { Overdue } from './overdue.ts'
import { PeakJournal } from './peak-journal.ts'
import { PriceDesk, type PriceDeskPorts } from './price-desk.ts'
import type { ReadModel } from './read-model.ts'
import { nettedBy } from './netted.ts'
import { Recurring, WAIT_FOR_DISK_MS } from './recurring.ts'
import { strayOf } from './stray-fills.ts'
import { Sequencer, type Accepted } from './sequencer.ts'

const NO_MARKET = (): undefined => undefined

export class Engine {
  readonly core: Core
  readonly readModel: ReadModel
  readonly sequencer: Sequencer
  readonly desk: PriceDesk
  readonly deadlines = new Deadlines()
  readonly broker: Broker
  /** null: orders rest at an exchange. */
  readonly #paper: PaperBroker | null
  readonly #liveStops: LiveStops
  readonly #options: EngineOptions
  readonly #door: Door
  readonly #equity: EquityMarks
  readonly #overdue: Overdue
  readonly #recurring = new Recurring((seq) => seq <= this.sequencer.durableSeq)
  /** Positions from before this run. */
  readonly #restored = new Set<PositionId>()
  /** Deadlines that passed while there was no price to decide on: the first one does. */
  #late: Deadline[] = []

  constructor(options: EngineOptions) {
    this.#options = options
    this.core = options.core
    this.readModel = options.readModel
    const pricing = pricingOf(options.settings)
    this.desk = this.#makeDesk(pricing)
    const live = options.liveBroker?.(liveWorld(this.core, this.readModel))
    this.#paper = live ? null : this.#makePaper(pricing)
    this.broker = live ?? options.wrapBroker?.(this.#paper as PaperBroker) ?? (this.#paper as PaperBroker)
    this.#liveStops = this.#makeLiveStops()
    this.broker.onReport((report) => this.#onReport(report))
    this.sequencer = new Sequencer(
      {
        store: options.store,
        core: this.core,
        clock: options.clock,
        schedule: options.schedule,
        retryLater: options.retryLater,
        onApplied: (fact, applied, seqs) => this.#onApplied(fact, applied, seqs),
        onCommand: (command: Command) => (command.type === 'exit.ask' ? options.askModel?.(command) : this.broker.execute(command)),
        onNotice: options.onNotice,
        onState: options.onSequencerState,
      },
      options.start,
    )
    this.#door = this.#makeDoor()
    const { settings, clock } = options
    this.#overdue = new Overdue(this.core, settings.zombieAgeHours)
    this.#equity = new EquityMarks({
      needed: valuesPositions(settings.core.limits),
      priceMode: settings.priceMode,
      core: this.core,
      quote: (symbol) => this.desk.lastQuote(symbol),
      now: () => clock.now(),
      accept: (fact) => this.accept(fact).seq,
      isDurable: (seq) => seq <= this.sequencer.durableSeq,
    })
  }

  /** First facts of a run: the journal's identity, the settings in force, and the restart itself. */
  start(): void {
    const { settings, version, clock, random } = this.#options
    if (this.core.journalId === null) this.accept({ type: 'journal.created', journalId: journalId(random()), clock: clock.kind })
    this.accept({ type: 'settings.changed', settings: settings.core, named: settings.named })
    for (const id of this.core.registry.ids()) {
      this.#syncPosition(this.core.registry.get(id) as PositionSnapshot, true)
      this.#restored.add(id)
    }
    this.accept({ type: 'run.started', version, machineVersion: MACHINE_VERSION })
    goOnClosing(this)
  }

  accept(fact: Fact, at?: number): Accepted {
    return this.sequencer.accept(fact, at)
  }

  enter(request: EntryRequest): DoorDecision {
    return this.#door.enter(this.#sized(request))
  }

  /** What `enter` would say, with every check; nothing is recorded. */
  dryRun(asked: EntryRequest): DryRunOutcome {
    const { clock, market = NO_MARKET } = this.#options
    const request = this.#sized(asked)
    return dryRun(request, { core: this.core, inspected: this.#door.inspect(request), at: clock.now(), market: market(request.signal.symbol), marks: this.#equity.current() })
  }

  /** In the steps of the market, never more than asked for (SPEC L-7). */
  #sized(request: EntryRequest): EntryRequest {
    const market = this.#options.market?.(request.signal.symbol)
    return market ? { ...request, signal: { ...request.signal, qty: marketQty(market, request.signal.qty), qtyStep: market.qtyStep } } : request
  }

  quote(quote: PriceQuote): void {
    this.desk.quote(quote)
    if (this.#late.length > 0) this.#passLate()
    this.#equity.quoted()
  }

  /** The last quote of a signal's symbol if it may still decide something. */
  currentQuote(symbol: string): PriceQuote | null {
    const { feed } = this.#options
    const feedSymbol = feed.resolve(symbol)
    return feedSymbol === undefined || feed.isCurrent?.(feedSymbol) === false ? null : this.desk.lastQuote(symbol)
  }

  /** The last quote that an exit may be judged by. An exchange needs none of ours; a paper fill must not be of a price long gone. */
  exitQuote(symbol: string): PriceQuote | null {
    return this.fillsAtQuotes ? this.currentQuote(symbol) : this.desk.lastQuote(symbol)
  }

  /** Orders are paper: without a price nothing can fill. */
  get fillsAtQuotes(): boolean {
    return this.#paper !== null
  }

  /** Closes a position, or `qty` of it. */
  requestExit(positionId: PositionId, reason: ExitReason, note: string | null, qty: Decimal | null = null): Accepted {
    return this.accept({ type: 'exit.requested', positionId, reason, qty, note })
  }

  /** High and low since the fill as readers see them: where a stop depends on them, no further than they are journaled. */
  shownExtremes(positionId: PositionId): PriceExtremes | undefined {
    const context = this.core.registry.get(positionId)?.context
    if (!context || context.firstFillSeq === null || !exitPolicy(context.signal.exitStrategy).followsBest) return this.desk.extremes(positionId)
    const feedSymbol = this.#options.feed.resolve(context.signal.symbol)
    const peaks = feedSymbol === undefined ? null : this.core.peaksSince(feedSymbol, context.firstFillSeq)
    return (peaks ? widen(context.extremes, peaks) : context.extremes) ?? undefined
  }

  /** When the next timer is due; Infinity: never. */
  nextTimerAt(): number {
    const { desk, deadlines } = this
    return Math.min(desk.arming.peek()?.at ?? Infinity, deadlines.peek()?.at ?? Infinity, desk.peaks.nextAt(), this.#liveStops.nextAt(), this.#overdue.peek()?.dueAt ?? Infinity)
  }

  /** Fires the earliest timer due at or before `now`; false: none is. */
  fireTimer(now: number): boolean {
    const arming = this.desk.arming.peek()
    const deadline = this.deadlines.peek()
    if (arming && arming.at <= now && arming.at <= (deadline?.at ?? Infinity)) {
      this.desk.arming.take(now)
      const snapshot = this.core.registry.get(arming.positionId)
      if (snapshot) this.desk.arm(arming.positionId, snapshot.context)
      return true
    }
    const due = this.deadlines.take(now)
    if (due && this.#recurring.mustWait(due)) this.deadlines.postpone(due, now + WAIT_FOR_DISK_MS)
    else if (due) this.#passDeadline(due)
    return due !== undefined || this.#liveStops.fire(now) || this.desk.peaks.fire(now) || this.#fireOverdue(now)
  }

  #fireOverdue(now: number): boolean {
    const overdue = this.#overdue.peek()
    if (!overdue || overdue.dueAt > now) return false
    this.accept({ type: 'position.overdue', positionId: overdue.positionId, hours: this.#options.settings.zombieAgeHours })
    return this.core.isOverdue(overdue.positionId)
  }

  /** A trailing stop was reached: the stop that rests for it fills where it had been trailed to, or where it rests tighter. */
  #stopTrailed(positionId: PositionId, trigger: PaperTrigger): void {
    if (!this.#paper) return this.#liveStops.reached(positionId)
    const context = this.core.registry.get(positionId)?.context
    const stop = context?.orders.findLast((order) => order.role === 'stop-loss' && isWorking(order.status))
    if (context && stop) {
      const tightest = context.signal.direction === 'long' ? maximum : minimum
      const trailedTo = trigger.trailedTo === null || stop.price === null ? trigger.trailedTo : tightest(trigger.trailedTo, stop.price)
      return this.#paper.trigger(positionId, stop.clientOrderId, { ...trigger, trailedTo })
    }
    const extremes = this.desk.extremes(positionId)
    if (extremes) this.accept({ type: 'price.crossed', positionId, key: 'trailing', price: trigger.price, quote: recordQuote(trigger.quote), extremes })
  }

  /** The price is at a resting order: paper fills it, an exchange must. */
  #orderReached(positionId: PositionId, clientOrderId: ClientOrderId, trigger: PaperTrigger): void {
    if (this.#paper) return this.#paper.trigger(positionId, clientOrderId, trigger)
    const order = this.core.registry.get(positionId)?.context.orders.find((each) => each.clientOrderId === clientOrderId)
    if (order?.role === 'stop-loss') this.#liveStops.reached(positionId)
  }

  #passLate(): void {
    const late = this.#late
    this.#late = []
    for (const deadline of late) this.#passDeadline(deadline)
  }

  #passDeadline(deadline: Deadline): void {
    const { positionId, name, dueAt } = deadline
    const snapshot = this.core.registry.get(positionId)
    if (!snapshot) return
    const { symbol } = snapshot.context.signal
    const quote = this.exitQuote(symbol)
    const waits = this.fillsAtQuotes && quote === null && (this.#restored.has(positionId) || this.desk.lastQuote(symbol) !== null)
    if (waits && name.startsWith(POLICY_DEADLINE)) return void this.#late.push(deadline)
    const selected = quote ? selectPrice(quote, this.#options.settings.priceMode) : null
    const extremes = this.desk.extremes(positionId)
    if (name.startsWith(SAMPLE_DEADLINE) && quote && selected?.ok && extremes) {
      this.accept({ type: 'price.sampled', positionId, key: name.slice(SAMPLE_DEADLINE.length), price: selected.price, quote: recordQuote(quote), extremes })
    } else this.accept({ type: 'deadline.passed', positionId, name, dueAt, price: selected?.ok ? selected.price : null, ...(extremes ? { extremes } : {}) })
    this.#recurring.passed(deadline, this.sequencer.nextSeq - 1)
  }

  #onReport(report: BrokerReport): void {
    const stray = strayOf(report, { held: (id) => this.core.registry.get(id), row: (id) => this.readModel.history.row(id) })
    if (report.type === 'order.filled') this.desk.beforeFill(report.positionId)
    this.accept(stray ?? report)
    // Positions of a paper book, also where a venue is played to it, stand beside each other.
    if (report.type === 'order.filled' && this.#options.settings.core.marketType === 'linear_perp') this.#bookNetted(report)
  }

  #bookNetted(fill: OrderFilled): void {
    const contexts = [...this.core.registry.ids()].flatMap((id) => this.core.registry.get(id)?.context ?? [])
    for (const fact of nettedBy(fill, contexts)) this.accept(fact)
  }

  #onApplied(fact: Stamped, applied: Applied, outputSeqs: readonly number[]): void {
    for (const snapshot of applied.touched) this.#syncPosition(snapshot)
    if (fact.type === 'price.peaked' && !this.#paper) this.#liveStops.peaked(fact.symbol)
    this.readModel.applied(fact, applied, outputSeqs)
  }

  #syncPosition({ context }: PositionSnapshot, restored = false): void {
    this.deadlines.sync(context.id, context.retired ? {} : context.deadlines)
    this.desk.sync(context, this.#options.clock.now(), restored)
    if (context.retired) {
      this.#restored.delete(context.id)
      this.#recurring.drop(context.id)
    }
    if (context.closedAt !== null) this.#liveStops.drop(context.id)
    this.#options.onTimers()
  }

  #makePaper(pricing: PaperPricing): PaperBroker {
    const { core, desk } = this
    return openPaper(pricing, {
      core,
      quote: (symbol) => desk.lastQuote(symbol),
      isCurrent: (symbol) => this.currentQuote(symbol) !== null,
      extremes: (id) => desk.extremes(id),
    })
  }

  #makeLiveStops(): LiveStops {
    return new LiveStops({
      now: () => this.#options.clock.now(),
      position: (id) => this.core.registry.get(id),
      positions: () => this.core.registry.ids(),
      feedSymbol: (symbol) => this.#options.feed.resolve(symbol),
      extremes: (id) => this.shownExtremes(id),
      accept: (fact) => void this.accept(fact),
      onTimers: this.#options.onTimers,
    })
  }

  #makeDesk(pricing: PaperPricing): PriceDesk {
    const { feed, settings, clock, peakIntervalMs } = this.#options
    const ports: PriceDeskPorts = {
      lanes: { lane: pricing.lane, entryLane: pricing.entryLane, policyLane: settings.priceMode, lowestPrice: LOWEST_PRICE },
      resolve: feed.resolve,
      onWatched: feed.watch,
      onUnwatched: feed.unwatch,
      isCurrent: (feedSymbol) => feed.isCurrent?.(feedSymbol) !== false,
      peaksSince: (feedSymbol, seq) => this.core.peaksSince(feedSymbol, seq),
      onStopTrailed: (positionId, trigger) => this.#stopTrailed(positionId, trigger),
      onOrderReached: (positionId, clientOrderId, trigger) => this.#orderReached(positionId, clientOrderId, trigger),
      onPolicyCrossed: (positionId, key, price, quote, extremes) => this.accept({ type: 'price.crossed', positionId, key, price, quote: recordQuote(quote), extremes }),
    }
    const peaks = new PeakJournal({
      intervalMs: peakIntervalMs,
      now: () => clock.now(),
      onWaiting: this.#options.onTimers,
      record: (symbol, { high, low }) => this.accept({ type: 'price.peaked', symbol, high, low }).seq,
      isDurable: (seq) => seq <= this.sequencer.durableSeq,
    })
    return new PriceDesk(ports, peaks)
  }

  #makeDoor(): Door {
    const { settings, clock, feed, audit, closed, market = NO_MARKET } = this.#options
    return new Door({
      settings: settings.signal,
      priceMode: settings.priceMode,
      checksMarket: feed.checksMarket,
      knowsSymbol: (symbol) => !feed.checksMarket || feed.resolve(symbol) !== undefined,
      quote: (symbol) => this.currentQuote(symbol),
      unavailable: () => feed.unavailable?.() ?? null,
      venue: settings.live?.venue ?? null,
      now: () => clock.now(),
      closed,
      beforeEntry: () => this.#equity.mark(),
      market,
      remembered: (kind, value) => this.readModel.remembered(kind, value),
      audit,
      nextSeq: () => this.sequencer.nextSeq,
      accept: (fact, at) => {
        const accepted = this.accept(fact, at)
        const answered = accepted.outputs.find((output) => output.kind === 'notice' && output.body.type === 'signal.answered')
        return { seq: this.sequencer.nextSeq - 1, answer: answered?.body.type === 'signal.answered' ? answered.body.answer : undefined }
      },
    })
  }
}
