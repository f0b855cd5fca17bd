/** What the venue checks before it takes an order. */
import {
  ZERO, add, atLeast, atMost, compare, decimal, divide, floorToStep, greater, isPositive, isZero, less, maximum, multiply, subtract, type Decimal,
} from '../../domain/decimal.ts'
import { available, leverageOf, type Account } from './account.ts'
import { triggerPriceOf, type Core } from './core.ts'
import type { Market } from './instrument.ts'
import { levelOf, reducible } from './matching.ts'
import {
  ofWholePosition, refused, type AttachedLevel, type EmulatedOrder, type OrderRequest, type Refusal, type Side, type Trigger,
} from './order.ts'

/** New figures of an open order; what is absent stays. */
export type Amendment = { readonly triggerPrice?: Decimal | undefined; readonly price?: Decimal | undefined; readonly qty?: Decimal | undefined }

type Refused = { readonly ok: false; readonly refusal: Refusal }
type Check = (core: Core, account: Account, market: Market, request: OrderRequest) => Refused | undefined

const passedAlready = (market: Market, trigger: Trigger): Refused | undefined => {
  const current = triggerPriceOf(market, trigger.source)
  const passed = trigger.direction === 'rising' ? atLeast(current, trigger.price) : atMost(current, trigger.price)
  return passed ? refused('would_trigger', `${trigger.price} against ${current}`, { trigger, current }) : undefined
}

const onGrid = (value: Decimal, step: Decimal): boolean => compare(floorToStep(value, step), value) === 0
const reduces = ({ reduceOnly, purpose }: OrderRequest): boolean =>
  reduceOnly === true || (purpose !== undefined && purpose !== 'order' && purpose !== 'conditional')

const clientId: Check = ({ rules }, account, _, { clientId = '' }) => {
  if (clientId.length > rules.clientIdMax || !rules.clientIdPattern.test(clientId)) return refused(
    'bad_client_id', `client id ${clientId} may have ${rules.clientIdMax} characters at most`,
  )
  return clientId !== '' && account.byClientId.has(clientId) ? refused('duplicate_client_id', clientId) : undefined
}

const tradable: Check = (_core, _account, { instrument }, request) => {
  if (instrument.status === 'halted') return refused('halted', instrument.symbol)
  return instrument.status === 'reduce_only' && !reduces(request) ? refused('reduce_only_symbol', instrument.symbol) : undefined
}

const quantity: Check = (_core, _account, { instrument, quote }, request) => {
  if (request.purpose && ofWholePosition({ purpose: request.purpose })) return undefined
  const { qty, kind, price } = request
  if (!isPositive(qty)) return refused('bad_quantity', qty)
  if (less(qty, instrument.minQty)) return refused('below_minimum_quantity', `${qty} < ${instrument.minQty}`)
  if (!onGrid(qty, instrument.lot)) return refused('bad_quantity', `${qty} is no multiple of ${instrument.lot}`)
  const most = kind === 'market' ? instrument.maxMarketQty : instrument.maxQty
  if (greater(qty, most)) return refused('above_maximum_quantity', `${qty} > ${most}`)
  const value = multiply(qty, price ?? request.trigger?.price ?? quote.last)
  return !reduces(request) && less(value, instrument.minNotional) ? refused('below_minimum_notional', `${value} < ${instrument.minNotional}`) : undefined
}

const prices: Check = (_core, _account, { instrument, quote }, { price, trigger, kind, side }) => {
  for (const given of [price, trigger?.price]) {
    if (given !== undefined && (!isPositive(given) || !onGrid(given, instrument.tick))) return refused('bad_price', `${given} is no multiple of ${instrument.tick}`)
  }
  if (kind === 'market' || trigger) return undefined
  if (price === undefined) return refused('bad_price', 'a limit order needs a price')
  const band = multiply(quote.last, instrument.priceBand)
  const outside = side === 'buy' ? greater(price, add(quote.last, band)) : less(price, subtract(quote.last, band))
  return outside ? refused('price_band', `${price} is more than ${instrument.priceBand} beyond ${quote.last}`) : undefined
}

const position: Check = (_core, account, _market, request) =>
  reduces(request) && isZero(reducible(account, request.symbol, request.side)) ? refused('no_position', `nothing to ${request.side} on ${request.symbol}`) : undefined

const levels: Check = (core, account, market, { symbol, trigger, purpose }) => {
  if (!trigger) return undefined
  const waiting = [...account.open.values()].filter((order) => order.symbol === symbol && order.trigger)
  if (waiting.length >= core.rules.maxConditionals) return refused('too_many_orders', symbol)
  const passed = passedAlready(market, trigger)
  if (passed) return passed
  if (purpose && ofWholePosition({ purpose }) && !core.rules.secondPositionStopReplaces && levelOf(account, symbol, purpose)) return refused('stop_exists', symbol)
  return undefined
}

/** Stop and target of a position opened by `entrySide` must not have been passed already. */
export function levelsRefusal(
  market: Market, entrySide: Side, { stop, target }: { readonly stop?: AttachedLevel | null; readonly target?: AttachedLevel | null },
): Refused | undefined {
  const long = entrySide === 'buy'
  for (const [level, direction] of [[stop, long ? 'falling' : 'rising'], [target, long ? 'rising' : 'falling']] as const) {
    if (!level) continue
    const refusal = passedAlready(market, { ...level, direction })
    if (refusal) return refusal
  }
  return undefined
}

const attached: Check = (_core, _account, market, request) => levelsRefusal(market, request.side, request.attached ?? {})

/** Margin for what the order opens; fees included. */
const margin: Check = (core, account, { instrument, quote }, request) => {
  if (reduces(request)) return undefined
  const opening = maximum(ZERO, subtract(request.qty, reducible(account, request.symbol, request.side)))
  const value = multiply(opening, request.price ?? (request.side === 'buy' ? quote.ask : quote.bid))
  const needed = add(divide(value, decimal(leverageOf(account, request.symbol))), multiply(value, instrument.takerFee))
  return greater(needed, available(account, core.markets)) ? refused('insufficient_margin', `${needed} needed`) : undefined
}

const CHECKS: readonly Check[] = [clientId, tradable, quantity, prices, position, levels, attached, margin]

/** Why an open order cannot be changed to these figures; undefined if it can. */
export function amendRefusal(core: Core, order: EmulatedOrder, { triggerPrice, price, qty }: Amendment): Refused | undefined {
  const market = core.markets.get(order.symbol) as Market
  const { tick, lot } = market.instrument
  for (const given of [triggerPrice, price]) if (given !== undefined && (!isPositive(given) || !onGrid(given, tick))) return refused('bad_price', given)
  if (qty !== undefined && (!greater(qty, order.filledQty) || !onGrid(qty, lot))) return refused('bad_quantity', qty)
  if (triggerPrice !== undefined && order.trigger) return passedAlready(market, { ...order.trigger, price: triggerPrice })
  return triggerPrice === undefined ? undefined : refused('order_not_modified', order.id)
}

/** Why the venue will not take this order; undefined if it will. */
export function refusalOf(core: Core, account: Account, request: OrderRequest): Refused | undefined {
  const market = core.markets.get(request.symbol)
  if (!market) return refused('unknown_symbol', request.symbol)
  for (const check of CHECKS) {
    const refusal = check(core, account, market, request)
    if (refusal) return refusal
  }
  return undefined
}
