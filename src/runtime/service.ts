/**
 * One process life: lock, journal, recovery, engine, prices, HTTP, and the way down. The ordinary start is recovery.
 * Shutdown closes no position.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createActor } from 'xstate'
import type { VenueApi } from '../brokers/exchange-live/venue-api.ts'
import type { LiveWorld } from '../brokers/exchange-live/live-world.ts'
import type { LiveSettings, Settings } from '../config/settings.ts'
import type { Fact } from '../domain/facts.ts'
import type { Notice } from '../domain/notices.ts'
import type { PriceQuote } from '../domain/quote.ts'
import type { HealthView, PublishedNotice } from '../http/application.ts'
import type { RecordedFeed } from '../prices/recorded/recorded-feed.ts'
import { supervisorMachine, type SupervisorEvent, type SupervisorState } from '../../machines/supervisor.machine.ts'
import { AuditLog } from '../../state/audit-log.ts'
import { FileStore } from '../../state/file-store.ts'
import { recoverFrom, type RecoveredCore } from '../../state/recover.ts'
import type { Recovered, Store } from '../../state/store.ts'
import { AuditGate } from './audit-gate.ts'
import { Checkpointer } from './checkpointer.ts'
import { realClock, VirtualClock, type Clock } from './clock.ts'
import { Engine } from './engine.ts'
import { ExitModel } from './exit-model.ts'
import { ExchangeEdge, openExchange, type OpenedExchange } from './exchange-edge.ts'
import { healthView } from './health-view.ts'
import { journalTrouble } from './journal-trouble.ts'
import { LiveDesk } from './live-desk.ts'
import type { Logger } from './logger.ts'
import type { LoopWatch } from './loop-watch.ts'
import { Metrics } from './metrics.ts'
import { invented, type PriceEdge } from './price-edge.ts'
import { Publisher } from './publisher.ts'
import { ReadModel } from './read-model.ts'
import { readModelIn } from './read-model-files.ts'
import { openReplay, ReplayEdge } from './replay-edge.ts'
import { WakeUp } from './timers.ts'
import { UNARMED } from './trading-control.ts'

/** Moved best prices are journaled at most this often per symbol (DESIGN of the Book). */
const PEAK_INTERVAL_MS = 250
/** A full disk is tried again this often. */
const STALL_RETRY_MS = 1000
/** A request that cannot become durable in this time is answered 503; it may still become durable later. */
const DURABLE_WITHIN_MS = 4000
/** A disk that takes the first records of a run no sooner is out of order. */
const START_WITHIN_MS = 30_000

export type ServiceStarted = { readonly ok: true; readonly service: Service } | { readonly ok: false; readonly message: string }

/** What the journal tells of the process itself; that it opened the journal and recovered, every record behind `run.started` says. */
const TOLD: Partial<Record<SupervisorEvent['type'], Fact>> = { 'reconciliation.completed': { type: 'run.reconciled' }, 'shutdown.requested': { type: 'run.stopping' } }

export class Service {
  readonly settings: Settings
  readonly clock: Clock
  readonly version: string
  readonly startedAt = performance.now()
  readonly metricsRegistry = new Metrics()
  readonly #logger: Logger
  /** Its durable records may be read; only the engine writes. */
  readonly store: Store
  readonly #audit: AuditGate
  readonly #publisher: Publisher
  readonly #supervisor = createActor(supervisorMachine)
  readonly #wakeUp: WakeUp
  readonly #checkpointer: Checkpointer
  readonly #exitModel: ExitModel
  readonly engine: Engine
  /** Real orders; null with paper. */
  readonly live: LiveDesk | null
  readonly prices: PriceEdge
  /** Whoever owns the process watches its event loop; null: nobody does. */
  eventLoop: LoopWatch | null = null

  /** Opens the data directory and recovers. Nothing runs yet. */
  static async open(wanted: Settings, version: string, logger: Logger): Promise<ServiceStarted> {
    const replay = wanted.priceSource === 'replay' ? await openReplay(wanted) : null
    if (replay && !replay.ok) return replay
    const exchange = await exchangeOf(wanted, logger)
    const settings = exchange === 'unavailable' ? { ...wanted, priceSource: 'simulator' as const } : wanted
    const store = new FileStore({ directory: settings.dataDir, plainMs: settings.retentionDays * 86_400_000, onRemark: (remark) => logger.warn('journal_remark', { remark }) })
    const opening = store.open()
    if (!opening.ok) return { ok: false, message: opening.message }
    const readModel = new ReadModel(readModelIn(settings.dataDir, (remark) => logger.warn('read_model_remark', { remark })), store)
    const recovering = recoverFrom(settings.dataDir, opening.recovered, () => store.read(1, opening.recovered.durableSeq), readModel)
    if (!recovering.ok) {
      await store.close()
      return recovering
    }
    const { recovered } = recovering
    const lastAt = [...store.read(opening.recovered.durableSeq, opening.recovered.durableSeq)][0]?.at ?? 0
    const clock = replay ? new VirtualClock(lastAt) : realClock()
    if (recovered.core.clock !== null && recovered.core.clock !== clock.kind) {
      await store.close()
      return { ok: false, message: `${settings.dataDir} holds a journal on ${recovered.core.clock} time, PRICE_SOURCE=${settings.priceSource} runs on ${clock.kind} time; set DATA_DIR to another directory` }
    }
    const liveApi = settings.live ? await openLiveApi(settings, settings.live, clock, logger) : null
    const audit = new AuditGate(new AuditLog(settings.auditLogPath), store, opening.recovered, (remark) => logger.warn('audit_remark', { remark }))
    const service = new Service({ settings, version, logger, store, audit, clock, readModel, recovered, opening: opening.recovered, feed: replay?.feed ?? null, exchange: exchange === 'unavailable' ? null : exchange, liveApi })
    for (const remark of recovered.remarks) logger.warn('recovery_remark', { remark })
    if (opening.recovered.tornTail) logger.warn('journal_torn_tail', opening.recovered.tornTail)
    return { ok: true, service }
  }

  private constructor(parts: {
    readonly settings: Settings
    readonly version: string
    readonly logger: Logger
    readonly store: Store
    readonly audit: AuditGate
    readonly clock: Clock
    readonly readModel: ReadModel
    readonly recovered: RecoveredCore
    readonly opening: Recovered
    readonly feed: RecordedFeed | null
    readonly exchange: OpenedExchange | null
    readonly liveApi: VenueApi | null
  }) {
    const { settings, clock, logger, store, readModel, recovered, opening, feed, exchange } = parts
    this.settings = settings
    this.version = parts.version
    this.clock = clock
    this.#logger = logger
    this.store = store
    this.#audit = parts.audit
    this.#publisher = new Publisher(logger)
    this.#wakeUp = new WakeUp(clock, () => this.#fireTimers())
    const replay = feed && clock instanceof VirtualClock ? new ReplayEdge(feed, settings, clock, logger) : null
    this.#exitModel = new ExitModel({ ...settings.exitModel, logger, answer: (fact) => void this.engine.accept(fact) })
    const onQuote = (quote: PriceQuote): void => this.engine.quote(quote)
    this.prices =
      replay ??
      (exchange ? new ExchangeEdge(exchange.source, settings, clock, logger, onQuote) : invented(settings, clock, (level, event, fields) => logger[level](event, fields), onQuote))
    this.live = parts.liveApi && settings.live ? this.#makeLiveDesk(parts.liveApi, settings.live) : null
    const { live } = this
    this.engine = new Engine({
      settings,
      version: parts.version,
      store,
      start: { partition: settings.core.accountLabel, epoch: opening.epoch, durableSeq: opening.durableSeq, lastBatch: opening.lastBatch },
      core: recovered.core,
      readModel,
      clock,
      feed: this.prices,
      schedule: (flush) => setImmediate(flush),
      retryLater: (retry) => void setTimeout(retry, STALL_RETRY_MS),
      audit: (seq, at, payload) => this.#audit.append(seq, at, payload),
      closed: () => this.closedReason(),
      onNotice: (notice, seq, at) => {
        this.metricsRegistry.notice(notice)
        this.#publisher.publish(notice, seq, at)
        this.#checkpointer.consider()
      },
      onSequencerState: (state, message) => this.#onSequencerState(state, message),
      onTimers: () => this.#armTimers(),
      askModel: (question) => this.#exitModel.ask(question),
      random: () => randomBytes(6),
      peakIntervalMs: PEAK_INTERVAL_MS,
      ...(live ? { liveBroker: (world: LiveWorld) => live.open(world), market: (symbol: string) => live.market(symbol) } : {}),
    })
    readModel.attach(recovered.core, (id) => this.engine.shownExtremes(id))
    replay?.attach(this.engine)
    this.#checkpointer = new Checkpointer(this.engine, store, () => this.#audit.sync(), logger)
  }

  /** Recovers what was under way, starts prices and timers; resolves true when signals are taken, false if the disk takes nothing. `first`: facts before any price. */
  async run(first: readonly Fact[] = []): Promise<boolean> {
    this.#supervisor.start()
    this.#send({ type: 'journal.opened' })
    this.#send({ type: 'recovery.completed' })
    await this.engine.broker.connect()
    // Before anything is watched: no other price may be quoted in between.
    if (this.engine.core.pinnedPrice !== null) this.prices.pin(this.engine.core.pinnedPrice)
    const isNew = this.engine.core.journalId === null
    this.engine.start()
    for (const fact of first) this.engine.accept(fact)
    // Real money waits for a person, once.
    if (this.live && isNew) this.engine.accept(UNARMED)
    if (!(await this.#written(START_WITHIN_MS))) return false
    for (const [symbol, price] of this.engine.core.signalPrices) this.prices.signalled(symbol, price)
    this.prices.start()
    this.#armTimers()
    if (this.live) this.live.start()
    else this.#send({ type: 'reconciliation.completed' })
    this.#logger.info('position_watcher_started', { positions: this.engine.core.registry.size, price_source: this.settings.priceSource, interval_sec: this.settings.autoCloseIntervalSec })
    return true
  }

  /** Stops taking signals, lets what is under way become durable, writes a checkpoint. Positions stay. */
  async stop(): Promise<void> {
    this.#send({ type: 'shutdown.requested' })
    const taped = this.prices.stop()
    this.live?.stop()
    this.#exitModel.stop()
    this.#wakeUp.stop()
    // A full disk must not hold the process: what was acknowledged is durable.
    await this.#written(DURABLE_WITHIN_MS)
    await taped
    await this.#checkpointer.finish()
    await this.engine.broker.disconnect()
    this.engine.readModel.close()
    this.#audit.close()
    await this.store.close()
    this.#send({ type: 'drained' })
  }

  get state(): SupervisorState {
    return this.#supervisor.getSnapshot().value
  }

  /** Why records do not become durable now; null: they do. */
  get journalTrouble(): string | null {
    return journalTrouble(this.engine.sequencer, this.clock.kind)
  }

  /** Why signals are not taken now; null: they are. */
  closedReason(): string | null {
    const trouble = this.journalTrouble
    if (trouble !== null) return trouble
    if (this.live && (this.state === 'running' || this.state === 'reconciling')) return this.live.closedReason()
    return this.state === 'running' ? null : `LOMS is ${this.state}; try again in a moment`
  }

  /** True once `seq` is durable, false if it is not within a time that a caller waits for, or the disk takes nothing now. */
  whenDurable(seq: number, withinMs = DURABLE_WITHIN_MS): Promise<boolean> {
    const { sequencer } = this.engine
    if (seq <= sequencer.durableSeq) return Promise.resolve(true)
    if (sequencer.state !== 'open') return Promise.resolve(false)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs)
      void sequencer.whenDurable(seq).then((durable) => {
        clearTimeout(timer)
        resolve(durable)
      })
    })
  }

  /** True once nothing waits to be written, false if a batch takes longer than `withinMs` or the disk takes nothing now. */
  async #written(withinMs: number): Promise<boolean> {
    const { sequencer } = this.engine
    while (!sequencer.idle) if (!(await this.whenDurable(sequencer.nextSeq - 1, withinMs))) return false
    return true
  }

  subscribe(listener: (published: PublishedNotice) => void): () => void {
    return this.#publisher.subscribe(listener)
  }
  /** Resolves with the first durable notice for which `matches` holds, or after `withinMs`. */
  when(matches: (notice: Notice) => boolean, withinMs: number): Promise<void> {
    return this.#publisher.when(matches, withinMs)
  }
  /** Why the audit log takes no lines; null: it does. */
  get auditFailure(): string | null {
    return this.#audit.failure
  }
  symbols(): readonly string[] {
    return this.prices.symbols()
  }
  /** Brings the simulator in line with the durable pin. */
  applyPin(): void {
    this.prices.pin(this.engine.core.pinnedPrice)
  }
  health(): HealthView {
    return healthView(this, this.store.describe(), this.#audit.failure)
  }
  metrics(): Promise<{ readonly contentType: string; readonly body: string }> {
    return this.metricsRegistry.render(this)
  }

  #send(event: SupervisorEvent): void {
    const before = this.state
    this.#supervisor.send(event)
    this.#logger.info('service_state', { state: this.state })
    const told = TOLD[event.type]
    // A disk that takes nothing must hold nobody on the way down.
    if (told && this.state !== before && this.engine.sequencer.state === 'open') this.engine.accept(told)
  }

  #makeLiveDesk(api: VenueApi, settings: LiveSettings): LiveDesk {
    return new LiveDesk({
      settings,
      api,
      clock: this.clock,
      logger: this.#logger,
      symbols: this.settings.core.limits.liveSymbols,
      resolved: () => [...this.engine.core.registry.ids()].every((id) => this.engine.core.registry.get(id)?.context.orders.every((order) => order.status !== 'unresolved') ?? true),
      onFindings: (findings) => void this.engine.accept({ type: 'account.compared', findings }),
      onReconciled: () => this.#send({ type: 'reconciliation.completed' }),
    })
  }

  #onSequencerState(state: string, message: string): void {
    this.#logger[state === 'open' ? 'info' : 'error']('journal_state', { state, message })
    if (state === 'failed') this.#send({ type: 'journal.failed', message })
  }

  /** Not on the way down: a timer set then would hold the process. */
  #armTimers(): void {
    if (this.state === 'draining' || this.state === 'stopped') return
    if (this.clock.kind === 'real') this.#wakeUp.set(this.engine.nextTimerAt())
  }

  #fireTimers(): void {
    const now = this.clock.now()
    while (this.engine.fireTimer(now));
    this.#armTimers()
  }
}

/** The exchange of the settings, null for another source. Invented prices stand in for it in `dev` only (SPEC P-5). */
async function exchangeOf(settings: Settings, logger: Logger): Promise<OpenedExchange | 'unavailable' | null> {
  if (settings.priceSource !== 'exchange' || settings.priceExchange === 'dummy') return null
  const exchange = await openExchange(settings, realClock())
  if (exchange.failure === null) return exchange
  const instead = settings.environment === 'dev' && settings.brokerMode === 'paper' ? 'simulator' : 'none'
  logger.warn('price_source_unavailable', { source: settings.priceExchange, message: exchange.failure, instead })
  return instead === 'simulator' ? 'unavailable' : exchange
}

/** The account's clients. Loaded only for real orders; nothing is sent yet. */
async function openLiveApi(settings: Settings, { venue, credentials, sandbox }: LiveSettings, clock: Clock, logger: Logger): Promise<VenueApi> {
  const [{ openVenue }, { RequestLog }] = await Promise.all([import('../brokers/exchange-live/open-venue.ts'), import('../exchange/request-log.ts')])
  const { apiKey, secret, passphrase } = credentials
  const requests = new RequestLog({
    directory: join(settings.dataDir, 'venue'), now: () => clock.now(), secrets: [apiKey, secret, passphrase ?? ''], keptDays: settings.retentionDays,
    log: (event, fields) => logger.warn(event, fields),
  })
  return openVenue({ access: 'trade', venue, credentials, sandbox, emulatorUrl: settings.exchangeEmulatorUrl, owns: () => true, requests })
}
