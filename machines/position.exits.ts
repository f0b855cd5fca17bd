/** How a position's exit policy is asked and obeyed (SPEC X-1). The policy decides, the orders follow. */
import { assert } from '../src/domain/assert.ts'
import { greater, less, type Decimal } from '../src/domain/decimal.ts'
import type { ExitAdvice } from '../src/domain/exit-advice.ts'
import type { ExitAdvised, PriceSampled, Stamped } from '../src/domain/facts.ts'
import type { ClientOrderId } from '../src/domain/ids.ts'
import type { RecordedQuote } from '../src/domain/quote.ts'
import { ADVICE, type ExitAction, type ExitPosition, type ExitWatch, type HeldStop } from '../src/exits/exit-policy.ts'
import { exitPolicy } from '../src/exits/registry.ts'
import { wholeTarget } from '../src/domain/signal.ts'
import { command, entryPrice, hasFill, hasVanished, notice, openQty, passesStop, withDeadline, withoutDeadline, type PositionContext } from './position.context.ts'
import { beginClose } from './position.orders.ts'
import { ignore, type PositionEvent } from './position.reports.ts'

export const POLICY_DEADLINE = 'policy:'
/** When the next sample of a price is due; the shell answers it with `price.sampled`, or without a price with `deadline.passed`. */
export const SAMPLE_DEADLINE = 'sample:'

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
  if (!hasFill(context) || context.closing || hasVanished(context)) return []
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

type Shown = { readonly price: Decimal | null; readonly quote: RecordedQuote | null; readonly advice?: ExitAdvice }

/** Shows the policy what it waited for and carries out its actions. */
export function decideExit(context: PositionContext, event: PositionEvent, key: string, shown: Shown): PositionContext {
  if (!hasFill(context) || context.closing) return context
  const { price, quote, advice = null } = shown
  const policy = exitPolicy(context.signal.exitStrategy)
  const decision = policy.on(context.exitMemory, key, { price, quote, now: context.at, position: exitPosition(context), advice }, context.signal.exitParams)
  const decided = { ...context, exitMemory: decision.memory }
  const heard = decision.ignored === undefined ? decided : ignore(decided, event, 'any', decision.ignored)
  return armDeadlines(decision.actions.reduce((result, action) => carryOut(result, event, action, shown), heard))
}

/** The sample that was due. One that nobody waits for changes nothing. */
export function takeSample(context: PositionContext, event: Stamped<PriceSampled>): PositionContext {
  const due = SAMPLE_DEADLINE + event.key
  if (context.deadlines[due] === undefined) return ignore(context, event, 'any', 'no sample was due')
  return decideExit(withoutDeadline(context, due), event, event.key, event)
}

/** A sample came due while no price was known: the next one is waited for. */
export const missSample = (context: PositionContext, due: string): PositionContext => armDeadlines(withoutDeadline(context, due))

/** The answer to the open question, and to no other. */
export function takeAdvice(context: PositionContext, event: Stamped<ExitAdvised>): PositionContext {
  const { question, advice } = event
  if (context.closing) return ignore(context, event, 'closing', 'a close is under way')
  if (context.question?.id !== question) return ignore(context, event, 'any', `question ${question} is not the last one that was asked`)
  if (!context.question.open) return ignore(context, event, 'any', `question ${question} was answered`)
  return decideExit({ ...context, question: { id: question, open: false } }, event, ADVICE, { price: context.lastPrice, quote: null, advice })
}

function carryOut(context: PositionContext, event: PositionEvent, action: ExitAction, shown: Shown): PositionContext {
  switch (action.type) {
    case 'ADJUST_STOP_LOSS': {
      if (context.stopByPerson) return ignore(context, event, 'any', 'the stop is where a person put it')
      assert((context.signal.direction === 'long' ? greater : less)(action.price, context.stopPrice), `a policy moves the stop from ${context.stopPrice} only to tighten it, not to ${action.price}`)
      return { ...context, stopPrice: action.price, stopReason: action.reason, stopMoved: true }
    }
    case 'ADJUST_TAKE_PROFIT':
      return { ...context, targets: wholeTarget(action.price), targetMoved: true }
    case 'CLOSE_POSITION':
      return beginClose(context, action.reason)
    case 'ASK_MODEL':
      return askModel(context, action.answerWithinMs, shown)
  }
}

function askModel(context: PositionContext, answerWithinMs: number, { price, quote }: Shown): PositionContext {
  const id = (context.question?.id ?? 0) + 1
  const { signal, extremes } = context
  assert(price !== null && quote !== null && extremes !== null, 'a model is asked when a price was sampled')
  const { entryPrice: entry, stopPrice, targetPrice, openedAt, timeframeMin } = exitPosition(context)
  return command(
    { ...context, question: { id, open: true } },
    {
      type: 'exit.ask', positionId: context.id, question: id, askedAt: context.at, answerWithinMs,
      symbol: signal.symbol, strategy: signal.strategy, direction: signal.direction, timeframeMin, openedAt,
      openQty: openQty(context), entryPrice: entry, stopPrice, targetPrice, price, quote, extremes,
    },
  )
}

/** A policy's deadlines become the position's. None is before the age at which exits are decided. */
export function armDeadlines(context: PositionContext): PositionContext {
  const wanted = exitWatches(context).flatMap((watch) => dueTime(context, watch))
  const names = new Set(wanted.map(([name]) => name))
  const isOurs = (name: string): boolean => name.startsWith(POLICY_DEADLINE) || name.startsWith(SAMPLE_DEADLINE)
  const stale = Object.keys(context.deadlines).filter((name) => isOurs(name) && !names.has(name))
  const cleared = stale.reduce(withoutDeadline, context)
  return wanted.reduce((result, [name, at]) => (result.deadlines[name] === at ? result : withDeadline(result, name, at)), cleared)
}

function dueTime(context: PositionContext, watch: ExitWatch): (readonly [string, number])[] {
  const { firstFillAt: filledAt } = context
  assert(filledAt !== null, 'a policy waits for nothing before the fill')
  const { exitMinAgeMs } = context.timing
  if (watch.kind === 'deadline') return [[POLICY_DEADLINE + watch.key, Math.max(watch.at, filledAt + exitMinAgeMs)]]
  if (watch.kind !== 'sample') return []
  const name = SAMPLE_DEADLINE + watch.key
  const everyMs = Math.max(1, Math.round(watch.everySec * 1000))
  // A whole number of periods after the fill, so that a late sample makes the next one no later.
  const next = filledAt + everyMs * Math.max(Math.floor((context.at - filledAt) / everyMs) + 1, Math.ceil(exitMinAgeMs / everyMs))
  return [[name, context.deadlines[name] ?? next]]
}
