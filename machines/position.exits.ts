/** How a position's exit policy is asked and obeyed (SPEC X-1). The policy decides, the orders follow. */
import { greater, less, type Decimal } from '../src/domain/decimal.ts'
import type { ClientOrderId } from '../src/domain/ids.ts'
import type { RecordedQuote } from '../src/domain/quote.ts'
import type { ExitAction, ExitPosition, ExitWatch, HeldStop } from '../src/exits/exit-policy.ts'
import { exitPolicy } from '../src/exits/registry.ts'
import { wholeTarget } from '../src/domain/signal.ts'
import { entryPrice, hasFill, notice, passesStop, withDeadline, withoutDeadline, type PositionContext } from './position.context.ts'
import { beginClose } from './position.orders.ts'
import type { PositionEvent } from './position.reports.ts'

export const POLICY_DEADLINE = 'policy:'

const exitPosition = (context: PositionContext, extremes = context.extremes): ExitPosition => ({
  direction: context.signal.direction,
  entryPrice: entryPrice(context),
  stopPrice: context.stopPrice,
  targetPrice: context.targets[0]?.price ?? null,
  openedAt: context.createdAt,
  timeframeMin: context.signal.timeframeMin,
  best: (context.signal.direction === 'long' ? extremes?.high : extremes?.low) ?? entryPrice(context),
})

/** What the position's policy waits for now. A stop that a person owns is trailed no more. */
export function exitWatches(context: PositionContext): readonly ExitWatch[] {
  if (!hasFill(context) || context.closing) return []
  const watches = exitPolicy(context.signal.exitStrategy).watches(context.exitMemory, context.signal.exitParams, exitPosition(context))
  return context.stopByPerson ? watches.filter((watch) => watch.kind !== 'trail') : watches
}

/** The stop in force for what the price has done: where it was last put, or tighter where the policy trails it. */
export function stopInForce(context: PositionContext, extremes = context.extremes): HeldStop {
  const placed = { price: context.stopPrice, reason: context.stopReason }
  if (!hasFill(context) || context.stopByPerson) return placed
  const held = exitPolicy(context.signal.exitStrategy).stop(context.exitMemory, context.signal.exitParams, exitPosition(context, extremes))
  if (!held) return placed
  const tighter = context.signal.direction === 'long' ? greater(held.price, placed.price) : less(held.price, placed.price)
  return tighter ? held : placed
}

/** A paper stop that filled was where the policy held it at that moment; one at an exchange, where it rested. */
export function settleHeldStop(context: PositionContext, clientOrderId: ClientOrderId): PositionContext {
  if (context.marketType === 'linear_perp') return context
  return context.orders.some((order) => order.role === 'stop-loss' && order.clientOrderId === clientOrderId) ? adoptHeldStop(context) : context
}

/** Puts the stop where the policy holds it; the orders follow. */
export function adoptHeldStop(context: PositionContext): PositionContext {
  const { price, reason } = stopInForce(context)
  return price === context.stopPrice ? context : { ...context, stopPrice: price, stopReason: reason, stopMoved: true }
}

/** At the first fill: the policy's memory, and a close where the fill itself has passed the stop (SPEC S-3). */
export function startExits(context: PositionContext): PositionContext {
  const memory = exitPolicy(context.signal.exitStrategy).start(context.signal.exitParams, exitPosition(context))
  return armDeadlines(announceOpened({ ...context, exitMemory: memory }))
}

const announceOpened = (context: PositionContext): PositionContext =>
  notice(context, {
    type: 'position.opened',
    positionId: context.id,
    symbol: context.signal.symbol,
    direction: context.signal.direction,
    qty: context.signal.qty,
    entryPrice: entryPrice(context),
    stopPrice: context.stopPrice,
    targetPrice: context.targets[0]?.price ?? null,
    strategy: context.signal.strategy,
  })

/** A fill at or beyond the stop: the stop has in effect been hit. */
export const checkFillPrice = (context: PositionContext, event: PositionEvent): PositionContext =>
  event.type === 'order.filled' && context.orders.some((order) => order.role === 'entry' && order.clientOrderId === event.clientOrderId) && passesStop(context, event.price)
    ? beginClose(context, 'sl')
    : context

/** Shows the policy what it waited for and carries out its actions. */
export function decideExit(context: PositionContext, key: string, price: Decimal | null, quote: RecordedQuote | null): PositionContext {
  if (!hasFill(context) || context.closing) return context
  const decision = exitPolicy(context.signal.exitStrategy).on(
    context.exitMemory,
    key,
    { price, quote, now: context.at, position: exitPosition(context) },
    context.signal.exitParams,
  )
  return armDeadlines(decision.actions.reduce(carryOut, { ...context, exitMemory: decision.memory }))
}

function carryOut(context: PositionContext, action: ExitAction): PositionContext {
  switch (action.type) {
    case 'ADJUST_STOP_LOSS':
      return context.stopByPerson ? context : { ...context, stopPrice: action.price, stopReason: action.reason, stopMoved: true }
    case 'ADJUST_TAKE_PROFIT':
      return { ...context, targets: wholeTarget(action.price), targetMoved: true }
    case 'CLOSE_POSITION':
      return beginClose(context, action.reason)
  }
}

/** A policy's deadlines become the position's. None is before the age at which exits are decided. */
function armDeadlines(context: PositionContext): PositionContext {
  const earliest = (context.firstFillAt ?? context.at) + context.timing.exitMinAgeMs
  const wanted = exitWatches(context).flatMap((watch) => (watch.kind === 'deadline' ? [[POLICY_DEADLINE + watch.key, Math.max(watch.at, earliest)] as const] : []))
  const names = new Set(wanted.map(([name]) => name))
  const stale = Object.keys(context.deadlines).filter((name) => name.startsWith(POLICY_DEADLINE) && !names.has(name))
  const cleared = stale.reduce(withoutDeadline, context)
  return wanted.reduce((result, [name, at]) => (result.deadlines[name] === at ? result : withDeadline(result, name, at)), cleared)
}

