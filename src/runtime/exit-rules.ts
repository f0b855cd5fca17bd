/** Whether an open position can be closed, reduced or re-levelled as asked, and the fact that asks its machine for it. */
import { assertNever } from '../domain/assert.ts'
import { HUNDRED, floorToStep, greater, isZero, less, percentOf, type Decimal } from '../domain/decimal.ts'
import type { ExitChange } from '../domain/exit-signal.ts'
import type { ExitReason } from '../domain/exit-reason.ts'
import type { ExitRequested, LevelsRequested, PriceExtremes } from '../domain/facts.ts'
import { QUANTITY_STEP } from '../domain/order.ts'
import { wholeTarget } from '../domain/signal.ts'
import type { ChangeRefusal, FieldProblem } from '../http/application.ts'
import { hasFill, hasVanished, openQty, type PositionContext } from '../../machines/position.context.ts'
import { stopInForce } from '../../machines/position.exits.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import { wantedTargets } from '../../machines/position.targets.ts'
import { stateOf } from '../../machines/registry.ts'

/** Who asks: the reason of a close, and the words that are kept. */
export type Asked = { readonly reason: Extract<ExitReason, 'manual' | 'signal'>; readonly note: string | null }

/** What is known of the market: the price that decides (null: none), whether a close needs one, and the extremes since the fill. */
export type SeenMarket = { readonly price: Decimal | null; readonly isNeeded: boolean; readonly extremes: PriceExtremes | undefined }

export type ExitJudgement = { readonly ok: true; readonly fact: ExitRequested | LevelsRequested } | { readonly ok: false; readonly refusal: ChangeRefusal }

const conflict = (code: string, message: string): ExitJudgement => ({ ok: false, refusal: { kind: 'conflict', code, message } })
const invalid = (problems: readonly FieldProblem[]): ExitJudgement => ({ ok: false, refusal: { kind: 'invalid', problems } })

/** A finished position changes no more. */
export const finishedRefusal = (id: number, state: string): ChangeRefusal => ({ kind: 'conflict', code: 'position_finished', message: `Position ${id} is ${state}; nothing of it is open.` })

/** Still open, and no close of all of it has begun. */
export const isChangeable = (snapshot: PositionSnapshot): boolean => !['closed', 'cancelled'].includes(stateOf(snapshot)) && snapshot.context.closing === null

export function judgeExit(snapshot: PositionSnapshot, change: ExitChange, asked: Asked, market: SeenMarket): ExitJudgement {
  const { context } = snapshot
  const { id } = context
  const state = stateOf(snapshot)
  if (state === 'closed' || state === 'cancelled') return { ok: false, refusal: finishedRefusal(id, state) }
  if (hasVanished(context)) return conflict('vanished', `The exchange holds nothing of position ${id}, and no fill says what became of it. Look into its history there, then state the price: \`loms close ${id} --stated-price … --reason "…"\`.`)
  if (context.closing) return conflict('closing', `Position ${id} is being closed.`)
  switch (change.kind) {
    case 'close':
      return market.isNeeded && market.price === null && hasFill(context) ? noPrice(context) : exit(context, asked, null)
    case 'partial_close':
      return state === 'quarantined' ? needsPerson(id) : judgeReduction(context, change, asked, market)
    case 'levels':
      return state === 'quarantined' ? needsPerson(id) : judgeLevels(context, change, asked, market)
    default:
      return assertNever(change)
  }
}

const exit = ({ id: positionId }: PositionContext, { reason, note }: Asked, qty: Decimal | null): ExitJudgement => ({
  ok: true,
  fact: { type: 'exit.requested', positionId, reason, qty, note },
})

const noPrice = ({ signal: { symbol } }: PositionContext): ExitJudgement =>
  conflict('price_unavailable', `No price of ${symbol} is known, so nothing can be closed now; try again when prices are back.`)
const needsPerson = (id: number): ExitJudgement => conflict('quarantined', `Position ${id} is quarantined after a fault; it can only be closed as a whole.`)

type Reduction = Extract<ExitChange, { kind: 'partial_close' }>

function judgeReduction(context: PositionContext, { qty, pct }: Reduction, asked: Asked, { price, isNeeded }: SeenMarket): ExitJudgement {
  if (!hasFill(context)) return conflict('not_filled', `Nothing of position ${context.id} is filled yet; close it, or try again in a moment.`)
  if (isNeeded && price === null) return noPrice(context)
  // What a partial close that is under way will leave.
  const open = context.reduceTo ?? openQty(context)
  const step = context.signal.qtyStep ?? QUANTITY_STEP
  const wanted = qty !== null && qty !== undefined ? floorToStep(qty, step) : pct === HUNDRED ? open : floorToStep(percentOf(open, pct ?? HUNDRED), step)
  if (greater(wanted, open)) return invalid([{ field: 'qty', message: `is more than is open (${open})` }])
  if (isZero(wanted)) return invalid([{ field: 'pct', message: `of what is open (${open}) is less than ${step}` }])
  return exit(context, asked, wanted)
}

type Levels = Extract<ExitChange, { kind: 'levels' }>

function judgeLevels(context: PositionContext, { stopPrice, targetPrice }: Levels, { note }: Asked, market: SeenMarket): ExitJudgement {
  const problems = [...levelProblems(context, { stopPrice, targetPrice }, market), ...loosening(context, stopPrice, note, market)]
  if (problems.length > 0) return invalid(problems)
  const levels = { ...(stopPrice === undefined ? {} : { stopPrice }), ...(targetPrice === undefined ? {} : { targetPrice }) }
  return { ok: true, fact: { type: 'levels.requested', positionId: context.id, ...levels, note } }
}

type Wanted = { readonly stopPrice: Decimal | undefined; readonly targetPrice: Decimal | null | undefined }

/** Long: stop below the price, target above it, and the stop below the target; short mirrored. */
function levelProblems(context: PositionContext, { stopPrice, targetPrice }: Wanted, market: SeenMarket): FieldProblem[] {
  const { direction } = context.signal
  const [beyond, behind, lossSide, profitSide] = direction === 'long' ? [greater, less, 'below', 'above'] : [less, greater, 'above', 'below']
  const passed = (side: string): string => `must be ${side} the price (${market.price}) of a ${direction} position, or it would be reached at once`
  const problems: FieldProblem[] = []
  if (stopPrice !== undefined && market.price !== null && !behind(stopPrice, market.price)) problems.push({ field: 'sl_price', message: passed(lossSide) })
  if (targetPrice && market.price !== null && !beyond(targetPrice, market.price)) problems.push({ field: 'tp_price', message: passed(profitSide) })
  const stop = stopPrice ?? heldStop(context, market)
  const crossed = targetsAfter(context, targetPrice).find((price) => !behind(stop, price))
  if (problems.length > 0 || crossed === undefined) return problems
  if (stopPrice === undefined) return [{ field: 'tp_price', message: `must be ${profitSide} the stop (${stop}) of a ${direction} position` }]
  return [{ field: 'sl_price', message: `must be ${lossSide} the target (${crossed}) of a ${direction} position` }]
}

/** Where the stop stands, trailed as far as the price has gone. */
const heldStop = (context: PositionContext, { extremes }: SeenMarket): Decimal => stopInForce(context, extremes ?? context.extremes).price

/** Targets that still have something to close; before the first fill all of them. */
function targetsAfter(context: PositionContext, targetPrice: Decimal | null | undefined): readonly Decimal[] {
  if (targetPrice !== undefined) return wholeTarget(targetPrice).map(({ price }) => price)
  const wanted = wantedTargets(context)
  return context.targets.filter((_, index) => !hasFill(context) || !isZero(wanted[index] ?? openQty(context))).map(({ price }) => price)
}

/** Only with a reason (SPEC X-6). */
function loosening(context: PositionContext, stopPrice: Decimal | undefined, note: string | null, market: SeenMarket): FieldProblem[] {
  if (stopPrice === undefined || note !== null) return []
  const price = heldStop(context, market)
  const looser = context.signal.direction === 'long' ? less(stopPrice, price) : greater(stopPrice, price)
  return looser ? [{ field: 'reason', message: `is required: the stop would be looser than it is (${price})` }] : []
}
