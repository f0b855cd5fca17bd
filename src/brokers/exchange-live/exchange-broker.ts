/**
 * The live broker: commands become requests, answers and looks at the account become reports. It decides nothing about a
 * position; the position's machine does, in every mode alike.
 */
import { assertNever } from '../../domain/assert.ts'
import type { BrokerCommand, CancelOrder, QueryOrder, QueryPosition, ReplaceOrder, SubmitOrder } from '../../domain/commands.ts'
import { ZERO, isPositive, type Decimal } from '../../domain/decimal.ts'
import type { ClientOrderId, PositionId } from '../../domain/ids.ts'
import { marketPrice, marketQty, sizeRefusal, type Market } from '../../domain/market.ts'
import { isTerminal, type RejectionCode } from '../../domain/order.ts'
import type { Finding } from '../../domain/reconciliation.ts'
import { within } from '../../exchange/request-scope.ts'
import type { Broker, BrokerPosition, BrokerReport } from '../broker.ts'
import { AccountSync } from './account-sync.ts'
import { Lanes, laneOf } from './lanes.ts'
import type { LiveWorld } from './live-world.ts'
import { Markets } from './markets.ts'
import { Misses } from './misses.ts'
import { messageOf, outcomeOf } from './outcome.ts'
import type { StreamTimers } from './streams.ts'
import type { PlacedOrder, VenueApi, VenueMarket, VenueOrder, VenuePosition } from './venue-api.ts'

/** Time limit of one request about an order (reliability.md §1: the naked time is counted, not hoped for). */
const ATTEMPT_MS = 1500
const READ_MS = 3000
/** Between the two reads that prove a flat position, and before a failed one is made again. */
const PROOF_GAP_MS = 150
const PROOF_RETRY_MS = 500
/** Looks without a trace that prove absence, over at least this time. What is reduce-only may be sent again sooner. */
const ABSENT = { entry: { looks: 3, overMs: 2000 }, other: { looks: 2, overMs: 200 } } as const

export type ExchangeBrokerPorts = {
  readonly api: VenueApi
  readonly world: LiveWorld
  readonly timers: StreamTimers
  readonly clock: () => number
  readonly venueSymbol: (symbol: string) => string
  /** Why no entry may leave now for a market, by the venue's name; null: it may. */
  readonly whyNoEntry: (venueSymbol: string) => string | null
  readonly log: (level: 'info' | 'warn' | 'error', event: string, fields: Readonly<Record<string, unknown>>) => void
  /** A complete look at the account, or a failed one. */
  readonly onLook: (look: { readonly ok: true; readonly findings: readonly Finding[]; readonly positions: readonly VenuePosition[] } | { readonly ok: false; readonly message: string }) => void
}

/** Pause before an exchange that could not be reached is tried again. */
const CONNECT_RETRY_MS = 2000

export class ExchangeBroker implements Broker {
  readonly name = 'exchange-live'
  readonly #ports: ExchangeBrokerPorts
  readonly #lanes: Lanes
  readonly #sync: AccountSync
  readonly #asking = new Set<ClientOrderId>()
  readonly #misses: Misses<ClientOrderId>
  readonly #streams = new Map<string, boolean>()
  #report: (report: BrokerReport) => void = () => {}
  #closed = false
  /** Empty until the exchange has been reached; commands wait for it. */
  readonly #markets: Markets
  #waiting: BrokerCommand[] = []

  constructor(ports: ExchangeBrokerPorts) {
    this.#ports = ports
    this.#lanes = new Lanes(ports.timers)
    this.#markets = new Markets({ ...ports, onChanged: (before, after) => this.#tellChange(before, after) })
    this.#misses = new Misses(ports.timers.now)
    this.#sync = new AccountSync({
      ...ports,
      report: (report) => this.#report(report),
      cancelStray: (order) => this.#cancelStray(order),
      cancelStuck: (order) => this.#cancelStuck(order),
      venuePrice: (symbol, price) => {
        const market = this.#markets.known(ports.venueSymbol(symbol))
        return market ? marketPrice(market, price) : price
      },
      removeAttachedStop: (symbol) => this.#removeAttachedStop(symbol),
      onSynced: (findings, positions) => ports.onLook({ ok: true, findings, positions }),
      onFailed: (message) => ports.onLook({ ok: false, message }),
    })
  }

  /** Begins to reach the exchange and returns at once; commands that come before wait. */
  connect(): Promise<void> {
    void this.#reach()
    return Promise.resolve()
  }

  /** What the exchange demands of entries on a symbol; undefined: none are taken there, or not reached yet. */
  market(symbol: string): Market | undefined {
    return this.#markets.offered(this.#ports.venueSymbol(symbol))
  }

  async #reach(): Promise<void> {
    while (!this.#closed && this.#markets.size === 0) {
      try {
        await this.#markets.load()
      } catch (error) {
        this.#ports.onLook({ ok: false, message: messageOf(error) })
        this.#ports.log('error', 'exchange_unreachable', { error: messageOf(error), retry_in_ms: CONNECT_RETRY_MS })
        await new Promise<void>((resolve) => void this.#ports.timers.after(CONNECT_RETRY_MS, resolve))
      }
    }
    if (this.#closed) return
    this.#ports.log('info', 'exchange_connected', { venue: this.#ports.api.venue, markets: this.#markets.size })
    this.#watch()
    const waiting = this.#waiting
    this.#waiting = []
    for (const command of waiting) this.execute(command)
  }

  #watch(): void {
    this.#ports.api.watch({
      timers: this.#ports.timers,
      onPush: () => this.#sync.wake(),
      onState: (topic, connected, message) => {
        this.#streams.set(topic, connected)
        this.#ports.log(connected ? 'info' : 'warn', connected ? 'stream_connected' : 'stream_lost', { topic, ...(connected ? {} : { error: message }) })
      },
    })
    this.#markets.start()
    this.#sync.start()
    this.#sync.wake()
  }

  async disconnect(): Promise<void> {
    this.#closed = true
    this.#markets.stop()
    await this.#sync.stop()
    await this.#ports.api.close()
  }

  onReport(listener: (report: BrokerReport) => void): void {
    this.#report = listener
  }

  /** Every stream has delivered since it was last dialled. */
  get streamsConnected(): boolean {
    return this.#streams.size > 0 && [...this.#streams.values()].every((connected) => connected)
  }

  /** Looks at the account now, besides the regular looks. */
  look(): void {
    this.#sync.wake()
  }

  execute(command: BrokerCommand): void {
    if (this.#markets.size === 0) return void this.#waiting.push(command)
    switch (command.type) {
      case 'order.submit':
        return this.#lanes.run(laneOf(command), () => void this.#submit(command))
      case 'order.replace':
        return this.#lanes.run(laneOf(command), () => void this.#replace(command))
      case 'order.cancel':
        return this.#lanes.run('cancel', () => void this.#cancel(command))
      case 'order.query':
        return void this.#query(command)
      case 'position.query':
        return void this.#prove(command)
      default:
        return assertNever(command)
    }
  }

  async syncPositions(): Promise<readonly BrokerPosition[]> {
    const held = await within(READ_MS, () => this.#ports.api.positions())
    return held.map(({ symbol, direction, qty }) => ({ symbol, direction, qty }))
  }

  async balance(): Promise<Decimal> {
    return (await within(READ_MS, () => this.#ports.api.account())).equity
  }

  /** True: it rests or fills. Everything else has been reported as what it is. */
  async #submit(command: SubmitOrder): Promise<boolean> {
    const { positionId, clientOrderId } = command
    const address = { positionId, clientOrderId }
    const refused = command.role === 'entry' ? this.#whyNoEntry(positionId, command.symbol) : null
    if (refused !== null) {
      this.#ports.log('warn', 'entry_not_sent', { client_order_id: clientOrderId, reason: refused })
      this.#report({ type: 'order.rejected', ...address, code: 'refused', message: `not sent: ${refused}` })
      return false
    }
    const order = this.#placed(command)
    if ('code' in order) {
      this.#report({ type: 'order.rejected', ...address, ...order })
      return false
    }
    try {
      const venueOrderId = await within(ATTEMPT_MS, () => this.#ports.api.submit(order))
      this.#ports.api.expectNews(order.price === null ? 'order' : 'conditional-order')
      this.#report({ type: 'order.accepted', ...address, venueOrderId })
      return true
    } catch (error) {
      const outcome = outcomeOf(this.#ports.api.venue, error)
      this.#ports.log('warn', 'order_not_accepted', { client_order_id: clientOrderId, outcome: outcome.kind, error: outcome.message })
      if (outcome.kind === 'rejected' && outcome.code === 'refused' && (await this.#isOutdated(command, order))) return await this.#submit(command)
      if (outcome.kind === 'rejected') this.#report({ type: 'order.rejected', ...address, code: outcome.code, message: outcome.message })
      else this.#report({ type: 'order.unresolved', ...address, message: outcome.message })
      return false
    } finally {
      this.#sync.wake()
    }
  }

  /** Asked right before an entry leaves: it may have waited for others while trading was halted or paused, or be from before a restart. */
  #whyNoEntry(positionId: PositionId, symbol: string): string | null {
    const position = this.#ports.world.position(positionId)
    return position?.entryRefused ?? (position?.closing === true ? 'the position is being closed' : this.#ports.whyNoEntry(this.#ports.venueSymbol(symbol)))
  }

  /** The order in the market's steps and ticks, or why it is not sent. */
  #placed(command: SubmitOrder): PlacedOrder | { readonly code: RejectionCode; readonly message: string } {
    const symbol = this.#ports.venueSymbol(command.symbol)
    const isEntry = command.role === 'entry'
    const market = isEntry ? this.#markets.offered(symbol) : this.#markets.known(symbol)
    if (!market) {
      this.#markets.miss()
      return { code: 'refused', message: `${command.symbol} is not a market of the exchange that takes ${isEntry ? 'entries' : 'orders'}` }
    }
    const qty = marketQty(market, command.qty)
    const price = command.orderType === 'market' || command.price === null ? null : marketPrice(market, command.price)
    // Through ccxt a stop without a price goes out as a market order (trap T1).
    if (command.orderType !== 'market' && (price === null || !isPositive(price))) return { code: 'refused', message: `a ${command.role} order needs a price` }
    const size = isEntry && command.price !== null ? sizeRefusal(market, qty, command.price) : qty === ZERO ? `quantity ${command.qty} is below one step of ${market.qtyStep}` : null
    if (size !== null) return { code: 'below_minimum', message: size }
    const stop = isEntry ? this.#ports.world.position(command.positionId)?.stopPrice : undefined
    const attachedStop = stop !== undefined && this.#ports.api.attachesStops ? marketPrice(market, stop) : null
    return { market, clientOrderId: command.clientOrderId, role: command.role, side: command.side, qty, price, attachedStop }
  }

  /** Its steps or ticks hold no more: rounded to the new ones it is another order. */
  async #isOutdated(command: SubmitOrder, order: PlacedOrder): Promise<boolean> {
    if (!(await this.#markets.doubt())) return false
    const again = this.#placed(command)
    return !('code' in again) && (again.qty !== order.qty || again.price !== order.price || again.attachedStop !== order.attachedStop)
  }

  /** Make before break: the old order is cancelled once the new one rests. */
  async #replace({ positionId, clientOrderId, symbol, replacement }: ReplaceOrder): Promise<void> {
    const rests = await this.#submit(replacement)
    if (rests) this.#lanes.run('cancel', () => void this.#cancel({ type: 'order.cancel', positionId, clientOrderId, symbol }))
  }

  async #cancel({ positionId, clientOrderId, symbol }: CancelOrder): Promise<void> {
    const address = { positionId, clientOrderId }
    const record = this.#ports.world.position(positionId)?.orders.find((order) => order.clientOrderId === clientOrderId)
    if (!record || isTerminal(record.status)) return
    try {
      await within(ATTEMPT_MS, () => this.#ports.api.cancel(this.#ports.venueSymbol(symbol), clientOrderId, record.role))
    } catch (error) {
      const outcome = outcomeOf(this.#ports.api.venue, error)
      this.#ports.log('warn', 'cancel_not_accepted', { client_order_id: clientOrderId, outcome: outcome.kind, error: outcome.message })
      return this.#report({ type: 'cancel.rejected', ...address, code: outcome.kind === 'gone' ? 'gone' : 'refused', message: outcome.message })
    }
    // The answer says that it was taken; what became of the order, its last fills among it, is looked up.
    if (!(await this.#tryResolve(positionId, clientOrderId))) this.#report({ type: 'cancel.rejected', ...address, code: 'gone', message: 'in no list after its cancel' })
  }

  async #query({ positionId, clientOrderId }: QueryOrder): Promise<void> {
    // Asked again by the position while the last look is still under way.
    if (this.#asking.has(clientOrderId)) return
    this.#asking.add(clientOrderId)
    const found = await this.#tryResolve(positionId, clientOrderId)
    this.#asking.delete(clientOrderId)
    if (found === true) this.#misses.forget(clientOrderId)
    else if (found === false && this.#isAbsent(positionId, clientOrderId)) this.#report({ type: 'order.absent', positionId, clientOrderId })
  }

  /** Null: it could not be read, which proves nothing; the position asks again. */
  async #tryResolve(positionId: PositionId, clientOrderId: ClientOrderId): Promise<boolean | null> {
    try {
      return await this.#sync.resolve(positionId, clientOrderId)
    } catch (error) {
      this.#ports.log('warn', 'order_not_read', { client_order_id: clientOrderId, error: messageOf(error) })
      return null
    }
  }

  #isAbsent(positionId: PositionId, clientOrderId: ClientOrderId): boolean {
    const position = this.#ports.world.position(positionId)
    const order = position?.orders.find((each) => each.clientOrderId === clientOrderId)
    if (!position || order?.role !== 'entry') return this.#misses.miss(clientOrderId, ABSENT.other)
    // Given up wrongly, its fill would be a position without a stop.
    return !this.#sync.mayHaveFilled(this.#ports.venueSymbol(position.symbol), order.side) && this.#misses.miss(clientOrderId, ABSENT.entry)
  }

  /** Flat is two reads that agree; any quantity is one. */
  async #prove({ positionId, symbol }: QueryPosition): Promise<void> {
    const position = this.#ports.world.position(positionId)
    if (!position || this.#closed) return
    const venueSymbol = this.#ports.venueSymbol(symbol)
    const read = async (): Promise<Decimal> => {
      const held = await within(READ_MS, () => this.#ports.api.positions())
      return held.find((each) => each.symbol === venueSymbol && each.direction === position.direction)?.qty ?? ZERO
    }
    try {
      const first = await read()
      if (first !== ZERO) return this.#report({ type: 'position.reported', positionId, qty: first })
      const pause = new Promise<void>((resolve) => void this.#ports.timers.after(PROOF_GAP_MS, resolve))
      // Its PnL is told when it is flat; funding that cannot be read holds nothing up.
      await this.#sync.funding.book(positionId).catch((error: unknown) => this.#ports.log('warn', 'funding_not_read', { position_id: positionId, error: messageOf(error) }))
      await pause
      this.#report({ type: 'position.reported', positionId, qty: await read() })
    } catch (error) {
      this.#ports.log('warn', 'position_not_read', { position_id: positionId, error: messageOf(error) })
      this.#ports.timers.after(PROOF_RETRY_MS, () => void this.#prove({ type: 'position.query', positionId, symbol }))
    }
  }

  /** To every position there: its orders are in the new steps from now on. */
  #tellChange(before: VenueMarket, after: VenueMarket): void {
    const { world, venueSymbol } = this.#ports
    const there = [...world.positions()].filter((position) => !position.finished && venueSymbol(position.symbol) === after.symbol)
    for (const { id: positionId } of there) this.#report({ type: 'market.changed', positionId, from: before, to: after })
  }

  #removeAttachedStop(symbol: string): void {
    this.#lanes.run('cancel', () => {
      within(ATTEMPT_MS, async () => this.#ports.api.removeAttachedStop?.(symbol)).then(
        () => this.#ports.log('info', 'attached_stop_removed', { symbol }),
        // The next look tries again.
        (error: unknown) => this.#ports.log('warn', 'attached_stop_not_removed', { symbol, error: messageOf(error) }),
      )
    })
  }

  #cancelStray(order: VenueOrder): void {
    const role = order.triggerPrice === null ? 'close' : order.triggersOnMark ? 'stop-loss' : 'take-profit'
    this.#ports.log('warn', 'stray_order_canceled', { client_order_id: order.clientOrderId, symbol: order.symbol })
    this.#lanes.run('cancel', () => {
      within(ATTEMPT_MS, () => this.#ports.api.cancel(order.symbol, order.clientOrderId as ClientOrderId, role)).catch((error: unknown) =>
        this.#ports.log('warn', 'cancel_not_accepted', { client_order_id: order.clientOrderId, error: messageOf(error) }),
      )
    })
  }

  #cancelStuck({ symbol, venueOrderId }: VenueOrder): void {
    this.#ports.log('error', 'triggered_stop_not_filled', { symbol, venue_order_id: venueOrderId })
    this.#lanes.run('cancel', () => {
      within(ATTEMPT_MS, () => this.#ports.api.cancelPlain(symbol, venueOrderId)).catch((error: unknown) =>
        this.#ports.log('warn', 'cancel_not_accepted', { venue_order_id: venueOrderId, error: messageOf(error) }),
      )
    })
  }
}
