/**
 * What a position wants of the venue. Each `ensure…` compares what is wanted with what is known and issues only the
 * difference, so it may be called after any fact: called twice it does nothing the second time.
 */
import { assert } from '../src/domain/assert.ts'
import type { SubmitOrder } from '../src/domain/commands.ts'
import { ZERO, isZero, type Decimal } from '../src/domain/decimal.ts'
import { clientOrderId, type OrderRole } from '../src/domain/ids.ts'
import { isTerminal, isWorking, type OrderRecord, type OrderType } from '../src/domain/order.ts'
import { entrySide, exitSide } from '../src/domain/signal.ts'
import {
  command,
  hasFill,
  hasVanished,
  isCovered,
  latestOrder,
  liveOrders,
  notice,
  openQty,
  refusalOf,
  remaining,
  withDeadline,
  withOrder,
  withoutDeadline,
  type PositionContext,
} from './position.context.ts'

const ORDER_TYPE: Record<OrderRole, OrderType> = { entry: 'market', 'stop-loss': 'stop', 'take-profit': 'limit', close: 'market' }

function newOrder(context: PositionContext, role: OrderRole, qty: Decimal, price: Decimal | null, target = 0): OrderRecord {
  const generation = context.orders.reduce((highest, order) => (order.role === role ? Math.max(highest, order.generation) : highest), 0) + 1
  return {
    clientOrderId: clientOrderId(context.journalId, context.id, role, generation),
    role,
    generation,
    side: role === 'entry' ? entrySide(context.signal.direction) : exitSide(context.signal.direction),
    type: ORDER_TYPE[role],
    qty,
    price,
    status: 'created',
    filledQty: ZERO,
    filledValue: ZERO,
    fee: ZERO,
    venueOrderId: null,
    createdAt: context.at,
    attempts: 1,
    cancelRequested: false,
    target,
    code: null,
  }
}

const submission = (context: PositionContext, order: OrderRecord): SubmitOrder => ({
  type: 'order.submit',
  positionId: context.id,
  clientOrderId: order.clientOrderId,
  role: order.role,
  symbol: context.signal.symbol,
  side: order.side,
  orderType: order.type,
  qty: order.qty,
  price: order.price,
  reduceOnly: order.role !== 'entry',
})

export function submit(context: PositionContext, role: OrderRole, qty: Decimal, price: Decimal | null, target = 0): PositionContext {
  const order = newOrder(context, role, qty, price, target)
  return command({ ...context, orders: [...context.orders, order] }, submission(context, order))
}

/** Sends the same order again under the same client order id. */
export const resubmit = (context: PositionContext, order: OrderRecord): PositionContext =>
  command(withOrder(context, { ...order, status: 'created', code: null, attempts: order.attempts + 1 }), submission(context, order))

/** Replaces a working order so that one of the two always rests. */
export function replace(context: PositionContext, order: OrderRecord, qty: Decimal, price: Decimal): PositionContext {
  const replacement = newOrder(context, order.role, qty, price, order.target)
  // The venue removes the replaced order itself once its successor rests.
  const leaving = withOrder(context, { ...order, cancelRequested: true })
  const added = { ...leaving, orders: [...leaving.orders, replacement] }
  return command(added, {
    type: 'order.replace',
    positionId: context.id,
    clientOrderId: order.clientOrderId,
    symbol: context.signal.symbol,
    replacement: submission(context, replacement),
  })
}

export function cancel(context: PositionContext, order: OrderRecord): PositionContext {
  // An unresolved order is asked for first; a cancel of what may not exist proves nothing.
  if (order.cancelRequested || order.status === 'unresolved') return context
  // Where the venue never had it, nothing is there to cancel; what arrives late is removed as a leftover.
  if (order.status === 'created' && order.code === 'absent') return withOrder(context, { ...order, status: 'canceled' })
  const requested = withOrder(context, { ...order, cancelRequested: true })
  return command(requested, { type: 'order.cancel', positionId: context.id, clientOrderId: order.clientOrderId, symbol: context.signal.symbol })
}

export const cancelAll = (context: PositionContext, orders: readonly OrderRecord[]): PositionContext => orders.reduce(cancel, context)

/** An order whose absence the venue has proven. */
const absentOrder = (context: PositionContext, role: OrderRole): OrderRecord | undefined =>
  liveOrders(context, role).find((order) => order.status === 'created' && order.code === 'absent')

/** Where the venue never had an order that nobody wants any more, it is over. */
export function dropAbsent(context: PositionContext, role: OrderRole): PositionContext {
  const absent = absentOrder(context, role)
  return absent ? withOrder(context, { ...absent, status: 'canceled' }) : context
}

export function submitEntry(context: PositionContext): PositionContext {
  if (hasFill(context)) return context
  return withDeadline(submit(context, 'entry', context.signal.qty, context.signal.price), 'entry', context.at + context.timing.entryTimeoutMs)
}

/** An entry that is still wanted is sent again after its absence was proven; one that is not is given up. */
export function tendEntry(context: PositionContext): PositionContext {
  const absent = absentOrder(context, 'entry')
  const overdue = context.deadlines['entry'] === undefined
  if (absent) return overdue || context.closing ? dropAbsent(context, 'entry') : resubmit(context, absent)
  return overdue || context.closing ? cancelAll(context, liveOrders(context, 'entry')) : context
}

/** The thirty seconds are over: whatever is not filled is cancelled. */
export const giveUpEntry = (context: PositionContext): PositionContext => tendEntry(withoutDeadline(context, 'entry'))

/**
 * Keeps one stop over the whole open quantity at the stop price in force. Refused: again after `stopRetryMs` under the
 * same client order id; refused once more than `stopRetries` allows, or triggered already: the position is left at
 * market (reliability.md §1, protective procedure).
 */
export function ensureStop(unwatched: PositionContext): PositionContext {
  const context = forgetFailures(watchProtection(unwatched))
  const qty = openQty(context)
  if (isZero(qty) || context.closing || hasVanished(context)) return context
  const stop = latestOrder(context, 'stop-loss')
  if (!stop || stop.status === 'canceled' || stop.status === 'expired' || stop.status === 'filled') return submit(context, 'stop-loss', qty, context.stopPrice)
  if (stop.status === 'rejected') return tendRefusedStop(context, stop)
  if (stop.status === 'created') return stop.code === 'absent' ? resubmit(context, stop) : context
  if (stop.status === 'unresolved' || stop.cancelRequested) return context
  const fits = remaining(stop) === qty && stop.price === context.stopPrice
  return fits ? dropOlder(context, stop) : replace(context, stop, qty, context.stopPrice)
}

/** Orders of the same kind that a working one has outlived, where the venue did not remove them itself. */
export const dropOlder = (context: PositionContext, order: OrderRecord): PositionContext =>
  cancelAll(context, context.orders.filter((other) => other.role === order.role && other.target === order.target && other !== order && !isTerminal(other.status)))

/** The attempts are counted anew for each stop. */
function forgetFailures(context: PositionContext): PositionContext {
  const stop = latestOrder(context, 'stop-loss')
  return context.stopFailures > 0 && stop && isWorking(stop.status) ? { ...context, stopFailures: 0 } : context
}

const isNaked = (context: PositionContext): boolean => !isZero(openQty(context)) && !context.closing && !isCovered(context) && !hasVanished(context)

/** The hard bound runs from the first moment that some quantity is not covered. */
function watchProtection(context: PositionContext): PositionContext {
  if (!isNaked(context)) return withoutDeadline(context, 'protect')
  return context.deadlines['protect'] === undefined ? withDeadline(context, 'protect', context.at + context.timing.protectWithinMs) : context
}

/** The bound is reached: out at market, even where a stop may still turn out to rest. */
export function giveUpStop(context: PositionContext): PositionContext {
  const due = withoutDeadline(context, 'protect')
  if (!isNaked(due)) return due
  const stop = latestOrder(due, 'stop-loss')
  assert(stop, 'a stop was asked for when the bound began to run')
  return notice({ ...due, rollingBack: true }, { type: 'stop-loss.failed', positionId: due.id, attempts: stop.attempts, error: 'no confirmed stop in time' })
}

/** In pauses between attempts. */
const SLOWEST_STOP_RETRY = 5

function tendRefusedStop(context: PositionContext, stop: OrderRecord): PositionContext {
  // The stop price has been passed already: in effect the stop has been hit.
  if (stop.code === 'would_trigger') return beginClose(context, context.stopReason)
  if (context.deadlines['stop-retry'] !== undefined) return context
  // Nothing is held there, it says: somebody closed it and his fill is on its way, or ours is not settled there yet. Only the hard bound ends this, ever more slowly.
  if (stop.code === 'no_position') return withDeadline(context, 'stop-retry', context.at + context.timing.stopRetryMs * Math.min(2 ** (stop.attempts - 1), SLOWEST_STOP_RETRY))
  const failures = context.stopFailures + 1
  if (failures <= context.timing.stopRetries)
    return withDeadline({ ...context, stopFailures: failures }, 'stop-retry', context.at + context.timing.stopRetryMs)
  // A refused replacement leaves the stop that it should have replaced at work, until it is to be another one.
  if (isCovered(context)) return stop.price === context.stopPrice ? context : submit({ ...context, stopFailures: 0 }, 'stop-loss', openQty(context), context.stopPrice)
  const failed = { ...context, stopFailures: failures, rollingBack: true }
  return notice(failed, { type: 'stop-loss.failed', positionId: context.id, attempts: failures, error: refusalOf(stop) })
}

export function retryStop(context: PositionContext): PositionContext {
  const stop = latestOrder(context, 'stop-loss')
  const due = withoutDeadline(context, 'stop-retry')
  return stop?.status === 'rejected' && !due.closing ? resubmit(due, stop) : due
}

/** From now on the position is being closed; the first reason stays. */
export const beginClose = (context: PositionContext, reason: NonNullable<PositionContext['closing']>['reason']): PositionContext =>
  context.closing ? context : { ...context, closing: { reason, at: context.at } }

/** Asks again for every order whose fate is unknown. */
export function queryUnresolved(context: PositionContext): PositionContext {
  const unresolved = context.orders.filter((order) => order.status === 'unresolved')
  const due = withoutDeadline(context, 'query')
  if (unresolved.length === 0) return due
  const asked = unresolved.reduce((result, order) => command(result, { type: 'order.query', positionId: context.id, clientOrderId: order.clientOrderId, symbol: context.signal.symbol }), due)
  return withDeadline(asked, 'query', context.at + context.timing.queryRetryMs)
}

/**
 * After a restart nobody knows which commands left: sent but unanswered orders are unresolved and asked for, unanswered
 * cancels and proofs are asked again. Nothing is sent twice: an order leaves again only after its absence was proven.
 */
export function resume(context: PositionContext): PositionContext {
  const doubted = context.orders.reduce(
    (result, order) => (order.status === 'created' && order.code !== 'absent' ? withOrder(result, { ...order, status: 'unresolved', code: 'restart' }) : result),
    context,
  )
  // Cancels are asked for again by whoever still wants them; a stop leaves only once its successor is known to rest.
  const again = queryUnresolved({ ...doubted, orders: doubted.orders.map((order) => (order.cancelRequested && !isTerminal(order.status) ? { ...order, cancelRequested: false } : order)) })
  return again.proof === 'asked' ? command(again, { type: 'position.query', positionId: context.id, symbol: context.signal.symbol }) : again
}

/** The last run's clock was ahead of this one's: what it set deadlines for is as far away as it was then. */
export function rebaseDeadlines(context: PositionContext, aheadMs: number): PositionContext {
  if (aheadMs <= 0) return context
  return { ...context, deadlines: Object.fromEntries(Object.entries(context.deadlines).map(([name, dueAt]) => [name, dueAt - aheadMs])) }
}

/** `resume` would do something at this time. */
export const needsResume = (context: PositionContext, at: number): boolean =>
  context.proof === 'asked' ||
  (context.at > at && Object.keys(context.deadlines).length > 0) ||
  context.orders.some((order) => order.status === 'created' || order.status === 'unresolved' || (order.cancelRequested && !isTerminal(order.status)))
