/**
 * Take-profit orders: one per target level, sized so that stop and targets follow what is filled. Refused: a warning;
 * the position stays and the target is tried again later.
 */
import { ZERO, decimal, floorToStep, isZero, minimum, percentOf, subtract, sum, type Decimal } from '../src/domain/decimal.ts'
import { QUANTITY_STEP, isWorking, type OrderRecord } from '../src/domain/order.ts'
import type { TargetLevel } from '../src/domain/signal.ts'
import { hasVanished, notice, openQty, refusalOf, remaining, withDeadline, withOrder, withoutDeadline, type PositionContext } from './position.context.ts'
import { cancel, dropOlder, replace, resubmit, submit } from './position.orders.ts'

const ordersOf = (context: PositionContext, target: number): readonly OrderRecord[] => context.orders.filter((order) => order.role === 'take-profit' && order.target === target)

/** Quantity each target still has to close; nearer targets keep theirs where less is open than planned. */
export function wantedTargets(context: PositionContext): readonly Decimal[] {
  let left = openQty(context)
  return context.targets.map(({ sharePct }, target) => {
    const whole = isZero(subtract(sum(context.targets.slice(0, target + 1).map((each) => each.sharePct)), decimal(100)))
    // The target that completes the hundred takes all that is left, rounding included.
    const share = whole ? context.entryQty : floorToStep(percentOf(context.entryQty, sharePct), context.signal.qtyStep ?? QUANTITY_STEP)
    const done = sum(ordersOf(context, target).map((order) => order.filledQty))
    const open = subtract(share, done)
    const wanted = open.startsWith('-') ? ZERO : minimum(open, left)
    left = subtract(left, wanted)
    return wanted
  })
}

/** Every target that still has something to close rests at the venue. */
export const targetsWork = (context: PositionContext): boolean => {
  const wanted = wantedTargets(context)
  return wanted.some((qty) => !isZero(qty)) && wanted.every((qty, target) => isZero(qty) || ordersOf(context, target).some((order) => isWorking(order.status)))
}

/** Keeps one order per target over what it still has to close, at its price. */
export function ensureTakeProfit(context: PositionContext): PositionContext {
  if (isZero(openQty(context)) || context.closing || context.rollingBack || hasVanished(context)) return context
  return wantedTargets(context).reduce((result, qty, target) => ensureTarget(result, target, qty), dropSurplus(context))
}

/** Orders for targets that are no more. */
const dropSurplus = (context: PositionContext): PositionContext =>
  context.orders
    .filter((order) => order.role === 'take-profit' && order.target >= context.targets.length)
    .reduce(forgo, context)

/** An order that is wanted no more: cancelled where it rests, over where the venue never had it. */
function forgo(context: PositionContext, order: OrderRecord): PositionContext {
  if (isWorking(order.status)) return cancel(context, order)
  return order.status === 'created' && order.code === 'absent' ? withOrder(context, { ...order, status: 'canceled' }) : context
}

function ensureTarget(context: PositionContext, target: number, qty: Decimal): PositionContext {
  const { price } = context.targets[target] as TargetLevel
  const order = ordersOf(context, target).at(-1)
  if (isZero(qty)) return order ? forgo(context, order) : context
  if (!order || order.status === 'canceled' || order.status === 'expired' || order.status === 'filled') return submit(context, 'take-profit', qty, price, target)
  if (order.status === 'rejected') return tendRefused(context, order)
  if (order.status === 'created') return order.code === 'absent' ? resubmit(context, order) : context
  if (order.status === 'unresolved' || order.cancelRequested) return context
  return remaining(order) === qty && order.price === price ? dropOlder(context, order) : replace(context, order, qty, price)
}

function tendRefused(context: PositionContext, order: OrderRecord): PositionContext {
  if (context.deadlines['take-profit-retry'] !== undefined) return context
  const waiting = withDeadline({ ...context, takeProfitRefused: true }, 'take-profit-retry', context.at + context.timing.takeProfitRetryMs)
  // One warning per position; the retries are in the journal.
  return context.takeProfitRefused ? waiting : notice(waiting, { type: 'take-profit.failed', positionId: context.id, error: refusalOf(order) })
}

/** The pause after a refusal is over: every refused target is sent again. */
export function retryTakeProfit(context: PositionContext): PositionContext {
  const due = withoutDeadline(context, 'take-profit-retry')
  if (due.closing) return due
  const refused = due.targets.flatMap((_, target) => ordersOf(due, target).at(-1) ?? []).filter((order) => order.status === 'rejected')
  return refused.reduce(resubmit, due)
}
