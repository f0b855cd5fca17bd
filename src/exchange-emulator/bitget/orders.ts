/** Bitget's order requests in the model's words, one-way mode. */
import { ZERO, greater, parseDecimal, type Decimal } from '../../domain/decimal.ts'
import { triggerPriceOf } from '../model/core.ts'
import type { Market } from '../model/instrument.ts'
import {
  done, refused, type Attached, type Execution, type OrderPurpose, type OrderRequest, type Outcome, type Side, type Trigger,
} from '../model/order.ts'
import { text, type Params } from '../wire/face.ts'

const sourceOf = (type: string | undefined, otherwise: 'mark' | 'last'): 'mark' | 'last' =>
  (type === 'mark_price' ? 'mark' : type === 'fill_price' ? 'last' : otherwise)

/** A positive price; absent and 0 mean none. */
function priceOf(params: Params, name: string): Outcome<Decimal | undefined> {
  const given = text(params, name)
  if (given === undefined) return done(undefined)
  const price = parseDecimal(given)
  return price === undefined || price.startsWith('-') ? refused('bad_price', `${name} ${given}`) : done(price === '0' ? undefined : price)
}

/** Stops that come with an entry watch the trigger price of the venue's choice: none can be named. */
function attachedOf(params: Params, source: 'mark' | 'last'): Outcome<Attached> {
  const stop = priceOf(params, 'presetStopLossPrice')
  const target = priceOf(params, 'presetStopSurplusPrice')
  if (!stop.ok) return stop
  if (!target.ok) return target
  return done({
    ...(stop.value === undefined ? {} : { stop: { price: stop.value, source } }),
    ...(target.value === undefined ? {} : { target: { price: target.value, source } }),
  })
}

type Basis = { readonly symbol: string; readonly side: Side; readonly kind: 'market' | 'limit'; readonly qty: Decimal }

function basisOf(params: Params): Outcome<Basis> {
  const [side, orderType] = [text(params, 'side'), text(params, 'orderType')]
  const qty = parseDecimal(text(params, 'size'))
  if (qty === undefined) return refused('bad_quantity', 'size')
  if ((side !== 'buy' && side !== 'sell') || (orderType !== 'market' && orderType !== 'limit')) return refused('bad_price', 'side or orderType')
  return done({ symbol: text(params, 'symbol') ?? '', side, kind: orderType, qty })
}

const clientIdOf = (params: Params): { readonly clientId?: string } => {
  const clientId = text(params, 'clientOid')
  return clientId === undefined ? {} : { clientId }
}

/** `POST /api/v2/mix/order/place-order`. */
export function placeRequest(params: Params, source: 'mark' | 'last', execution: Execution | null): Outcome<OrderRequest> {
  const [basis, price, attached] = [basisOf(params), priceOf(params, 'price'), attachedOf(params, source)]
  if (!basis.ok) return basis
  if (!price.ok) return price
  if (!attached.ok) return attached
  return done({
    ...basis.value, ...clientIdOf(params), reduceOnly: text(params, 'reduceOnly')?.toUpperCase() === 'YES',
    immediateOrCancel: basis.value.kind === 'market' || ['ioc', 'fok'].includes(text(params, 'force')?.toLowerCase() ?? ''), attached: attached.value,
    ...(basis.value.kind === 'limit' && price.value !== undefined ? { price: price.value } : {}), ...(execution ? { execution } : {}),
  })
}

/** `POST /api/v2/mix/order/place-plan-order`: which way it triggers follows from where the price is. */
export function planRequest(params: Params, market: Market | undefined, execution: Execution | null): Outcome<OrderRequest> {
  const [basis, price, level] = [basisOf(params), priceOf(params, 'price'), priceOf(params, 'triggerPrice')]
  if (!basis.ok) return basis
  if (!price.ok) return price
  if (!level.ok) return level
  if (level.value === undefined || !market) return refused('bad_price', 'triggerPrice')
  const source = sourceOf(text(params, 'triggerType'), 'last')
  const trigger: Trigger = { price: level.value, source, direction: greater(level.value, triggerPriceOf(market, source)) ? 'rising' : 'falling' }
  return done({
    ...basis.value, ...clientIdOf(params), reduceOnly: text(params, 'reduceOnly')?.toUpperCase() === 'YES', purpose: 'conditional', trigger,
    ...(basis.value.kind === 'limit' && price.value !== undefined ? { price: price.value } : {}), ...(execution ? { execution } : {}),
  })
}

const PURPOSES: Readonly<Record<string, OrderPurpose>> = {
  pos_loss: 'position_stop', pos_profit: 'position_target', loss_plan: 'partial_stop', profit_plan: 'partial_target',
}
export const isStop = (planType: string | undefined): boolean => planType === 'pos_loss' || planType === 'loss_plan'
/** `buy` or `long` protects a long position. */
export const protectsLong = (params: Params): boolean => ['buy', 'long'].includes(text(params, 'holdSide') ?? '')

/** `POST /api/v2/mix/order/place-tpsl-order`. An `executePrice` makes a limit order of it, whatever `orderType` says. */
export function levelRequest(params: Params, execution: Execution | null): Outcome<OrderRequest> {
  const planType = text(params, 'planType')
  const purpose = PURPOSES[planType ?? '']
  const [level, price] = [priceOf(params, 'triggerPrice'), priceOf(params, 'executePrice')]
  if (!level.ok) return level
  if (!price.ok) return price
  if (purpose === undefined || level.value === undefined) return refused('bad_price', 'planType or triggerPrice')
  const long = protectsLong(params)
  const trigger: Trigger = {
    price: level.value, source: sourceOf(text(params, 'triggerType'), 'last'), direction: isStop(planType) === long ? 'falling' : 'rising',
  }
  return done({
    symbol: text(params, 'symbol') ?? '', side: long ? 'sell' : 'buy', kind: price.value === undefined ? 'market' : 'limit',
    qty: parseDecimal(text(params, 'size')) ?? ZERO, reduceOnly: true, purpose, trigger, ...clientIdOf(params),
    ...(price.value === undefined ? {} : { price: price.value }), ...(execution ? { execution } : {}),
  })
}

/** The venue-neutral name of `place-order`. */
export function placeName(params: Params): string {
  if (text(params, 'reduceOnly')?.toUpperCase() !== 'YES') return 'entry'
  return text(params, 'orderType') === 'limit' ? 'target' : 'close'
}
