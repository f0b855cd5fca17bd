/** Bybit's order requests in the model's words. */
import { ZERO, parseDecimal, type Decimal } from '../../domain/decimal.ts'
import type { ExchangeModel } from '../model/exchange-model.ts'
import { done, refused, type Attached, type AttachedLevel, type Execution, type OrderRequest, type Outcome, type Trigger } from '../model/order.ts'
import { text, type Params } from '../wire/face.ts'

const sourceOf = (by: string | undefined): 'mark' | 'last' => (by === 'MarkPrice' ? 'mark' : 'last')

/** A positive price, absent (`''`, `"0"`), or nonsense. */
function priceOf(params: Params, name: string): Outcome<Decimal | undefined> {
  const given = text(params, name)
  if (given === undefined) return done(undefined)
  const price = parseDecimal(given)
  return price === undefined || price.startsWith('-') ? refused('bad_price', `${name} ${given}`) : done(price === '0' ? undefined : price)
}

function levelOf(params: Params, name: 'stopLoss' | 'takeProfit', byName: 'slTriggerBy' | 'tpTriggerBy'): Outcome<AttachedLevel | undefined> {
  const price = priceOf(params, name)
  if (!price.ok) return price
  return done(price.value === undefined ? undefined : { price: price.value, source: sourceOf(text(params, byName)) })
}

function attachedOf(params: Params): Outcome<Attached> {
  const stop = levelOf(params, 'stopLoss', 'slTriggerBy')
  const target = levelOf(params, 'takeProfit', 'tpTriggerBy')
  if (!stop.ok) return stop
  return target.ok ? done({ ...(stop.value ? { stop: stop.value } : {}), ...(target.value ? { target: target.value } : {}) }) : target
}

function triggerOf(params: Params): Outcome<Trigger | undefined> {
  const price = priceOf(params, 'triggerPrice')
  if (!price.ok) return price
  if (price.value === undefined) return done(undefined)
  const direction = Number(text(params, 'triggerDirection') ?? '0')
  if (direction !== 1 && direction !== 2) return refused('bad_price', 'TriggerDirection invalid')
  return done({ price: price.value, source: sourceOf(text(params, 'triggerBy')), direction: direction === 1 ? 'rising' : 'falling' })
}

/** `POST /v5/order/create`. */
export function createRequest(params: Params, execution: Execution | null): Outcome<OrderRequest> {
  const side = text(params, 'side')
  const qty = parseDecimal(text(params, 'qty'))
  const orderType = text(params, 'orderType')
  if (qty === undefined) return refused('bad_quantity', `qty ${text(params, 'qty')}`)
  if ((side !== 'Buy' && side !== 'Sell') || (orderType !== 'Market' && orderType !== 'Limit')) return refused('bad_price', 'side or orderType')
  const [price, trigger, attached] = [priceOf(params, 'price'), triggerOf(params), attachedOf(params)]
  if (!price.ok) return price
  if (!trigger.ok) return trigger
  if (!attached.ok) return attached
  const clientId = text(params, 'orderLinkId')
  return done({
    symbol: text(params, 'symbol') ?? '',
    side: side === 'Buy' ? 'buy' : 'sell',
    kind: orderType === 'Market' ? 'market' : 'limit',
    qty,
    reduceOnly: params['reduceOnly'] === true || params['closeOnTrigger'] === true,
    immediateOrCancel: orderType === 'Market' || text(params, 'timeInForce') === 'IOC',
    attached: attached.value,
    ...(orderType === 'Limit' && price.value !== undefined ? { price: price.value } : {}),
    ...(trigger.value ? { trigger: trigger.value } : {}),
    ...(clientId === undefined ? {} : { clientId }),
    ...(execution ? { execution } : {}),
  })
}

const closes = (params: Params): boolean => params['reduceOnly'] === true || params['closeOnTrigger'] === true

/** The venue-neutral name of `POST /v5/order/create`. */
export function createName(params: Params): string {
  if (text(params, 'triggerPrice') !== undefined) return (text(params, 'side') === 'Sell') === (text(params, 'triggerDirection') === '2') ? 'stop' : 'target'
  if (!closes(params)) return 'entry'
  return text(params, 'orderType') === 'Limit' ? 'target' : 'close'
}

/** `POST /v5/position/trading-stop`, Full mode. Absent leaves a level as it is, `"0"` removes it. */
export function tradingStop(model: ExchangeModel, accountId: string, params: Params, at: number): Outcome<null> {
  const stop = levelOf(params, 'stopLoss', 'slTriggerBy')
  const target = levelOf(params, 'takeProfit', 'tpTriggerBy')
  if (!stop.ok) return stop
  if (!target.ok) return target
  const symbol = text(params, 'symbol') ?? ''
  const size = parseDecimal(text(params, 'slSize') ?? text(params, 'tpSize')) ?? ZERO
  if (text(params, 'tpslMode') === 'Partial' && size !== ZERO) return partialLevels(
    model, accountId, symbol, { stop: stop.value, target: target.value }, size, at,
  )
  return model.setLevels(accountId, symbol, {
    ...(text(params, 'stopLoss') === undefined ? {} : { stop: stop.value ?? null }),
    ...(text(params, 'takeProfit') === undefined ? {} : { target: target.value ?? null }),
  }, at)
}

function partialLevels(
  model: ExchangeModel, accountId: string, symbol: string,
  levels: { readonly stop: AttachedLevel | undefined; readonly target: AttachedLevel | undefined }, qty: Decimal, at: number,
): Outcome<null> {
  const position = model.account(accountId).positions.get(symbol)
  if (!position) return refused('no_position', symbol)
  const long = !position.qty.startsWith('-')
  for (const [purpose, level] of [['partial_stop', levels.stop], ['partial_target', levels.target]] as const) {
    if (!level) continue
    const direction = (purpose === 'partial_stop') === long ? 'falling' : 'rising'
    const outcome = model.submit(accountId, {
      symbol, side: long ? 'sell' : 'buy', kind: 'market', qty, reduceOnly: true, purpose, trigger: { ...level, direction },
    }, at)
    if (!outcome.ok) return outcome
  }
  return done(null)
}
