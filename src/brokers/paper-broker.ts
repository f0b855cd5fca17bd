/**
 * The paper broker: carries out commands against prices only. It keeps no memory: what rests is what the journal says
 * was accepted, so a restart changes nothing. Stops and targets fill when the Book reports that their level is reached.
 */
import { assert, assertNever } from '../domain/assert.ts'
import type { BrokerCommand, SubmitOrder } from '../domain/commands.ts'
import { isZero, less, minimum, type Decimal } from '../domain/decimal.ts'
import type { PriceExtremes } from '../domain/facts.ts'
import type { ClientOrderId, PositionId, TradeId, VenueOrderId } from '../domain/ids.ts'
import { isTerminal, isWorking, type OrderRecord } from '../domain/order.ts'
import { recordQuote, type PriceQuote } from '../domain/quote.ts'
import type { Broker, BrokerPosition, BrokerReport, PaperPosition } from './broker.ts'
import type { PaperFill, PaperPricing, PaperTrigger } from './paper-prices.ts'

/** What the paper broker looks up. */
export type PaperWorld = {
  readonly position: (id: PositionId) => PaperPosition | undefined
  readonly positions: () => Iterable<PaperPosition>
  readonly quote: (symbol: string) => PriceQuote | null
  /** Whether that quote is young enough for an entry. */
  readonly isCurrent: (symbol: string) => boolean
  readonly extremes: (id: PositionId) => PriceExtremes | undefined
  readonly balance: () => Decimal
}

export class PaperBroker implements Broker {
  readonly name: string
  readonly #pricing: PaperPricing
  readonly #world: PaperWorld
  #report: (report: BrokerReport) => void = () => {}

  constructor(pricing: PaperPricing, world: PaperWorld) {
    this.name = pricing.name
    this.#pricing = pricing
    this.#world = world
  }

  async connect(): Promise<void> {}
  async disconnect(): Promise<void> {}
  onReport(listener: (report: BrokerReport) => void): void {
    this.#report = listener
  }

  execute(command: BrokerCommand): void {
    switch (command.type) {
      case 'order.submit':
        return this.#submit(command)
      case 'order.replace':
        return this.#replace(command.positionId, command.clientOrderId, command.replacement)
      case 'order.cancel':
        return this.#cancel(command.positionId, command.clientOrderId)
      case 'order.query':
        return this.#query(command.positionId, command.clientOrderId)
      case 'position.query': {
        const qty = this.#world.position(command.positionId)?.openQty
        if (qty !== undefined) this.#report({ type: 'position.reported', positionId: command.positionId, qty })
        return
      }
      default:
        return assertNever(command)
    }
  }

  /** A resting order's level was reached, or a waiting entry got its price. */
  trigger(positionId: PositionId, clientOrderId: ClientOrderId, trigger: PaperTrigger): void {
    const position = this.#world.position(positionId)
    const order = position?.orders.find((each) => each.clientOrderId === clientOrderId)
    if (!position || !order || isTerminal(order.status)) return
    if (order.role === 'entry') {
      const entry = this.#pricing.entry(order, trigger.quote)
      if (entry) this.#fill(position, order, entry, order.qty, trigger.quote)
      return
    }
    // Reduce-only: never more than is open.
    const qty = minimum(order.qty, position.openQty)
    if (isZero(qty)) return this.#report({ type: 'order.canceled', positionId, clientOrderId })
    // The price that takes a position out of the market betters none of its stops any more.
    this.#fill(position, order, this.#pricing.resting({ ...order, qty }, trigger), qty, trigger.quote, trigger.extremes ?? undefined)
  }

  syncPositions(): Promise<readonly BrokerPosition[]> {
    const open = [...this.#world.positions()].filter((each) => !isZero(each.openQty))
    return Promise.resolve(open.map((each) => ({ symbol: each.symbol, direction: each.direction, qty: each.openQty })))
  }

  balance(): Promise<Decimal> {
    return Promise.resolve(this.#world.balance())
  }

  #submit(command: SubmitOrder): void {
    const position = this.#world.position(command.positionId)
    const order = position?.orders.find((each) => each.clientOrderId === command.clientOrderId)
    if (!position || !order || isTerminal(order.status)) return
    const { positionId, clientOrderId } = command
    if (command.orderType !== 'market') return this.#accept(positionId, clientOrderId)
    const quote = this.#world.quote(command.symbol)
    if (command.role === 'entry') {
      const entry = this.#pricing.entry(order, this.#world.isCurrent(command.symbol) ? quote : null)
      return entry ? this.#fill(position, order, entry, order.qty, quote) : this.#accept(positionId, clientOrderId)
    }
    const qty = minimum(order.qty, position.openQty)
    if (isZero(qty)) return this.#report({ type: 'order.rejected', positionId, clientOrderId, code: 'no_position', message: 'reduce-only order without a position' })
    const close = this.#pricing.close({ side: order.side, qty }, quote, position.lastPrice)
    this.#fill(position, order, close, qty, quote)
    // What reduce-only left over can never fill.
    if (less(qty, order.qty)) this.#report({ type: 'order.canceled', positionId, clientOrderId })
  }

  #replace(positionId: PositionId, clientOrderId: ClientOrderId, replacement: SubmitOrder): void {
    const order = this.#world.position(positionId)?.orders.find((each) => each.clientOrderId === clientOrderId)
    if (!order) return
    if (!isWorking(order.status))
      return this.#report({ type: 'order.rejected', positionId, clientOrderId: replacement.clientOrderId, code: 'refused', message: `order ${clientOrderId} does not rest` })
    this.#accept(positionId, replacement.clientOrderId)
    this.#report({ type: 'order.canceled', positionId, clientOrderId })
  }

  #cancel(positionId: PositionId, clientOrderId: ClientOrderId): void {
    const order = this.#world.position(positionId)?.orders.find((each) => each.clientOrderId === clientOrderId)
    if (!order) return
    if (isTerminal(order.status)) return this.#report({ type: 'cancel.rejected', positionId, clientOrderId, code: 'gone', message: `order is ${order.status}` })
    this.#report({ type: 'order.canceled', positionId, clientOrderId })
  }

  /** The journal is the memory: an order it knows no acceptance of was never at this broker. */
  #query(positionId: PositionId, clientOrderId: ClientOrderId): void {
    const order = this.#world.position(positionId)?.orders.find((each) => each.clientOrderId === clientOrderId)
    if (!order) return
    if (order.venueOrderId === null && isZero(order.filledQty)) return this.#report({ type: 'order.absent', positionId, clientOrderId })
    this.#accept(positionId, clientOrderId)
  }

  #accept(positionId: PositionId, clientOrderId: ClientOrderId): void {
    this.#report({ type: 'order.accepted', positionId, clientOrderId, venueOrderId: venueOrderId(clientOrderId) })
  }

  #fill(position: PaperPosition, order: OrderRecord, fill: PaperFill, qty: Decimal, quote: PriceQuote | null, extremes = this.#world.extremes(position.id)): void {
    assert(!isZero(qty), 'a fill has a quantity')
    this.#report({
      type: 'order.filled',
      positionId: position.id,
      clientOrderId: order.clientOrderId,
      venueOrderId: venueOrderId(order.clientOrderId),
      // Deterministic, so that a repeated report is recognised.
      tradeId: `${order.clientOrderId}-f1` as TradeId,
      qty,
      price: fill.price,
      fee: fill.fee,
      liquidity: fill.liquidity,
      ...(quote ? { quote: recordQuote(quote) } : {}),
      ...(extremes ? { extremes } : {}),
    })
  }
}

const venueOrderId = (clientOrderId: ClientOrderId): VenueOrderId => `paper-${clientOrderId}` as VenueOrderId
