/** The way out: closing what is open, wholly or in part, and proving it. Every order here is reduce-only. */
import { ZERO, atMost, isPositive, isZero, subtract, type Decimal } from '../src/domain/decimal.ts'
import { isWorking } from '../src/domain/order.ts'
import { command, hasVanished, isFlat, latestOrder, liveOrders, notice, openQty, withDeadline, withoutDeadline, type PositionContext } from './position.context.ts'
import { beginClose, cancelAll, dropAbsent, resubmit, submit, tendEntry } from './position.orders.ts'

/**
 * Works towards flat (SPEC L-6): target and entry cancelled, a reduce-only market close for what is open, flat proven by
 * the position itself, and only then the stop removed. Never gives up.
 */
export function ensureClose(context: PositionContext): PositionContext {
  const entryTended = tendEntry(context)
  const cancelled = cancelAll(entryTended, liveOrders(entryTended, 'take-profit'))
  if (!isZero(openQty(cancelled))) return ensureMarketClose(cancelled, openQty(cancelled))
  if (!isFlat(cancelled) || liveOrders(cancelled, 'entry').length > 0) return cancelled
  if (cancelled.proof === 'none') return askForProof(cancelled)
  if (cancelled.proof === 'asked') return cancelled
  return cancelAll(cancelled, [...liveOrders(cancelled, 'stop-loss'), ...liveOrders(cancelled, 'close')])
}

function askForProof(context: PositionContext): PositionContext {
  if (context.deadlines['close-retry'] !== undefined) return context
  return command({ ...context, proof: 'asked' }, { type: 'position.query', positionId: context.id, symbol: context.signal.symbol })
}

function ensureMarketClose(context: PositionContext, qty: Decimal): PositionContext {
  if (hasVanished(context)) return context
  const close = latestOrder(context, 'close')
  if (close?.status === 'unresolved' || (close && isWorking(close.status))) return context
  if (close?.status === 'created') return close.code === 'absent' ? resubmit(context, close) : context
  const refused = close && close.status !== 'filled'
  if (!refused) return submit(context, 'close', qty, null)
  if (context.deadlines['close-retry'] !== undefined) return context
  const failures = context.closeFailures + 1
  const waiting = withDeadline({ ...context, closeFailures: failures }, 'close-retry', context.at + context.timing.closeRetryMs)
  return notice(waiting, { type: 'close.failed', positionId: context.id, attempts: failures, error: close.code ?? close.status })
}

/** The pause after a refused close is over: a new order for whatever is still open. */
export function retryClose(context: PositionContext): PositionContext {
  const due = withoutDeadline(context, 'close-retry')
  const left = due.closing ? ZERO : due.reduceTo
  if (left === null || liveOrders(due, 'close').length > 0) return due
  const wanted = subtract(openQty(due), left)
  return isPositive(wanted) ? submit(due, 'close', wanted, null) : due
}

/** A partial close: towards `openQty − qty`. Whatever is not less than all closes the position. */
export function beginReduction(context: PositionContext, qty: Decimal, reason: NonNullable<PositionContext['closing']>['reason']): PositionContext {
  const left = subtract(context.reduceTo ?? openQty(context), qty)
  return isZero(left) || left.startsWith('-') ? beginClose(context, reason) : { ...context, reduceTo: left }
}

/** Sells off down to what a partial close leaves; refused orders are tried again. */
export function ensureReduction(context: PositionContext): PositionContext {
  const { reduceTo } = context
  if (context.closing) return context
  // What brought it there may have come before the venue proved that it never had the order.
  if (reduceTo === null) return dropAbsent(context, 'close')
  const open = openQty(context)
  if (!atMost(open, reduceTo)) return ensureMarketClose(context, subtract(open, reduceTo))
  // Whatever brought it there: nothing is left to try again.
  return dropAbsent({ ...withoutDeadline(context, 'close-retry'), reduceTo: null }, 'close')
}
