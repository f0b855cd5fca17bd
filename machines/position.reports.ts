/**
 * What the venue tells about a position's orders, absorbed into its context. Every function is total: a report that
 * changes nothing is a `fact.ignored` notice with the reason, never silence. Fills always count, whatever the order's
 * status was: they are money.
 */
import { assertNever } from '../src/domain/assert.ts'
import { ZERO, add, atLeast, divide, isZero, maximum, minimum, multiply, subtract } from '../src/domain/decimal.ts'
import type { PositionFact, PriceExtremes, Stamped, ExternalFilled, FillVoided, FundingSettled, OrderFilled } from '../src/domain/facts.ts'
import type { ClientOrderId } from '../src/domain/ids.ts'
import { isClosable } from '../src/domain/market.ts'
import { isTerminal, type OrderRecord } from '../src/domain/order.ts'
import { command, findOrder, hasVanished, isFlat, knowsTrade, notice, openQty, withDeadline, withOrder, type PositionContext, type PositionFill } from './position.context.ts'

export type PositionEvent = Stamped<PositionFact> | { readonly type: 'run.resumed'; readonly seq: number; readonly at: number }
  | { readonly type: 'position.failed'; readonly seq: number; readonly at: number; readonly error: string }

/** A fresh page for a fact: its time, no outputs yet. */
export const begin = (context: PositionContext, event: PositionEvent): PositionContext => ({ ...context, at: event.at, outputs: [] })

export const ignore = (context: PositionContext, event: PositionEvent, state: string, reason: string): PositionContext =>
  notice(context, { type: 'fact.ignored', positionId: context.id, fact: event.type, state, reason })

/** Takes a report about an order or the position into the context. */
export function absorb(context: PositionContext, event: PositionEvent): PositionContext {
  switch (event.type) {
    case 'order.accepted':
      return update(context, event, (order) => ({
        ...order,
        venueOrderId: event.venueOrderId,
        // What ended it stays known.
        code: isTerminal(order.status) ? order.code : null,
        status: order.status === 'created' || order.status === 'unresolved' ? (order.filledQty === '0' ? 'working' : 'partially_filled') : order.status,
      }))
    case 'order.rejected':
      return keepReplaced(
        update(context, event, (order) => (order.status === 'created' || order.status === 'unresolved' ? { ...order, status: 'rejected', code: event.code } : order)),
        event.clientOrderId,
      )
    case 'order.unresolved':
      return absorbUnresolved(context, event)
    case 'order.absent':
      // Its absence is proven: it may be sent again under the same client order id.
      return keepReplaced(
        update(context, event, (order) => (order.status === 'unresolved' ? { ...order, status: 'created', code: 'absent' } : order)),
        event.clientOrderId,
      )
    case 'order.filled':
      return absorbFill(context, event)
    case 'external.filled':
      return absorbExternalFill(context, event)
    case 'fill.voided':
      return absorbVoid(context, event)
    case 'market.changed': {
      const [{ from, to }, open] = [event, openQty(context)]
      return notice(context, { type: 'market-change.noticed', positionId: context.id, from, to, openQty: open, closable: isZero(open) || isClosable(to, open) })
    }
    case 'funding.settled':
      return absorbFunding(context, event)
    case 'order.canceled':
      return update(context, event, (order) => (isTerminal(order.status) ? order : { ...order, status: 'canceled' }))
    case 'order.expired':
      return update(context, event, (order) => (isTerminal(order.status) ? order : { ...order, status: 'expired' }))
    case 'cancel.rejected':
      return absorbCancelRejected(context, event)
    case 'position.vanished':
      return hasVanished(context) || isZero(openQty(context)) ? ignore(context, event, 'any', 'nothing of it is missing, or it is known to be') : vanish(context)
    case 'position.reported':
      if (hasVanished(context)) return event.qty === '0' ? ignore(context, event, 'quarantined', 'it is known to be gone') : reappear(context)
      if (context.proof !== 'asked') return ignore(context, event, 'any', 'the position was not asked for')
      // The venue holds more than our fills say: look again after a pause.
      return event.qty === '0' ? { ...context, proof: 'flat' } : withDeadline({ ...context, proof: 'none' }, 'close-retry', context.at + context.timing.closeRetryMs)
    case 'price.crossed':
    case 'price.sampled':
      return { ...context, lastPrice: event.price, extremes: widen(context.extremes, event.extremes) }
    case 'stop.trailed':
      return { ...context, extremes: widen(context.extremes, event.extremes) }
    case 'deadline.passed':
      return { ...context, lastPrice: event.price ?? context.lastPrice, extremes: event.extremes ? widen(context.extremes, event.extremes) : context.extremes }
    case 'exit.advised':
    case 'exit.requested':
    case 'levels.requested':
    case 'run.resumed':
    case 'position.failed':
      return context
    default:
      return assertNever(event)
  }
}

/** From now on nothing is sent for it: what the venue holds there is somebody else's, if anything. */
function vanish(context: PositionContext): PositionContext {
  const kept = Object.entries(context.deadlines).filter(([name]) => name === 'query' || name === 'entry')
  return { ...context, vanishedAt: context.at, rollingBack: false, deadlines: Object.fromEntries(kept) }
}

/** The venue holds it after all. It stays in the hands of a person; its stop comes first. */
const reappear = (context: PositionContext): PositionContext => ({ ...context, vanishedAt: null, stopFailures: 0 })

/** A fill that came late, or that a person stated, says what became of it: that it is gone was proven before. */
const foundAgain = (context: PositionContext): PositionContext => (hasVanished(context) && isFlat(context) ? { ...reappear(context), proof: 'flat' } : context)

type OrderEvent = Extract<PositionEvent, { readonly clientOrderId: unknown }>

function update(context: PositionContext, event: OrderEvent, change: (order: OrderRecord) => OrderRecord): PositionContext {
  const order = findOrder(context, event.clientOrderId)
  if (!order) return ignore(context, event, 'any', `no order ${event.clientOrderId}`)
  const changed = change(order)
  return changed === order ? ignore(context, event, order.status, 'the order has moved on') : withOrder(context, changed)
}

/** A replacement that did not come, or may not: the order it should have replaced is not leaving. */
function keepReplaced(context: PositionContext, clientOrderId: ClientOrderId): PositionContext {
  const failed = findOrder(context, clientOrderId)
  if (!failed) return context
  const isReplaced = (order: OrderRecord): boolean => order.role === failed.role && order.target === failed.target && order.cancelRequested && !isTerminal(order.status)
  return context.orders.some(isReplaced) ? { ...context, orders: context.orders.map((order) => (isReplaced(order) ? { ...order, cancelRequested: false } : order)) } : context
}

function absorbUnresolved(context: PositionContext, event: Extract<PositionEvent, { type: 'order.unresolved' }>): PositionContext {
  const order = findOrder(context, event.clientOrderId)
  if (!order) return ignore(context, event, 'any', `no order ${event.clientOrderId}`)
  // Found and cancelled before its request was given up: nobody has removed what it replaced.
  if (isTerminal(order.status)) return keepReplaced(ignore(context, event, order.status, 'the order has ended'), order.clientOrderId)
  if (order.status === 'unresolved') return ignore(context, event, order.status, 'it is being asked for')
  // A cancel whose fate is unknown is sent again once the order's is known.
  const unresolved = withOrder(context, { ...order, status: 'unresolved', code: event.message, cancelRequested: false })
  const noticed = notice(unresolved, { type: 'order.unresolved-noticed', positionId: context.id, clientOrderId: order.clientOrderId, role: order.role })
  // Nobody knows whether it will come: what it should replace is removed once it is known to rest.
  return keepReplaced(queryOrder(noticed, order), order.clientOrderId)
}

/** Asks for the order's fate and keeps asking. */
export const queryOrder = (context: PositionContext, order: OrderRecord): PositionContext =>
  withDeadline(
    command(context, { type: 'order.query', positionId: context.id, clientOrderId: order.clientOrderId, symbol: context.signal.symbol }),
    'query',
    context.at + context.timing.queryRetryMs,
  )

function absorbCancelRejected(context: PositionContext, event: Extract<PositionEvent, { type: 'cancel.rejected' }>): PositionContext {
  const order = findOrder(context, event.clientOrderId)
  if (!order) return ignore(context, event, 'any', `no order ${event.clientOrderId}`)
  if (isTerminal(order.status)) return ignore(context, event, order.status, 'the order has ended')
  // Either it ended without our knowing or the cancel must be sent again: the venue is asked first.
  return queryOrder(withOrder(context, { ...order, cancelRequested: false, status: 'unresolved', code: event.message }), order)
}

function absorbFill(context: PositionContext, event: Stamped<OrderFilled>): PositionContext {
  const order = findOrder(context, event.clientOrderId)
  if (!order) return ignore(context, event, 'any', `no order ${event.clientOrderId}`)
  if (knowsTrade(context, event.tradeId)) return ignore(context, event, order.status, `trade ${event.tradeId} is already booked`)
  const value = multiply(event.price, event.qty)
  const filledQty = add(order.filledQty, event.qty)
  const full = atLeast(filledQty, order.qty)
  const booked = withOrder(context, {
    ...order,
    venueOrderId: event.venueOrderId,
    filledQty,
    filledValue: add(order.filledValue, value),
    fee: add(order.fee, event.fee),
    status: full ? 'filled' : isTerminal(order.status) ? order.status : 'partially_filled',
  })
  const fill = { tradeId: event.tradeId, clientOrderId: event.clientOrderId, qty: event.qty, price: event.price, fee: event.fee, liquidity: event.liquidity, at: event.at }
  const counted = { ...booked, fills: [...booked.fills, fill], fees: add(booked.fees, event.fee), extremes: event.extremes ? widen(booked.extremes, event.extremes) : booked.extremes }
  return order.role === 'entry' ? countEntry(counted, event, value) : announceReduced(foundAgain(countExit(counted, event, value)), event)
}

/** Reduced by somebody else: booked like a fill of our own, so that what we hold is what the venue holds. */
function absorbExternalFill(context: PositionContext, event: Stamped<ExternalFilled>): PositionContext {
  const { tradeId, qty, price, fee, liquidity, cause, at } = event
  if (knowsTrade(context, tradeId)) return ignore(context, event, 'any', `trade ${tradeId} is already booked`)
  const fill = { tradeId, clientOrderId: null, cause, qty, price, fee, liquidity, at }
  const booked = { ...context, fills: [...context.fills, fill], fees: add(context.fees, fee) }
  return notice(foundAgain(countExit(booked, event, multiply(price, qty))), { type: 'position.reduced-externally', positionId: context.id, cause, qty, price })
}

/** The venue took a trade back: everything that it did is undone, and what follows from it – another stop, another close – is the states' business. */
function absorbVoid(context: PositionContext, event: Stamped<FillVoided>): PositionContext {
  const fill = context.fills.find(({ tradeId }) => tradeId === event.tradeId)
  if (!fill) return ignore(context, event, 'any', `trade ${event.tradeId} is not booked, or void already`)
  const order = findOrder(context, fill.clientOrderId)
  const value = multiply(fill.price, fill.qty)
  const { entryQty, entryValue, exitQty, exitValue, reduceTo } = context
  const counted =
    order?.role === 'entry'
      ? { entryQty: subtract(entryQty, fill.qty), entryValue: subtract(entryValue, value), reduceTo: reduceTo === null ? null : maximum(subtract(reduceTo, fill.qty), ZERO) }
      : { exitQty: subtract(exitQty, fill.qty), exitValue: subtract(exitValue, value) }
  const undone: PositionContext = {
    ...(order ? withOrder(context, unfilled(order, fill)) : context),
    ...counted,
    fills: context.fills.filter((each) => each !== fill),
    voided: [...(context.voided ?? []), { ...fill, correctionId: event.correctionId }],
    fees: subtract(context.fees, fill.fee),
    proof: 'none',
  }
  return notice(foundAgain(undone), { type: 'voided-fill.noticed', positionId: context.id, role: order?.role ?? null, tradeId: fill.tradeId, qty: fill.qty, price: fill.price })
}

/** What was traded is not traded again: an order that filled is over without it, one that still works is smaller by it. */
function unfilled(order: OrderRecord, { qty, price, fee }: PositionFill): OrderRecord {
  const left = { filledQty: subtract(order.filledQty, qty), filledValue: subtract(order.filledValue, multiply(price, qty)), fee: subtract(order.fee, fee), code: 'voided' }
  return isTerminal(order.status) ? { ...order, ...left, status: 'canceled' } : { ...order, ...left, qty: subtract(order.qty, qty) }
}

function absorbFunding(context: PositionContext, event: Stamped<FundingSettled>): PositionContext {
  const { paid = ZERO, ids = [] } = context.funding ?? {}
  if (ids.includes(event.fundingId)) return ignore(context, event, 'any', `funding ${event.fundingId} is already booked`)
  return { ...context, funding: { paid: add(paid, event.amount), ids: [...ids, event.fundingId] } }
}

const countEntry = (context: PositionContext, event: Stamped<OrderFilled>, value: PositionContext['entryValue']): PositionContext => ({
  ...context,
  entryQty: add(context.entryQty, event.qty),
  entryValue: add(context.entryValue, value),
  // A partial close is meant for what was open when it was asked for.
  reduceTo: context.reduceTo === null ? null : add(context.reduceTo, event.qty),
  firstFillAt: context.firstFillAt ?? event.at,
  firstFillSeq: context.firstFillSeq ?? event.seq,
  extremes: widen(context.extremes, { high: event.price, low: event.price }),
})

const countExit = (context: PositionContext, event: Stamped<OrderFilled> | Stamped<ExternalFilled>, value: PositionContext['exitValue']): PositionContext => ({
  ...context,
  exitQty: add(context.exitQty, event.qty),
  exitValue: add(context.exitValue, value),
})

/** An order has closed its part and the position goes on. */
function announceReduced(context: PositionContext, { clientOrderId }: Stamped<OrderFilled>): PositionContext {
  const order = findOrder(context, clientOrderId)
  if (order?.status !== 'filled' || context.closing || isFlat(context)) return context
  const { role, filledQty: qty } = order
  return notice(context, { type: 'position.reduced', positionId: context.id, role, qty, price: divide(order.filledValue, qty), openQty: openQty(context) })
}

export const widen = (known: PriceExtremes | null, seen: PriceExtremes): PriceExtremes =>
  known ? { high: maximum(known.high, seen.high), low: minimum(known.low, seen.low) } : seen
