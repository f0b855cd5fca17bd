/** A position and its orders as other programs read them (SPEC L, field lists). */
import { ZERO, divide, isPositive, maximum, minimum, multiply, decimal, round, significant, subtract, toNumber, type Decimal } from '../src/domain/decimal.ts'
import type { PriceExtremes } from '../src/domain/facts.ts'
import type { JsonObject } from '../src/domain/signal.ts'
import { exitPolicy } from '../src/exits/registry.ts'
import { stopInForce } from './position.exits.ts'
import type { OrderRecord } from '../src/domain/order.ts'
import type { FillView, OrderView, PositionState, PositionView } from '../src/domain/wire.ts'
import { closePrice, entryOrder, entryPrice, findOrder, hasFill, latestOrder, openQty, realisedPnl, type PositionContext, type PositionFill } from './position.context.ts'

/** ISO 8601, UTC, milliseconds. */
const iso = (at: number): string => new Date(at).toISOString()

const statusOf = (state: PositionState): PositionView['status'] => (state === 'closed' ? 'closed' : state === 'cancelled' ? 'cancelled' : 'open')

/** The position as `GET /positions` gives it. `seen`: extremes from the Book beyond what is journaled. */
export function positionView(context: PositionContext, state: PositionState, seen?: PriceExtremes): PositionView {
  const { signal } = context
  const entry = entryPrice(context)
  const exit = closePrice(context)
  const status = statusOf(state)
  const ordered = entryOrder(context)
  const reason = context.closing?.reason ?? null
  const stop = stopInForce(context, seen ?? context.extremes)
  const targetRemoved = context.targetMoved && context.targets.length === 0
  return {
    id: context.id,
    exchange: signal.exchange,
    market_type: context.marketType,
    symbol: signal.symbol,
    side: signal.direction,
    qty: toNumber(context.entryQty),
    open_qty: toNumber(openQty(context)),
    account_label: signal.accountLabel,
    strategy: signal.strategy,
    external_order_id: ordered.venueOrderId,
    external_position_ref: ordered.clientOrderId,
    sl_order_id: latestOrder(context, 'stop-loss')?.venueOrderId ?? null,
    tp_order_id: latestOrder(context, 'take-profit')?.venueOrderId ?? null,
    entry_price: price(entry),
    tp_price: signal.targets[0] && !targetRemoved ? toNumber(signal.targets[0].price) : null,
    sl_price: toNumber(signal.slPrice),
    status,
    state,
    created_at: iso(context.createdAt),
    closed_at: context.closedAt === null ? null : iso(context.closedAt),
    close_price: exit === null ? null : price(exit),
    pnl: status === 'open' ? null : toNumber(hasFill(context) ? realisedPnl(context) : ZERO),
    fees: toNumber(context.fees),
    auto_close_reason: status === 'closed' ? reason : null,
    exit_strategy: signal.exitStrategy,
    dynamic_tp_price: context.targetMoved && context.targets[0] ? toNumber(context.targets[0].price) : null,
    dynamic_sl_price: context.stopMoved || stop.price !== context.stopPrice ? toNumber(stop.price) : null,
    max_favorable_move: toNumber(movePct(context, 'favorable', seen)),
    max_adverse_move: toNumber(movePct(context, 'adverse', seen)),
    exit_meta: context.funding ? { ...exitMeta(context, seen), funding: toNumber(context.funding.paid) } : exitMeta(context, seen),
  }
}

/** What the exit policy knows: its parameters, its memory, and the best price where it follows one. */
function exitMeta(context: PositionContext, seen: PriceExtremes | undefined): JsonObject {
  const { signal, exitMemory } = context
  if (!exitPolicy(signal.exitStrategy).followsBest) return exitMemory
  const extremes = seen ?? context.extremes
  const best = signal.direction === 'long' ? extremes?.high : extremes?.low
  const params = Object.fromEntries(Object.entries(signal.exitParams).map(([name, value]) => [name, typeof value === 'string' ? Number(value) : value]))
  return { ...exitMemory, params, best_price: best === undefined ? null : toNumber(best) }
}

/** Best or worst move since the fill, exits included, in percent of the entry price, to 8 places, never negative. */
function movePct(context: PositionContext, which: 'favorable' | 'adverse', seen?: PriceExtremes): Decimal {
  const extremes = seen ?? context.extremes
  if (!extremes || !hasFill(context)) return ZERO
  const entry = entryPrice(context)
  const exits = context.fills.filter((fill) => findOrder(context, fill.clientOrderId)?.role !== 'entry').map((fill) => fill.price)
  const upwards = (context.signal.direction === 'long') === (which === 'favorable')
  const furthest = upwards ? exits.reduce(maximum, extremes.high) : exits.reduce(minimum, extremes.low)
  const move = upwards ? subtract(furthest, entry) : subtract(entry, furthest)
  return isPositive(move) ? round(divide(multiply(move, decimal(100)), entry), 8) : ZERO
}

/** Exact where it ends; an average that does not is cut to 15 digits, more than any tick has. */
const price = (value: Decimal): number => toNumber(endless(value) ? significant(value, 15) : value)
const endless = (value: Decimal): boolean => value.length - value.indexOf('.') > 20 && value.includes('.')

/** The position's orders, in the order they were made. */
export function orderViews(context: PositionContext): readonly OrderView[] {
  return context.orders.map((order, index) => orderView(context, order, index))
}

const fillView = ({ tradeId, qty, price: at, fee, liquidity, at: time }: PositionFill): FillView => ({ trade_id: tradeId, qty: toNumber(qty), price: toNumber(at), fee: toNumber(fee), liquidity, at: iso(time) })

function orderView(context: PositionContext, order: OrderRecord, index: number): OrderView {
  const entry = order.role === 'entry'
  const isOfOrder = (fill: PositionFill): boolean => fill.clientOrderId === order.clientOrderId
  return {
    id: entry ? context.orderId : context.id * 1000 + index,
    position_id: context.id,
    role: order.role,
    symbol: context.signal.symbol,
    side: order.side,
    qty: toNumber(order.qty),
    order_type: order.type,
    tp_price: entry ? (context.signal.targets[0] ? toNumber(context.signal.targets[0].price) : null) : order.role === 'take-profit' && order.price !== null ? toNumber(order.price) : null,
    sl_price: entry ? toNumber(context.signal.slPrice) : order.role === 'stop-loss' && order.price !== null ? toNumber(order.price) : null,
    status: order.status,
    created_at: iso(order.createdAt),
    client_order_id: order.clientOrderId,
    external_order_id: order.venueOrderId,
    fills: [...context.fills.filter(isOfOrder).map(fillView), ...(context.voided ?? []).filter(isOfOrder).map((fill) => ({ ...fillView(fill), voided: true as const }))],
  }
}
