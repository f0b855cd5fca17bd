/** How a position's exit policy is asked and obeyed (SPEC X-1). The policy decides, the orders follow. */
import type { Decimal } from '../src/domain/decimal.ts'
import type { RecordedQuote } from '../src/domain/quote.ts'
import type { ExitAction, ExitPosition, ExitTrigger, ExitWatch } from '../src/exits/exit-policy.ts'
import { exitPolicy } from '../src/exits/registry.ts'
import { entryPrice, hasFill, notice, passesStop, withDeadline, withoutDeadline, type PositionContext } from './position.context.ts'
import { beginClose } from './position.orders.ts'
import type { PositionEvent } from './position.reports.ts'

export const POLICY_DEADLINE = 'policy:'

const exitPosition = (context: PositionContext): ExitPosition => ({
  direction: context.signal.direction,
  entryPrice: entryPrice(context),
  stopPrice: context.stopPrice,
  targetPrice: context.targetPrice,
  openedAt: context.createdAt,
  timeframeMin: context.signal.timeframeMin,
  best: (context.signal.direction === 'long' ? context.extremes?.high : context.extremes?.low) ?? entryPrice(context),
})

/** What the position's policy waits for now. */
export const exitWatches = (context: PositionContext): readonly ExitWatch[] =>
  hasFill(context) && !context.closing ? exitPolicy(context.signal.exitStrategy).watches(context.exitMemory, context.signal.exitParams, exitPosition(context)) : []

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
    targetPrice: context.targetPrice,
    strategy: context.signal.strategy,
  })

/** A fill at or beyond the stop: the stop has in effect been hit. */
export const checkFillPrice = (context: PositionContext, event: PositionEvent): PositionContext =>
  event.type === 'order.filled' && context.orders.some((order) => order.role === 'entry' && order.clientOrderId === event.clientOrderId) && passesStop(context, event.price)
    ? beginClose(context, 'sl')
    : context

/** Shows the policy what it waited for and carries out its actions. */
export function decideExit(context: PositionContext, trigger: ExitTrigger, price: Decimal | null, quote: RecordedQuote | null): PositionContext {
  if (!hasFill(context) || context.closing) return context
  const decision = exitPolicy(context.signal.exitStrategy).on(
    context.exitMemory,
    trigger,
    { price, quote, now: context.at, position: exitPosition(context) },
    context.signal.exitParams,
  )
  return armDeadlines(decision.actions.reduce(carryOut, { ...context, exitMemory: decision.memory }))
}

function carryOut(context: PositionContext, action: ExitAction): PositionContext {
  switch (action.type) {
    case 'ADJUST_STOP_LOSS':
      return { ...context, stopPrice: action.price, stopReason: action.reason, stopMoved: true }
    case 'ADJUST_TAKE_PROFIT':
      return { ...context, targetPrice: action.price, targetMoved: true }
    case 'CLOSE_POSITION':
      return beginClose(context, action.reason)
  }
}

/** A policy's deadlines become the position's. */
function armDeadlines(context: PositionContext): PositionContext {
  const wanted = exitWatches(context).flatMap((watch) => (watch.kind === 'deadline' ? [[POLICY_DEADLINE + watch.key, watch.at] as const] : []))
  const names = new Set(wanted.map(([name]) => name))
  const stale = Object.keys(context.deadlines).filter((name) => name.startsWith(POLICY_DEADLINE) && !names.has(name))
  const cleared = stale.reduce(withoutDeadline, context)
  return wanted.reduce((result, [name, at]) => (result.deadlines[name] === at ? result : withDeadline(result, name, at)), cleared)
}

