/** The steps of the chart that are neither reports, orders nor exits: opening, taking a fact, announcing, retiring. */
import type { CoreSettings } from '../src/domain/core-settings.ts'
import { ZERO, multiply, type Decimal } from '../src/domain/decimal.ts'
import { assert } from '../src/domain/assert.ts'
import type { ClientOrderId, JournalId, OrderId, PositionId, TradeId } from '../src/domain/ids.ts'
import type { ExitReason } from '../src/domain/exit-reason.ts'
import type { ExternalCause, LevelsRequested } from '../src/domain/facts.ts'
import type { OrderRecord } from '../src/domain/order.ts'
import type { ApprovedSignal } from '../src/risk/risk-engine.ts'
import { entrySide, wholeTarget, type Signal } from '../src/domain/signal.ts'
import { closePrice, entryEnded, entryOrder, entryPrice, findOrder, hasFill, hasVanished, lastFill, notice, realisedPnl, withDeadline, withoutDeadline, type PositionContext } from './position.context.ts'
import { POLICY_DEADLINE, SAMPLE_DEADLINE, adoptHeldStop, armDeadlines, decideExit, missSample, settleHeldStop, takeAdvice, takeSample } from './position.exits.ts'
import { beginReduction, retryClose } from './position.close.ts'
import { beginClose, giveUpEntry, giveUpStop, queryUnresolved, rebaseDeadlines, resume, retryStop } from './position.orders.ts'
import { retryTakeProfit } from './position.targets.ts'
import { absorb, begin, ignore, type PositionEvent } from './position.reports.ts'

export type StrayFill = { readonly clientOrderId: ClientOrderId; readonly tradeId: TradeId; readonly qty: Decimal; readonly price: Decimal; readonly fee: Decimal }

/** Nothing is opened but what the risk engine approved, and what is held already. */
export type Opening =
  | { readonly signal: ApprovedSignal; readonly strayFill: null; readonly adopted?: never }
  | { readonly signal: Signal; readonly strayFill: StrayFill; readonly adopted?: never }
  /** A person handed it over: the signal's quantity is held at the signal's price. */
  | { readonly signal: Signal; readonly strayFill: null; readonly adopted: true }

export type PositionInput = Opening & {
  readonly id: PositionId
  readonly orderId: OrderId
  readonly journalId: JournalId
  readonly settings: CoreSettings
  readonly at: number
}

/** The context of a new position. */
export function openPosition(input: PositionInput): PositionContext {
  const { settings, signal, strayFill } = input
  const base: PositionContext = {
    id: input.id,
    orderId: input.orderId,
    journalId: input.journalId,
    signal,
    marketType: settings.marketType,
    timing: {
      entryTimeoutMs: settings.entryTimeoutMs,
      stopRetryMs: settings.stopRetryMs,
      stopRetries: settings.stopRetries,
      protectWithinMs: settings.protectWithinMs,
      takeProfitRetryMs: settings.takeProfitRetryMs,
      closeRetryMs: settings.closeRetryMs,
      queryRetryMs: settings.queryRetryMs,
      settleMs: settings.settleMs,
      exitMinAgeMs: settings.exitMinAgeMs,
    },
    stray: strayFill !== null,
    createdAt: input.at,
    at: input.at,
    orders: [],
    fills: [],
    entryQty: ZERO,
    entryValue: ZERO,
    exitQty: ZERO,
    exitValue: ZERO,
    fees: ZERO,
    firstFillAt: null,
    firstFillSeq: null,
    stopPrice: signal.slPrice,
    targets: signal.targets,
    stopReason: 'sl',
    stopMoved: false,
    stopByPerson: false,
    reduceTo: null,
    targetMoved: false,
    exitMemory: {},
    question: null,
    extremes: null,
    lastPrice: null,
    closing: null,
    stopFailures: 0,
    closeFailures: 0,
    takeProfitRefused: false,
    rollingBack: false,
    protectedOnce: false,
    vanishedAt: null,
    proof: 'none',
    closedAt: null,
    retired: false,
    deadlines: {},
    outputs: [],
  }
  if (strayFill) return bookStrayFill(base, strayFill)
  return input.adopted ? bookHeld(base, { clientOrderId: `adopted-${input.id}` as ClientOrderId, tradeId: `adopted-${input.id}` as TradeId, qty: signal.qty, price: signal.price, fee: ZERO }) : base
}

function bookStrayFill(context: PositionContext, fill: StrayFill): PositionContext {
  const booked: PositionContext = { ...bookHeld(context, fill), closing: { reason: 'stray_fill', at: context.at } }
  return notice(booked, { type: 'stray-fill.noticed', positionId: context.id, clientOrderId: fill.clientOrderId, qty: fill.qty })
}

/** What the venue holds already, as if an entry had just filled: LOMS sends none. */
function bookHeld(context: PositionContext, fill: StrayFill): PositionContext {
  const value = multiply(fill.price, fill.qty)
  const order: OrderRecord = {
    clientOrderId: fill.clientOrderId,
    role: 'entry',
    generation: 1,
    side: entrySide(context.signal.direction),
    type: 'market',
    qty: fill.qty,
    price: null,
    status: 'filled',
    filledQty: fill.qty,
    filledValue: value,
    fee: fill.fee,
    venueOrderId: null,
    createdAt: context.at,
    attempts: 1,
    cancelRequested: false,
    target: 0,
    code: null,
  }
  return {
    ...context,
    orders: [order],
    fills: [{ tradeId: fill.tradeId, clientOrderId: fill.clientOrderId, qty: fill.qty, price: fill.price, fee: fill.fee, liquidity: 'taker', at: context.at }],
    entryQty: fill.qty,
    entryValue: value,
    fees: fill.fee,
    firstFillAt: context.at,
    firstFillSeq: 0,
  }
}

/** What leads to orders; for a position that the venue does not hold none is sent. */
const ASKS_FOR_ORDERS: ReadonlySet<PositionEvent['type']> = new Set(['exit.requested', 'levels.requested', 'price.crossed', 'price.sampled', 'stop.trailed', 'exit.advised'])

/** Takes a fact into the context: what it says, then what it asks for. */
export function take(context: PositionContext, event: PositionEvent): PositionContext {
  const absorbed = absorb(begin(context, event), event)
  const settled = event.type === 'order.filled' ? settleHeldStop(absorbed, event.clientOrderId) : absorbed
  const known = entryEnded(settled) && event.type !== 'deadline.passed' ? withoutDeadline(settled, 'entry') : settled
  if (hasVanished(known) && ASKS_FOR_ORDERS.has(event.type)) return ignore(known, event, 'quarantined', 'the venue holds nothing of it')
  switch (event.type) {
    case 'deadline.passed':
      return passDeadline(known, event)
    case 'exit.requested':
      if (known.closing) return ignore(known, event, 'closing', 'a close is under way')
      return event.qty === null || !hasFill(known) ? beginClose(known, event.reason) : beginReduction(known, event.qty, event.reason)
    case 'levels.requested':
      return known.closing ? ignore(known, event, 'closing', 'a close is under way') : moveLevels(known, event)
    case 'price.crossed':
      return decideExit(known, event, event.key, event)
    case 'price.sampled':
      return takeSample(known, event)
    case 'stop.trailed':
      return known.closing ? ignore(known, event, 'closing', 'a close is under way') : adoptHeldStop(known)
    case 'exit.advised':
      return takeAdvice(known, event)
    case 'run.resumed':
      return resume(rebaseDeadlines(known, context.at - event.at))
    case 'position.reported':
      return hasVanished(context) ? armDeadlines(known) : known
    default:
      return known
  }
}

/** A finished position changes no more: only its settling ends. A late fill is a stray position's business. */
export function takeFinished(context: PositionContext, event: PositionEvent): PositionContext {
  const page = begin(context, event)
  if (event.type === 'run.resumed') return rebaseDeadlines(page, context.at - event.at)
  const settles = event.type === 'deadline.passed' && event.name === 'settle'
  return settles ? passDeadline(page, event) : ignore(page, event, 'finished', 'the position is finished')
}

/** A person moves stop or target. The stop is the person's from then on: the exit policy moves it no more. */
function moveLevels(context: PositionContext, { stopPrice, targetPrice }: LevelsRequested): PositionContext {
  const stopped = stopPrice === undefined ? context : { ...context, stopPrice, stopReason: 'sl' as const, stopMoved: true, stopByPerson: true }
  return targetPrice === undefined ? stopped : { ...stopped, targets: wholeTarget(targetPrice), targetMoved: true }
}

function passDeadline(context: PositionContext, event: Extract<PositionEvent, { type: 'deadline.passed' }>): PositionContext {
  if (context.deadlines[event.name] !== event.dueAt) return ignore(context, event, 'any', 'the deadline was moved')
  switch (event.name) {
    case 'entry':
      return giveUpEntry(context)
    case 'stop-retry':
      return retryStop(context)
    case 'protect':
      return giveUpStop(context)
    case 'take-profit-retry':
      return retryTakeProfit(context)
    case 'close-retry':
      return retryClose(context)
    case 'query':
      return queryUnresolved(context)
    case 'settle':
      return withoutDeadline(context, 'settle')
    default:
      if (event.name.startsWith(SAMPLE_DEADLINE)) return missSample(context, event.name)
      assert(event.name.startsWith(POLICY_DEADLINE), `deadline ${event.name} is known`)
      return decideExit(withoutDeadline(context, event.name), event, event.name.slice(POLICY_DEADLINE.length), { price: event.price, quote: null })
  }
}

const EXTERNAL_REASON: Record<ExternalCause, ExitReason> = { 'position-stop': 'sl', liquidation: 'liquidation', adl: 'adl', external: 'external', stated: 'external' }

/** Flat by its own orders: the order that filled last says why. */
export function closeByFill(context: PositionContext): PositionContext {
  // All of it was declared void.
  if (!hasFill(context)) return beginClose(context, 'external')
  const { cause, clientOrderId } = lastFill(context)
  if (cause) return beginClose(context, EXTERNAL_REASON[cause])
  const role = findOrder(context, clientOrderId)?.role
  return beginClose(context, role === 'take-profit' ? 'tp' : role === 'stop-loss' ? context.stopReason : 'manual')
}

export function announceProtected(context: PositionContext): PositionContext {
  if (context.protectedOnce || context.firstFillAt === null) return context
  const nakedMs = context.at - context.firstFillAt
  return notice({ ...context, protectedOnce: true }, { type: 'position.protected', positionId: context.id, nakedMs })
}

export function announceClosed(context: PositionContext): PositionContext {
  const exit = closePrice(context)
  assert(exit !== null && context.closing, 'a closed position has an exit and a reason')
  const closedAt = lastFill(context).at
  return notice(
    { ...context, closedAt, deadlines: {} },
    {
      type: 'position.closed',
      positionId: context.id,
      symbol: context.signal.symbol,
      direction: context.signal.direction,
      entryPrice: entryPrice(context),
      closePrice: exit,
      qty: context.entryQty,
      pnl: realisedPnl(context),
      fees: context.fees,
      reason: context.closing.reason,
      durationMs: closedAt - context.createdAt,
    },
  )
}

export const announceCancelled = (context: PositionContext): PositionContext => {
  const { code, status } = entryOrder(context)
  const reason = code ?? status
  return notice({ ...context, closedAt: context.at, deadlines: {} }, { type: 'position.cancelled', positionId: context.id, reason })
}

export function announceQuarantined(context: PositionContext, event: PositionEvent): PositionContext {
  const error = event.type === 'position.failed' ? event.error : 'the exchange holds nothing of it, and no fill says what became of it; nothing is sent for it any more'
  return notice(context, { type: 'position.quarantined', positionId: context.id, error })
}

/** Retires the position, none of whose orders can fill any more, once it has settled; until then late fills still find it. */
export function retire(context: PositionContext, event: PositionEvent): PositionContext {
  const settling = context.deadlines['settle'] !== undefined
  const settled = event.type === 'deadline.passed' && event.name === 'settle' && !settling
  if (context.timing.settleMs > 0 && !settled) return settling ? context : withDeadline(context, 'settle', context.at + context.timing.settleMs)
  return notice({ ...context, retired: true }, { type: 'position.retired', positionId: context.id })
}
