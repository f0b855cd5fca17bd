/**
 * What one position knows: plain JSON, immutable, decimals as strings. The functions here answer questions; what a fact
 * changes is in `position.reports.ts`, what is wanted of the venue in `position.orders.ts`.
 */
import { assert } from '../src/domain/assert.ts'
import type { CoreSettings, MarketType } from '../src/domain/core-settings.ts'
import type { Command } from '../src/domain/commands.ts'
import { ZERO, add, atLeast, atMost, divide, isZero, maximum, minimum, multiply, subtract, type Decimal } from '../src/domain/decimal.ts'
import type { ExitReason } from '../src/domain/exit-reason.ts'
import type { ExternalCause, PriceExtremes } from '../src/domain/facts.ts'
import type { ClientOrderId, JournalId, OrderId, OrderRole, PositionId, TradeId } from '../src/domain/ids.ts'
import type { Notice } from '../src/domain/notices.ts'
import type { Stake } from './ledger.ts'
import { isTerminal, isWorking, type OrderRecord } from '../src/domain/order.ts'
import type { JsonObject, Signal, TargetLevel } from '../src/domain/signal.ts'

/** What a fact made the machine say; read by the core after each fact, in order. */
export type Output = { readonly kind: 'command'; readonly body: Command } | { readonly kind: 'notice'; readonly body: Notice }

/** A fill that the venue declared void; it counts no more. `correctionId`: the trade that took it back. */
export type VoidedFill = PositionFill & { readonly correctionId: TradeId }

export type PositionFill = {
  readonly tradeId: TradeId
  /** null: not by an own order, see `cause`. */
  readonly clientOrderId: ClientOrderId | null
  readonly cause?: ExternalCause
  readonly qty: Decimal
  readonly price: Decimal
  readonly fee: Decimal
  readonly liquidity: 'maker' | 'taker'
  readonly at: number
}

/** The part of the settings that a position keeps from its opening on. */
export type PositionTiming = Pick<
  CoreSettings,
  'entryTimeoutMs' | 'stopRetryMs' | 'stopRetries' | 'protectWithinMs' | 'takeProfitRetryMs' | 'closeRetryMs' | 'queryRetryMs' | 'settleMs' | 'exitMinAgeMs'
>

export type PositionContext = {
  readonly id: PositionId
  readonly orderId: OrderId
  readonly journalId: JournalId
  readonly signal: Signal
  readonly marketType: MarketType
  readonly timing: PositionTiming
  /** A fill that came for a finished position; this position only exists to close it. */
  readonly stray: boolean
  readonly createdAt: number
  /** `at` of the latest fact. */
  readonly at: number
  readonly orders: readonly OrderRecord[]
  readonly fills: readonly PositionFill[]
  /** Absent: none. */
  readonly voided?: readonly VoidedFill[]
  readonly entryQty: Decimal
  readonly entryValue: Decimal
  readonly exitQty: Decimal
  readonly exitValue: Decimal
  readonly fees: Decimal
  /** Funding that the venue settled, by its ids: positive = paid. Absent: none. */
  readonly funding?: { readonly paid: Decimal; readonly ids: readonly string[] }
  readonly firstFillAt: number | null
  readonly firstFillSeq: number | null
  /** The stop and the target in force; the venue's orders follow them. */
  readonly stopPrice: Decimal
  readonly targets: readonly TargetLevel[]
  /** What a fill of the stop means: `sl` where it was placed, later what moved it last. */
  readonly stopReason: ExitReason
  readonly stopMoved: boolean
  /** A person has moved the stop and owns it from then on: the exit policy moves it no more. */
  readonly stopByPerson: boolean
  /** A partial close works towards this open quantity; null: none is under way. */
  readonly reduceTo: Decimal | null
  readonly targetMoved: boolean
  readonly exitMemory: JsonObject
  /** The last question to the external model; null: none was asked. An open one is the only one whose answer counts. */
  readonly question: { readonly id: number; readonly open: boolean } | null
  /** High and low of the deciding price since the fill, as far as journaled. */
  readonly extremes: PriceExtremes | null
  /** Price of the last fact that showed one, for a close while nothing is quoted. */
  readonly lastPrice: Decimal | null
  /** Set once a close has begun. */
  readonly closing: { readonly reason: ExitReason; readonly at: number } | null
  readonly stopFailures: number
  readonly closeFailures: number
  readonly takeProfitRefused: boolean
  /** The stop could not be placed: leave at market. */
  readonly rollingBack: boolean
  readonly protectedOnce: boolean
  /** Since when nothing is sent for it: the venue holds nothing of it and no fill says why; null: it is held there. */
  readonly vanishedAt: number | null
  /** `asked`: the venue was asked what the position holds; `flat`: it answered nothing. */
  readonly proof: 'none' | 'asked' | 'flat'
  readonly closedAt: number | null
  readonly retired: boolean
  /** Name → due time. Data, so that a restart loses none. */
  readonly deadlines: Readonly<Record<string, number>>
  readonly outputs: readonly Output[]
}

export const findOrder = (context: PositionContext, clientOrderId: ClientOrderId | null): OrderRecord | undefined =>
  context.orders.find((order) => order.clientOrderId === clientOrderId)

/** No order of it may still fill. */
export const nothingRests = (context: PositionContext): boolean => context.orders.every((order) => isTerminal(order.status))

/** The newest order of a role. */
export const latestOrder = (context: PositionContext, role: OrderRole): OrderRecord | undefined =>
  context.orders.findLast((order) => order.role === role)

/** Orders of a role that may still fill. */
export const liveOrders = (context: PositionContext, role: OrderRole): readonly OrderRecord[] =>
  context.orders.filter((order) => order.role === role && !isTerminal(order.status))

/** Never negative: a venue that closed more than we had leaves nothing to close. */
export const openQty = (context: PositionContext): Decimal => maximum(subtract(context.entryQty, context.exitQty), ZERO)
export const hasFill = (context: PositionContext): boolean => !isZero(context.entryQty)
export const entryEnded = (context: PositionContext): boolean => liveOrders(context, 'entry').length === 0
/** It held something and holds nothing any more. */
export const isFlat = (context: PositionContext): boolean => (hasFill(context) || context.voided !== undefined) && isZero(openQty(context))
/** Whether a trade has been booked, be it void by now, or has taken one back. */
export const knowsTrade = ({ fills, voided = [] }: PositionContext, tradeId: TradeId): boolean =>
  fills.some((fill) => fill.tradeId === tradeId) || voided.some((fill) => fill.tradeId === tradeId || fill.correctionId === tradeId)
export const remaining = (order: OrderRecord): Decimal => subtract(order.qty, order.filledQty)

/** Why the venue refused an order that is `rejected`. */
export function refusalOf({ clientOrderId, code }: OrderRecord): string {
  assert(code !== null, `the refusal of ${clientOrderId} has a code`)
  return code
}

/** The order that opened it, or was to; there from the first moment on. */
export function entryOrder({ id, orders }: PositionContext): OrderRecord {
  const entry = orders.find((order) => order.role === 'entry')
  assert(entry, `position ${id} has an entry order`)
  return entry
}

/** The fill that came last, of a position that has one. */
export function lastFill({ id, fills }: PositionContext): PositionFill {
  const fill = fills.at(-1)
  assert(fill, `position ${id} has a fill`)
  return fill
}

/** Quantity covered by stops that the venue has confirmed. */
const coveredQty = (context: PositionContext): Decimal =>
  context.orders.reduce((covered, order) => (order.role === 'stop-loss' && isWorking(order.status) ? add(covered, remaining(order)) : covered), ZERO)

/** The whole open quantity is covered by confirmed stops. */
export const isCovered = (context: PositionContext): boolean => atLeast(coveredQty(context), openQty(context))

/** The venue holds nothing of it and nobody knows why: an order for it could only hit what somebody else holds there. */
export const hasVanished = (context: PositionContext): boolean => context.vanishedAt !== null

/** Average entry price; the signal's price while nothing is filled. */
export const entryPrice = (context: PositionContext): Decimal =>
  isZero(context.entryQty) ? context.signal.price : averagePrice(context.entryValue, context.entryQty, context.fills[0])

/** Average price of the exits so far; null without one. */
export const closePrice = (context: PositionContext): Decimal | null =>
  isZero(context.exitQty) ? null : averagePrice(context.exitValue, context.exitQty, context.fills.length === 2 ? context.fills[1] : undefined)

/** The price of a single fill is its average; only several need the division. `fill`: the first of them, where that is known. */
const averagePrice = (value: Decimal, qty: Decimal, fill: PositionFill | undefined): Decimal => (fill?.qty === qty ? fill.price : divide(value, qty))

/**
 * Realised PnL net of fees and funding: long Σ exit value − Σ entry value of the closed quantity, short the reverse (SPEC X-3).
 * Exact for a closed position, where both quantities are equal.
 */
export function realisedPnl(context: PositionContext): Decimal {
  const closedQty = minimum(context.exitQty, context.entryQty)
  const entryValue = closedQty === context.entryQty ? context.entryValue : divide(multiply(context.entryValue, closedQty), context.entryQty)
  const gross = context.signal.direction === 'long' ? subtract(context.exitValue, entryValue) : subtract(entryValue, context.exitValue)
  return subtract(subtract(gross, context.fees), context.funding?.paid ?? ZERO)
}

/** What the position adds to its account's ledger; null while nothing is filled. */
export function stakeOf(context: PositionContext): Stake | null {
  if (!hasFill(context)) return null
  const long = context.signal.direction === 'long'
  const open = openQty(context)
  const gross = long ? subtract(context.exitValue, context.entryValue) : subtract(context.entryValue, context.exitValue)
  return { symbol: context.signal.symbol, qty: long ? open : subtract(ZERO, open), cash: subtract(subtract(gross, context.fees), context.funding?.paid ?? ZERO), realised: realisedPnl(context) }
}

/** A price at which the stop has been hit: at or beyond it on the losing side. */
export const passesStop = (context: PositionContext, price: Decimal): boolean =>
  context.signal.direction === 'long' ? atMost(price, context.stopPrice) : atLeast(price, context.stopPrice)

export const withOutput = (context: PositionContext, output: Output): PositionContext => ({ ...context, outputs: [...context.outputs, output] })
export const command = (context: PositionContext, body: Command): PositionContext => withOutput(context, { kind: 'command', body })
export const notice = (context: PositionContext, body: Notice): PositionContext => withOutput(context, { kind: 'notice', body })

export const withDeadline = (context: PositionContext, name: string, dueAt: number): PositionContext => ({
  ...context,
  deadlines: { ...context.deadlines, [name]: dueAt },
})

export function withoutDeadline(context: PositionContext, name: string): PositionContext {
  if (context.deadlines[name] === undefined) return context
  const { [name]: _, ...deadlines } = context.deadlines
  return { ...context, deadlines }
}

export const withOrder = (context: PositionContext, order: OrderRecord): PositionContext => ({
  ...context,
  orders: context.orders.map((each) => (each.clientOrderId === order.clientOrderId ? order : each)),
})
