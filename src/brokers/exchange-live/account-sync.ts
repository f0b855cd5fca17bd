/**
 * What the account really holds, read by REST: fills, then open orders, then positions. It runs every five seconds for
 * ever, four times a second while anything is unprotected, unresolved or closing, and at once when the streams say that
 * something changed. A read that failed proves nothing and changes nothing.
 */
import { ZERO, isZero, less, sum, type Decimal } from '../../domain/decimal.ts'
import { parseClientOrderId, type ClientOrderId, type PositionId, type TradeId, type VenueOrderId } from '../../domain/ids.ts'
import { isTerminal, isWorking, type OrderRecord } from '../../domain/order.ts'
import { entrySide } from '../../domain/signal.ts'
import type { Finding } from '../../domain/reconciliation.ts'
import { within } from '../../exchange/request-scope.ts'
import type { BrokerReport } from '../broker.ts'
import { isAttachedStop, outlivedAttachedStops } from './attached-stop.ts'
import { Beginnings } from './beginnings.ts'
import { ownerOf } from './fill-owner.ts'
import { FreshReads } from './fresh-reads.ts'
import { FundingSync } from './funding-sync.ts'
import { GivenUp } from './given-up.ts'
import { Leftovers } from './leftovers.ts'
import type { LivePosition, LiveWorld, PastPosition } from './live-world.ts'
import { Misses } from './misses.ts'
import { OrderNames } from './order-names.ts'
import { messageOf } from './outcome.ts'
import { compareAccount } from './reconciliation.ts'
import type { StreamTimers } from './streams.ts'
import { Vanished } from './vanished.ts'
import { mayTakeBack, voidedBy } from './voids.ts'
import type { VenueApi, VenueFill, VenueOrder, VenuePosition } from './venue-api.ts'

/** Time limit of one read. */
const READ_MS = 3000
const IDLE_SYNC_MS = 5000
const HOT_SYNC_MS = 250
/** Fills are asked for again from so long before the last look: venues list them late. */
const OVERLAP_MS = 60_000
/** A fill that no order claims is somebody else's after this time: a triggered stop may be named late, an unanswered order found late. */
const UNCLAIMED_MS = 2000
/** While an own order may have caused it: its fate is not known, or no whole look has followed the fill. */
const UNCLAIMED_IN_DOUBT_MS = 15_000
/** A fill not older than this was pushed to the streams that stand now. */
const RECENT_MS = 10_000
const TOLD_MAX = 20_000
/** What proves that a list will not show an order any more that it once must have had. */
const LOST = { looks: 3, overMs: 2000 } as const

export type AccountSyncPorts = {
  readonly api: VenueApi
  readonly world: LiveWorld
  readonly timers: StreamTimers
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly report: (report: BrokerReport) => void
  /** The venue's name of a signal's symbol. */
  readonly venueSymbol: (symbol: string) => string
  readonly cancelStray: (order: VenueOrder) => void
  readonly cancelStuck: (order: VenueOrder) => void
  /** A price as the venue rounds it. */
  readonly venuePrice: (symbol: string, price: Decimal) => Decimal
  readonly removeAttachedStop: (venueSymbol: string) => void
  /** After every complete look. */
  readonly onSynced: (findings: readonly Finding[], positions: readonly VenuePosition[]) => void
  readonly onFailed: (message: string) => void
}

export class AccountSync {
  readonly #ports: AccountSyncPorts
  /** The venue's ids are unique on their symbol only. */
  readonly #told = new Set<string>()
  /** Orders that a triggered stop or target started, and whose they are. */
  readonly #spawned = new Map<string, ClientOrderId>()
  readonly #unclaimedSince = new Map<string, number>()
  readonly #beginnings: Beginnings
  readonly #givenUp: GivenUp
  /** On the venue's clock: ours may be wrong. */
  readonly #seenUntil = new Map<string, number>()
  readonly #misses: Misses<ClientOrderId>
  readonly #leftovers: Leftovers
  readonly #vanished: Vanished
  readonly #cutShort: Misses<ClientOrderId>
  /** The latest fills that the venue listed. */
  readonly #listed = new Map<string, VenueFill>()
  /** Of the last look. */
  #open: ReadonlySet<VenueOrderId> = new Set()
  /** When the last look began that came to its end. */
  #lookedFrom = -Infinity
  /** Symbols that the account held at the last look. */
  #held: ReadonlySet<string> = new Set()
  readonly #names: OrderNames
  readonly funding: FundingSync
  /** By symbol. */
  readonly #fills = new FreshReads((symbol) => this.#readFills(symbol))
  #running: Promise<void> | null = null
  #again = false
  #lastAt = -Infinity
  #stop: () => void = () => {}

  constructor(ports: AccountSyncPorts) {
    this.#ports = ports
    this.#misses = new Misses(ports.timers.now)
    this.#leftovers = new Leftovers(ports.world, ports.timers.now)
    this.#vanished = new Vanished(ports.timers.now)
    this.#cutShort = new Misses(ports.timers.now)
    this.#beginnings = new Beginnings(ports)
    this.#givenUp = new GivenUp(ports)
    this.funding = new FundingSync(ports, (position) => this.#beginnings.of(position))
    this.#names = new OrderNames(ports.api, ({ symbol, venueOrderId }, name) => {
      this.#spawned.set(keyOf(symbol, venueOrderId), name)
      this.wake()
    })
  }

  start(): void {
    this.#stop = this.#ports.timers.every(HOT_SYNC_MS, () => {
      const due = this.#ports.timers.now() - this.#lastAt >= (this.#isHot() ? HOT_SYNC_MS : IDLE_SYNC_MS)
      if (due && !this.#running) this.wake()
    })
  }

  stop(): Promise<void> {
    this.#stop()
    this.#again = false
    return this.#running ?? Promise.resolve()
  }

  /** Looks for fills at once, and at the rest as soon as the look under way is over. */
  wake(): void {
    if (this.#running) {
      this.#again = true
      void this.#bookAllFills().catch((error: unknown) => this.#ports.onFailed(messageOf(error)))
      return
    }
    this.#lastAt = this.#ports.timers.now()
    this.#running = this.#look().finally(() => {
      this.#running = null
      if (!this.#again) return
      this.#again = false
      this.wake()
    })
  }

  /** One order's fate, taken over. False: no list has it now. Rejects where it could not be read. */
  async resolve(positionId: PositionId, clientOrderId: ClientOrderId): Promise<boolean> {
    const position = this.#ports.world.position(positionId)
    const record = position?.orders.find((order) => order.clientOrderId === clientOrderId)
    if (!position || !record) return true
    const symbol = this.#ports.venueSymbol(position.symbol)
    const order = await within(READ_MS, () => this.#ports.api.order(symbol, clientOrderId, record.role))
    if (!order) return false
    await this.#settle(positionId, record, order)
    return true
  }

  /** A fill that nobody claims yet may be of this order, whatever the list of orders says. */
  mayHaveFilled(symbol: string, side: OrderRecord['side']): boolean {
    return [...this.#unclaimedSince.keys()].some((key) => {
      const fill = this.#listed.get(key)
      return fill?.symbol === symbol && fill.side === side
    })
  }

  /** Something needs attention more often than every five seconds. */
  #isHot(): boolean {
    if (this.#misses.size > 0 || this.#cutShort.size > 0 || this.#leftovers.isUnsure || this.#unclaimedSince.size > 0 || this.#vanished.isUnsure) return true
    for (const position of this.#ports.world.positions()) {
      if (position.finished || position.vanished) continue
      if (position.closing || (!isZero(position.openQty) && !position.covered)) return true
      if (position.orders.some((order) => order.status === 'created' || order.status === 'unresolved' || (order.role === 'entry' && !isTerminal(order.status)))) return true
    }
    return false
  }

  async #look(): Promise<void> {
    const { api, world, timers, onSynced, onFailed, removeAttachedStop, cancelStray, cancelStuck } = this.#ports
    const begun = timers.now()
    try {
      await this.#bookAllFills()
      const open = await within(READ_MS, () => api.openOrders())
      this.#open = new Set(open.map((order) => order.venueOrderId))
      await this.#settleMissing(open)
      for (const order of this.#leftovers.strays(open)) cancelStray(order)
      const words = { symbol: this.#ports.venueSymbol, price: this.#ports.venuePrice }
      const isAttached = (order: VenueOrder): boolean => isAttachedStop(world.positions(), order, words)
      for (const order of this.#leftovers.stuck(open, (each) => this.#spawned.get(keyOf(each.symbol, each.venueOrderId)), isAttached)) cancelStuck(order)
      for (const symbol of outlivedAttachedStops(world.positions(), open, words)) removeAttachedStop(symbol)
      await this.funding.bookDue()
      this.#beginnings.retain((id) => world.position(id) !== undefined)
      const held = await within(READ_MS, () => api.positions())
      this.#held = new Set(held.map(({ symbol }) => symbol))
      const findings = compareAccount(world.positions(), held, open, world.journalId(), this.#ports.venueSymbol)
      for (const report of this.#vanished.look([...world.positions()], findings, held, this.#ports.venueSymbol)) this.#ports.report(report)
      this.#lookedFrom = begun
      onSynced(findings, held)
    } catch (error) {
      onFailed(messageOf(error))
    }
  }

  /** Where LOMS has something, and where the account holds something or may have: an entry may come through after it was given up. */
  #symbols(): ReadonlySet<string> {
    return new Set([...[...this.#ports.world.positions()].map(({ symbol }) => this.#ports.venueSymbol(symbol)), ...this.#givenUp.symbols(), ...this.#held])
  }

  async #bookAllFills(): Promise<void> {
    await Promise.all([...this.#symbols()].map((symbol) => this.#fills.ask(symbol)))
  }

  async #readFills(symbol: string): Promise<void> {
    const { api, world, venueSymbol } = this.#ports
    const there = (): readonly LivePosition[] => [...world.positions()].filter((each) => venueSymbol(each.symbol) === symbol)
    const earliest = Math.min(api.now(), this.#givenUp.firstOn(symbol), ...there().map((each) => this.#beginnings.of(each)))
    // What nobody has claimed yet is asked for until it is told, however old it gets.
    const unclaimed = [...this.#unclaimedSince.keys()].flatMap((key) => this.#listed.get(key) ?? []).flatMap((fill) => (fill.symbol === symbol ? [fill.at] : []))
    const since = Math.min(this.#vanished.differs(symbol) ? earliest : Math.max(earliest, this.#seenUntil.get(symbol) ?? 0), ...unclaimed) - OVERLAP_MS
    const fills = await within(READ_MS, () => api.fills(symbol, since))
    this.#beginnings.listed(there(), fills)
    for (const fill of fills) {
      const key = keyOf(symbol, fill.tradeId)
      this.#listed.set(key, fill)
      if (this.#listed.size > TOLD_MAX) this.#listed.delete(this.#listed.keys().next().value as string)
      this.#book(fill)
      this.#seenUntil.set(symbol, Math.max(fill.at, this.#seenUntil.get(symbol) ?? 0))
    }
  }

  #book(fill: VenueFill): void {
    if (this.#told.has(keyOf(fill.symbol, fill.tradeId))) return
    const owner = ownerOf(fill, this.#spawned.get(keyOf(fill.symbol, fill.venueOrderId)), this.#ports.world, this.#ports.venueSymbol)
    if (!owner) return this.#bookForeign(fill)
    const { world } = this.#ports
    const position = world.position(owner.positionId)
    if (position ? position.tradeIds.has(fill.tradeId) : world.isBooked(owner.positionId, fill.tradeId)) return this.#tell(fill, null)
    // Carried out after its position was over, an exit reduced what the account holds now.
    const isLateExit = (position?.finished ?? true) && parseClientOrderId(owner.clientOrderId)?.role !== 'entry'
    if (isLateExit && this.#against(fill).length > 0) return this.#bookForeign(fill)
    const { tradeId, venueOrderId, qty, price, fee, liquidity } = fill
    this.#expectPush(fill)
    this.#tell(fill, { type: 'order.filled', ...owner, venueOrderId, tradeId, qty, price, fee, liquidity })
  }

  /** An old one, found after a restart or an outage, was pushed to nobody. */
  #expectPush({ at }: VenueFill): void {
    if (this.#ports.api.now() - at < RECENT_MS) this.#ports.api.expectNews('fill')
  }

  #tell({ symbol, tradeId }: VenueFill, report: BrokerReport | null): void {
    const key = keyOf(symbol, tradeId)
    this.#unclaimedSince.delete(key)
    this.#told.add(key)
    if (this.#told.size > TOLD_MAX) this.#told.delete(this.#told.values().next().value as string)
    if (report) this.#ports.report(report)
  }

  /** Open positions on the fill's symbol that were there when it happened. */
  #sharing(fill: VenueFill): readonly LivePosition[] {
    return [...this.#ports.world.positions()].filter((each) => this.#ports.venueSymbol(each.symbol) === fill.symbol && !each.finished && fill.at >= this.#beginnings.of(each))
  }
  /** Those of them that it reduces. */
  #against(fill: VenueFill): readonly LivePosition[] {
    return this.#sharing(fill).filter((each) => entrySide(each.direction) !== fill.side)
  }

  /** A fill that no own order claims: it reduces our position all the same, by hand, by the venue, by the attached stop. */
  #bookForeign(fill: VenueFill): void {
    const [{ timers }, shared] = [this.#ports, this.#sharing(fill)]
    for (const each of shared) if (each.vanished && entrySide(each.direction) === fill.side) this.#vanished.share(each.id, fill.at)
    const since = this.#unclaimedSince.get(keyOf(fill.symbol, fill.tradeId)) ?? timers.now()
    this.#unclaimedSince.set(keyOf(fill.symbol, fill.tradeId), since)
    if (fill.cause === 'order' && fill.clientOrderId === null) this.#names.ask(fill)
    if (fill.cause === 'order' && timers.now() - since < (this.#isInDoubt(fill) || this.#lookedFrom < since ? UNCLAIMED_IN_DOUBT_MS : UNCLAIMED_MS)) return
    const voided = voidedBy(fill, shared)
    if (voided) return this.#tell(fill, voided)
    const against = this.#against(fill)
    const reduced = against.find((each) => !isZero(each.openQty) && !(each.vanished && this.#vanished.isShared(each.id, fill.at)))
    // It may reduce what an entry has filled that has not been read yet.
    const isEntering = against.some((each) => each.orders.some((order) => order.role === 'entry' && !isTerminal(order.status)))
    if (isEntering && less(reduced?.openQty ?? ZERO, fill.qty)) return
    if (!reduced) return this.#tell(fill, mayTakeBack(fill) ? voidedBy(fill, this.#pastOn(fill.symbol)) : null)
    const { tradeId, venueOrderId, qty, price, fee, liquidity, cause } = fill
    this.#expectPush(fill)
    this.#tell(fill, { type: 'external.filled', positionId: reduced.id, venueOrderId, tradeId, qty, price, fee, liquidity, cause: cause === 'order' ? 'external' : cause })
  }

  /** Positions on a symbol that are over. */
  #pastOn(symbol: string): readonly (LivePosition | PastPosition)[] {
    const { world, venueSymbol } = this.#ports
    return [...[...world.positions()].filter((each) => each.finished), ...world.past()].filter((each) => venueSymbol(each.symbol) === symbol)
  }

  /** It may be of an own order: one that nobody has answered for, or whose name is being asked for. */
  #isInDoubt({ symbol, side, venueOrderId }: VenueFill): boolean {
    const { world, venueSymbol } = this.#ports
    return this.#names.isAsking(venueOrderId) || [...world.positions()].some((each) => venueSymbol(each.symbol) === symbol && each.orders.some((order) => order.side === side && (order.status === 'created' || order.status === 'unresolved')))
  }

  /** Orders that rested and are in no list of open ones any more. */
  async #settleMissing(open: readonly VenueOrder[]): Promise<void> {
    const listed = new Set(open.map((order) => order.clientOrderId))
    const live = [...this.#ports.world.positions()].flatMap((position) => position.orders.filter(({ status }) => !isTerminal(status)).map((order) => ({ position, order })))
    const missing = live.filter(({ order }) => isWorking(order.status) && !listed.has(order.clientOrderId))
    this.#cutShort.retain(new Set(live.map(({ order }) => order.clientOrderId)))
    this.#misses.retain(new Set(missing.map(({ order }) => order.clientOrderId)))
    for (const { position, order } of missing) {
      if (await this.resolve(position.id, order.clientOrderId)) continue
      // Acknowledged is not placed. An entry that is lost runs into its own time limit: it is never sent twice without need.
      if (order.role !== 'entry' && this.#misses.miss(order.clientOrderId, LOST))
        this.#ports.report({ type: 'order.unresolved', positionId: position.id, clientOrderId: order.clientOrderId, message: 'it was acknowledged and is in no list' })
    }
  }

  /** Takes over what the venue says about an order: its fills before its end. */
  async #settle(positionId: PositionId, known: OrderRecord, order: VenueOrder): Promise<void> {
    const { world, report, venueSymbol } = this.#ports
    const { clientOrderId } = known
    const address = { positionId, clientOrderId }
    const record = (): OrderRecord | undefined => world.position(positionId)?.orders.find((each) => each.clientOrderId === clientOrderId)
    const isUnanswered = known.status === 'created' || known.status === 'unresolved'
    if (isUnanswered && order.state !== 'rejected') report({ type: 'order.accepted', ...address, venueOrderId: order.venueOrderId })
    if (order.spawned !== null) this.#spawned.set(keyOf(order.symbol, order.spawned), clientOrderId)
    const expected = await this.#toBeFilled(known, order)
    if (less(record()?.filledQty ?? expected, expected)) await this.#fills.ask(venueSymbol(world.position(positionId)?.symbol ?? order.symbol))
    const now = record()
    if (!now || isTerminal(now.status)) return
    // Fills that are not listed yet come first; the next look settles the rest.
    if (less(now.filledQty, expected) && less(this.#bookedOf(positionId, order), expected) && !this.#wasCutShort(clientOrderId, order)) return
    this.#cutShort.forget(clientOrderId)
    if (order.state === 'rejected' && isUnanswered) return report({ type: 'order.rejected', ...address, code: 'refused', message: 'the venue refused it after taking it' })
    if (order.state !== 'working') report({ type: 'order.canceled', ...address })
  }

  /** How much of an order the venue says is filled: of a triggered one what it started, once that is over. */
  async #toBeFilled({ qty }: OrderRecord, { state, symbol, spawned, filledQty }: VenueOrder): Promise<Decimal> {
    if (state !== 'triggered') return filledQty
    if (spawned === null || this.#open.has(spawned)) return qty
    const started = await within(READ_MS, async () => this.#ports.api.plainOrder?.(symbol, spawned))
    return started && started.state !== 'working' ? started.filledQty : qty
  }

  /** What the position has booked of an order's fills, be it as somebody else's because the order was found too late. */
  #bookedOf(positionId: PositionId, { venueOrderId, spawned }: VenueOrder): Decimal {
    const booked = this.#ports.world.position(positionId)?.tradeIds
    return sum([...this.#listed.values()].filter((fill) => (fill.venueOrderId === venueOrderId || fill.venueOrderId === spawned) && booked?.has(fill.tradeId) === true).map(({ qty }) => qty))
  }

  /** A triggered order whose second one is over without having filled all of it: the venue cancelled the rest. */
  #wasCutShort(clientOrderId: ClientOrderId, { state, spawned }: VenueOrder): boolean {
    return state === 'triggered' && (spawned === null || !this.#open.has(spawned)) && this.#cutShort.miss(clientOrderId, LOST)
  }
}

const keyOf = (symbol: string, id: TradeId | VenueOrderId): string => `${symbol}:${id}`
