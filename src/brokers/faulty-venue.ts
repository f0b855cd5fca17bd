/**
 * A venue for seeded simulations: it keeps its own truth (positions, resting orders, every order it ever accepted), which
 * outlives a crash of LOMS, matches orders against the prices it is shown, and does to them what venues do: refuse, let
 * expire, fill in parts, fill while a cancel is under way. How its answers get lost is `faulty-broker.ts`.
 */
import { assert } from '../domain/assert.ts'
import type { SubmitOrder } from '../domain/commands.ts'
import { ZERO, add, atLeast, atMost, decimal, divide, floorToStep, isZero, minimum, multiply, subtract, type Decimal } from '../domain/decimal.ts'
import type { ClientOrderId, PositionId, TradeId, VenueOrderId } from '../domain/ids.ts'
import type { OrderStatus, RejectionCode } from '../domain/order.ts'
import type { Direction } from '../domain/signal.ts'
import type { BrokerPosition, BrokerReport } from './broker.ts'

/** Probabilities from 0 to 1. */
export type VenueFaults = {
  readonly entryRefused: number
  readonly entryExpired: number
  /** The entry rests unfilled until it is cancelled. */
  readonly entryUnfilled: number
  /** Market orders fill in parts: the rest later, or cancelled by the venue. */
  readonly partialFill: number
  /** A stop is refused, up to four times in a row. */
  readonly stopRefused: number
  readonly targetRefused: number
  readonly closeRefused: number
  readonly replaceRefused: number
  readonly cancelRefused: number
  /** An order fills while its cancel is under way. */
  readonly cancelTooLate: number
  /** A resting stop or target is dropped by the venue, per minute. */
  readonly dropped: number
}

export type VenueOrder = {
  readonly command: SubmitOrder
  readonly venueOrderId: VenueOrderId
  /** The position whose quantity it changes: a stray position's orders work on the one it came from. */
  readonly origin: PositionId
  status: Extract<OrderStatus, 'working' | 'partially_filled' | 'filled' | 'canceled' | 'expired'>
  filledQty: Decimal
  readonly fills: VenueFill[]
}
export type VenueFill = Extract<BrokerReport, { type: 'order.filled' }>

export type VenuePorts = {
  /** Uniform draws from [0, 1). */
  readonly random: () => number
  readonly faults: () => VenueFaults
  /** Does something after so many milliseconds. */
  readonly later: (delayMs: number, act: () => void) => void
  readonly origin: (id: PositionId) => PositionId
  /** A fault was injected. */
  readonly onFault: (fault: keyof VenueFaults) => void
  /** An event of the venue's order stream. */
  readonly onEvent: (report: BrokerReport) => void
}

export type Placement = { readonly ok: true; readonly order: VenueOrder } | { readonly ok: false; readonly code: RejectionCode }

const REFUSED: Placement = { ok: false, code: 'refused' }
const TAKER_FEE = decimal('0.0006')
const LOT = decimal('0.001')

export class FaultyVenue {
  /** Every order it ever accepted. */
  readonly orders = new Map<ClientOrderId, VenueOrder>()
  readonly held = new Map<PositionId, { readonly symbol: string; readonly direction: Direction; qty: Decimal }>()
  /** Requests that may still arrive. */
  readonly underWay = new Set<ClientOrderId>()
  readonly #ports: VenuePorts
  readonly #prices = new Map<string, Decimal>()
  readonly #refusalsLeft = new Map<ClientOrderId, number>()

  constructor(ports: VenuePorts) {
    this.#ports = ports
  }

  /** What a position holds at the venue. */
  qty(id: PositionId): Decimal {
    return this.held.get(this.#ports.origin(id))?.qty ?? ZERO
  }

  originOf(id: PositionId): PositionId {
    return this.#ports.origin(id)
  }

  /** It holds something, or an order of it rests. */
  isAlive(origin: PositionId): boolean {
    return !isZero(this.held.get(origin)?.qty ?? ZERO) || this.working().some((order) => order.origin === origin)
  }

  working(): VenueOrder[] {
    return [...this.orders.values()].filter(isResting)
  }

  positions(): BrokerPosition[] {
    return [...this.held.values()].filter(({ qty }) => !isZero(qty))
  }

  price(symbol: string, price: Decimal): void {
    this.#prices.set(symbol, price)
    for (const order of this.working()) {
      if (order.command.symbol !== symbol || order.command.orderType === 'market') continue
      if (this.#reached(order.command, price)) this.fill(order, remaining(order), price)
      else if (this.#strikes('dropped')) this.end(order, 'canceled')
    }
  }

  /** Takes an order or refuses it. What it was given before under the same client order id, it has. */
  place(command: SubmitOrder): Placement {
    const known = this.orders.get(command.clientOrderId)
    if (known) return { ok: true, order: known }
    const refusal = this.#refusal(command)
    if (refusal) return refusal
    const origin = this.#ports.origin(command.positionId)
    const order: VenueOrder = { command, origin, venueOrderId: `venue-${this.orders.size + 1}` as VenueOrderId, status: 'working', filledQty: ZERO, fills: [] }
    this.orders.set(command.clientOrderId, order)
    if (command.role === 'entry') this.#carryOutEntry(order)
    else if (command.role === 'close') this.#carryOutMarket(order)
    return { ok: true, order }
  }

  /** The new order rests before the old one goes. */
  replace(old: ClientOrderId, replacement: SubmitOrder): Placement {
    const order = this.orders.get(old)
    if (!order || !isResting(order) || this.#strikes('replaceRefused')) return REFUSED
    const placed = this.place(replacement)
    if (placed.ok) this.end(order, 'canceled')
    return placed
  }

  /** `gone`: the order is not there any more, or never was. */
  cancel(id: ClientOrderId): 'canceled' | 'gone' | 'refused' {
    const order = this.orders.get(id)
    if (!order || !isResting(order)) return 'gone'
    if (this.#strikes('cancelRefused')) return 'refused'
    if (this.#strikes('cancelTooLate')) this.fill(order, remaining(order), this.#prices.get(order.command.symbol) as Decimal)
    if (!isResting(order)) return 'gone'
    this.end(order, 'canceled')
    return 'canceled'
  }

  end(order: VenueOrder, status: 'canceled' | 'expired'): void {
    if (!isResting(order)) return
    order.status = status
    this.#ports.onEvent(endOf(order))
  }

  /** Fills up to `qty`; reduce-only never more than the position holds. */
  fill(order: VenueOrder, qty: Decimal, price: Decimal): void {
    if (!isResting(order)) return
    const { command, origin } = order
    const held = this.held.get(origin) ?? { symbol: command.symbol, direction: command.side === 'buy' ? 'long' : 'short', qty: ZERO }
    const wanted = minimum(qty, remaining(order))
    const possible = command.reduceOnly ? minimum(wanted, held.qty) : wanted
    if (isZero(possible)) return this.end(order, 'canceled')
    this.held.set(origin, held)
    held.qty = command.reduceOnly ? subtract(held.qty, possible) : add(held.qty, possible)
    order.filledQty = add(order.filledQty, possible)
    order.status = isZero(remaining(order)) ? 'filled' : 'partially_filled'
    this.#report(order, possible, price)
    // What reduce-only left over can never fill.
    if (command.reduceOnly && isZero(held.qty)) this.end(order, 'canceled')
  }

  #report(order: VenueOrder, qty: Decimal, price: Decimal): void {
    const { command, venueOrderId } = order
    const { positionId, clientOrderId } = command
    const tradeId = `${clientOrderId}-${order.fills.length + 1}` as TradeId
    const fill: VenueFill = { type: 'order.filled', positionId, clientOrderId, venueOrderId, tradeId, qty, price, fee: multiply(multiply(price, qty), TAKER_FEE), liquidity: 'taker' }
    order.fills.push(fill)
    this.#ports.onEvent(fill)
  }

  #refusal(command: SubmitOrder): Placement | null {
    if (command.role === 'entry') return this.#strikes('entryRefused') ? { ok: false, code: 'insufficient_margin' } : null
    if (isZero(this.qty(command.positionId))) return { ok: false, code: 'no_position' }
    const price = this.#prices.get(command.symbol)
    if (command.role === 'stop-loss' && price !== undefined && this.#reached(command, price)) return { ok: false, code: 'would_trigger' }
    const fault = ({ 'stop-loss': 'stopRefused', 'take-profit': 'targetRefused', close: 'closeRefused' } as const)[command.role]
    const known = this.#refusalsLeft.get(command.clientOrderId)
    if (known !== undefined && known > 0) this.#ports.onFault(fault)
    const left = known ?? (this.#strikes(fault) ? 1 + Math.floor(this.#ports.random() * 4) : 0)
    this.#refusalsLeft.set(command.clientOrderId, Math.max(0, left - 1))
    return left > 0 ? REFUSED : null
  }

  #carryOutEntry(order: VenueOrder): void {
    if (this.#strikes('entryUnfilled')) return
    if (this.#strikes('entryExpired')) return this.#ports.later(this.#upTo(5000), () => this.end(order, 'expired'))
    this.#carryOutMarket(order)
  }

  #carryOutMarket(order: VenueOrder): void {
    const { qty, role } = order.command
    const part = floorToStep(divide(qty, decimal(3)), LOT)
    if (!this.#strikes('partialFill') || isZero(part)) return this.#fillNow(order, qty)
    this.#fillNow(order, part)
    if (this.#chance(0.4)) return this.#ports.later(this.#upTo(2000), () => this.end(order, 'expired'))
    this.#ports.later(this.#upTo(2000), () => this.#fillNow(order, part))
    // An entry's rest may come after LOMS has lost its patience.
    this.#ports.later(2000 + this.#upTo(role === 'entry' ? 40_000 : 2000), () => this.#fillNow(order, remaining(order)))
  }

  #fillNow(order: VenueOrder, qty: Decimal): void {
    const price = this.#prices.get(order.command.symbol)
    assert(price, `${order.command.symbol} has a price`)
    this.fill(order, qty, price)
  }

  #reached({ role, side, price }: SubmitOrder, seen: Decimal): boolean {
    if (price === null) return false
    const falling = (role === 'stop-loss') === (side === 'sell')
    return falling ? atMost(seen, price) : atLeast(seen, price)
  }

  #strikes(fault: keyof VenueFaults): boolean {
    const struck = this.#chance(this.#ports.faults()[fault])
    if (struck) this.#ports.onFault(fault)
    return struck
  }
  #chance(probability: number): boolean {
    return probability > 0 && this.#ports.random() < probability
  }
  #upTo(ms: number): number {
    return Math.floor(this.#ports.random() * ms)
  }
}

export const isResting = (order: VenueOrder): boolean => order.status === 'working' || order.status === 'partially_filled'
export const remaining = (order: VenueOrder): Decimal => subtract(order.command.qty, order.filledQty)
export const acceptanceOf = ({ command, venueOrderId }: VenueOrder): BrokerReport => ({ type: 'order.accepted', positionId: command.positionId, clientOrderId: command.clientOrderId, venueOrderId })
export const endOf = ({ command, status }: VenueOrder): BrokerReport => ({ type: status === 'expired' ? 'order.expired' : 'order.canceled', positionId: command.positionId, clientOrderId: command.clientOrderId })
