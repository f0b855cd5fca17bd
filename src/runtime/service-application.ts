/** The running service as the HTTP side sees it: every answer waits until what it says is durable. */
import type {
  AdoptionOutcome,
  AdoptionRequest,
  Application,
  ChangeOutcome,
  CloseOutcome,
  Conflict,
  ControlRequest,
  DryRunOutcome,
  EntryOutcome,
  EntryRequest,
  ExitSignalOutcome,
  ExitSignalRequest,
  HealthView,
  MarketView,
  PanicReport,
  PublishedNotice,
  Read,
  ReconciliationView,
  TradingView,
} from '../http/application.ts'
import { decimal, toNumber, type Decimal } from '../domain/decimal.ts'
import type { OrderRole } from '../domain/ids.ts'
import { selectPrice, type PriceLane, type PriceQuote } from '../domain/quote.ts'
import type { GroupedStats, OrderView, Page, PageRequest, PositionDetail, PositionFilter, PositionView, StatsGroup } from '../domain/wire.ts'
import { adopt, statePrice } from './adoption.ts'
import { allDurable, unavailable } from './durable-answer.ts'
import { panic } from './panic.ts'
import { reconcile } from './reconcile.ts'
import { PositionRequests, type PositionChange } from './position-requests.ts'
import type { PaperTwin } from './paper-twin.ts'
import type { Service } from './service.ts'
import { TradingControl } from './trading-control.ts'

/** A panic that takes longer is answered with what is left; asking again goes on waiting. */
const PANIC_ANSWER_MS = 8000

export class ServiceApplication implements Application {
  readonly #service: Service
  readonly #positions: PositionRequests
  readonly #control: TradingControl
  readonly #twin: PaperTwin | null
  constructor(service: Service, twin: PaperTwin | null = null) {
    this.#service = service
    this.#twin = twin
    this.#control = new TradingControl(service)
    this.#positions = new PositionRequests(service)
  }

  ready(): boolean {
    return this.#service.closedReason() === null && !this.#service.eventLoop?.recentStall()
  }

  async enter(request: EntryRequest): Promise<EntryOutcome> {
    const { engine, prices } = this.#service
    const preparing = prices.prepare(request.signal.symbol)
    if (preparing) await preparing
    const { outcome, seq } = engine.enter(request)
    if (outcome.kind === 'answered' && outcome.answer.risk_ok && !outcome.answer.duplicate) this.#twin?.enter(request)
    if (outcome.kind !== 'answered') return outcome
    return (await this.#durable(seq)) ? outcome : unavailable(this.#service)
  }

  closePosition(id: number, reason: string | null): Promise<CloseOutcome> {
    return this.#positions.close(id, reason)
  }
  changePosition(id: number, change: PositionChange, reason: string | null): Promise<ChangeOutcome> {
    return this.#positions.change(id, change, reason)
  }
  signalExit(request: ExitSignalRequest): Promise<ExitSignalOutcome> {
    this.#twin?.signalExit(request)
    return this.#positions.signal(request)
  }

  dryRun(request: EntryRequest): DryRunOutcome {
    return this.#service.engine.dryRun(request)
  }

  pause(request: ControlRequest): Promise<Read<TradingView>> {
    return this.#control.pause(request)
  }
  resume(request: ControlRequest): Promise<Read<TradingView> | Conflict> {
    return this.#control.resume(request)
  }
  panic(request: ControlRequest): Promise<Read<PanicReport>> {
    return panic(this.#service, request, PANIC_ANSWER_MS)
  }
  resetKillSwitch(request: ControlRequest): Promise<Read<TradingView> | Conflict> {
    return this.#control.reset(request)
  }

  arm(request: ControlRequest): Promise<Read<TradingView> | Conflict> {
    return this.#control.arm(request)
  }
  reconcile(): Promise<Read<ReconciliationView> | Conflict> {
    return reconcile(this.#service.live)
  }

  adopt(request: AdoptionRequest): Promise<AdoptionOutcome> {
    return adopt(this.#service, request)
  }
  statePrice(id: number, price: Decimal, reason: string): Promise<ChangeOutcome> {
    return statePrice(this.#service, id, price, reason)
  }

  positions(filter: PositionFilter, page: PageRequest): Promise<Read<Page<PositionView>>> {
    return this.#read(() => this.#service.engine.readModel.positions(filter, page))
  }
  position(id: number): Promise<Read<PositionDetail | undefined>> {
    return this.#afterBarrier(() => this.#service.engine.readModel.position(id))
  }
  orders(filter: { readonly role: OrderRole; readonly limit: number }): Promise<Read<Page<OrderView>>> {
    return this.#read(() => this.#service.engine.readModel.orders(filter.role, filter.limit))
  }
  order(id: number): Promise<Read<OrderView | undefined>> {
    return this.#read(() => this.#service.engine.readModel.order(id))
  }
  stats(filter: PositionFilter, groupBy: StatsGroup | undefined): Promise<Read<GroupedStats>> {
    return this.#read(() => this.#service.engine.readModel.stats(filter, groupBy))
  }
  health(): HealthView {
    return this.#service.health()
  }

  market(symbol: string): MarketView | undefined {
    const { engine, settings, clock } = this.#service
    const quote = engine.desk.lastQuote(symbol)
    if (!quote) return undefined
    const selected = lane(quote, settings.priceMode)
    return {
      symbol,
      ts: new Date(quote.ts).toISOString(),
      bid: lane(quote, 'bid'),
      ask: lane(quote, 'ask'),
      last: lane(quote, 'last'),
      mark: lane(quote, 'mark'),
      source: quote.source,
      mode: settings.priceMode,
      price: selected,
      age_ms: Math.max(0, clock.now() - quote.ts),
    }
  }
  marketSymbols(): readonly string[] {
    return this.#service.symbols()
  }

  async pinPrice(price: number | null): Promise<Read<{ readonly market_price: number | null }> | { readonly kind: 'not_simulated' }> {
    if (this.#service.settings.priceSource !== 'simulator') return { kind: 'not_simulated' }
    if (this.#service.engine.sequencer.state !== 'open') return unavailable(this.#service)
    const { seq } = this.#service.engine.accept({ type: 'price.pinned', price: price === null ? null : decimal(price) })
    if (!(await this.#durable(seq))) return unavailable(this.#service)
    this.#service.applyPin()
    return { kind: 'ok', value: { market_price: price } }
  }

  subscribe(listener: (published: PublishedNotice) => void): () => void {
    return this.#service.subscribe(listener)
  }
  metrics(): Promise<{ readonly contentType: string; readonly body: string }> {
    return this.#service.metrics()
  }

  /** Read now, answer when it is durable. */
  async #read<T>(take: () => T): Promise<Read<T>> {
    const value = take()
    return (await allDurable(this.#service)) ? { kind: 'ok', value } : unavailable(this.#service)
  }

  /** For what is read from the journal itself: first durable, then read; what came since waits for its own turn. */
  async #afterBarrier<T>(take: () => T): Promise<Read<T>> {
    if (!(await allDurable(this.#service))) return unavailable(this.#service)
    return this.#read(take)
  }

  #durable(seq: number): Promise<boolean> {
    return this.#service.whenDurable(seq)
  }
}

const lane = (quote: PriceQuote, mode: PriceLane): number | null => {
  const selected = selectPrice(quote, mode)
  return selected.ok ? toNumber(selected.price) : null
}
