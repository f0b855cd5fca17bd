/** Bitget v2 mix endpoints, USDT-FUTURES, classic account in one-way mode. */
import { parseDecimal, type Decimal } from '../../domain/decimal.ts'
import type { Account, ApiKey } from '../model/account.ts'
import type { ExchangeModel } from '../model/exchange-model.ts'
import type { Market } from '../model/instrument.ts'
import { isPlan, type EmulatedOrder, type Execution, type Outcome, type Refusal } from '../model/order.ts'
import { anyOrders, endedOrders, fillsOf, openOrders, type OrderFilter } from '../model/queries.ts'
import { nextFunding } from '../model/upkeep.ts'
import { text, whole, type Params } from '../wire/face.ts'
import { bitgetError, levelError, type BitgetError } from './codes.ts'
import { isStop, levelRequest, placeName, placeRequest, planRequest, protectsLong } from './orders.ts'
import { PLAN_TYPES, PRODUCT, accountRow, billRow, closedRow, contractRow, fillRow, orderRow, planRow, positionRow, tickerRow } from './rows.ts'

export type Caller = { readonly account: Account; readonly key: ApiKey }
export type Context = { readonly model: ExchangeModel; readonly params: Params; readonly at: number; readonly execution: Execution | null }
export type Result = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly error: BitgetError }
type Endpoint = { readonly name: string | ((params: Params) => string); readonly perSecond: number; readonly trades?: true }
export type PublicRoute = Endpoint & { readonly signed: false; readonly run: (context: Context) => Result }
export type SignedRoute = Endpoint & { readonly signed: true; readonly run: (context: Context & Caller) => Result }
export type Route = PublicRoute | SignedRoute

const good = (data: unknown): Result => ({ ok: true, data })
const bad = (refusal: Refusal): Result => ({ ok: false, error: bitgetError(refusal) })
const ours = (params: Params): boolean => text(params, 'productType')?.toUpperCase() === PRODUCT
const lastOf = (rows: readonly Params[], name: string): unknown => rows.at(-1)?.[name] ?? null

function oneMarket({ model, params }: Context, row: (market: Market) => Params): Result {
  const market = model.markets.get(text(params, 'symbol') ?? '')
  return market ? good([row(market)]) : bad({ code: 'unknown_symbol', detail: '' })
}

/** Above what the venue grants, as many clients of one machine start in one second here. */
const PUBLIC_PER_SECOND = 200

const PUBLIC: Readonly<Record<string, PublicRoute>> = {
  'GET /api/v2/public/time': { name: 'time', perSecond: PUBLIC_PER_SECOND, signed: false, run: ({ at }) => good({ serverTime: String(at) }) },
  'GET /api/v2/spot/public/coins': { name: 'coins', perSecond: PUBLIC_PER_SECOND, signed: false, run: () => good([]) },
  'GET /api/v2/mix/market/contracts': {
    name: 'markets', perSecond: PUBLIC_PER_SECOND, signed: false,
    run: ({ model, params }) => good(
      ours(params) ? [...model.markets.values()].filter(({ instrument: { symbol } }) => (text(params, 'symbol') ?? symbol) === symbol).map(contractRow) : [],
    ),
  },
  'GET /api/v2/mix/market/tickers': {
    name: 'tickers', perSecond: PUBLIC_PER_SECOND, signed: false,
    run: ({ model, params }) => good(ours(params) ? [...model.markets.values()].map(tickerRow) : []),
  },
  'GET /api/v2/mix/market/ticker': { name: 'tickers', perSecond: PUBLIC_PER_SECOND, signed: false, run: (context) => oneMarket(context, tickerRow) },
  'GET /api/v2/mix/market/symbol-price': {
    name: 'tickers', perSecond: PUBLIC_PER_SECOND, signed: false,
    run: (context) => oneMarket(context, ({ instrument, quote }) => ({
      symbol: instrument.symbol, price: quote.last, indexPrice: quote.mark, markPrice: quote.mark, ts: String(quote.at),
    })),
  },
  'GET /api/v2/mix/market/current-fund-rate': {
    name: 'funding_rate', perSecond: PUBLIC_PER_SECOND, signed: false,
    run: (context) => oneMarket(context, ({ instrument }) => ({
      symbol: instrument.symbol, fundingRate: instrument.fundingRate, fundingRateInterval: String(instrument.fundingHours),
      nextUpdate: String(nextFunding(context.at, instrument.fundingHours)), minFundingRate: '-0.003', maxFundingRate: '0.003',
    })),
  },
}

/** `idLessThan` begins behind an order; empty lists are null. */
function orderPage(params: Params, rows: readonly Params[]): Result {
  const before = text(params, 'idLessThan')
  const rest = before === undefined ? rows : rows.filter(({ orderId }) => BigInt(String(orderId)) < BigInt(before))
  const list = rest.slice(0, Math.min(whole(params, 'limit') ?? 100, 100))
  return good({ entrustedList: list.length === 0 ? null : list, endId: lastOf(list, 'orderId') })
}

const filterOf = (params: Params): OrderFilter => ({
  id: text(params, 'orderId'), clientId: text(params, 'clientOid'), symbol: text(params, 'symbol'), from: whole(params, 'startTime'),
  to: whole(params, 'endTime'),
})

function regularOrders({ model, account, params }: Context & Caller, list: typeof openOrders): Result {
  return orderPage(params, list(model.core, account, { ...filterOf(params), plan: false }).map((order) => orderRow(account, order)))
}

/** `profit_loss` stands for all stops and targets of positions. */
const hasPlanType = ({ purpose }: EmulatedOrder, planType: string | undefined): boolean =>
  (planType === 'profit_loss' ? purpose !== 'conditional' : PLAN_TYPES[purpose] === planType)

function planOrders({ model, account, params }: Context & Caller, list: typeof openOrders, ended: boolean): Result {
  const planType = text(params, 'planType')
  if (planType === undefined) return { ok: false, error: { code: '40019', msg: 'Parameter planType cannot be empty' } }
  const orders = list(model.core, account, { ...filterOf(params), plan: true })
  return orderPage(params, orders.filter((order) => hasPlanType(order, planType)).map((order) => planRow(account, order, ended)))
}

function detail({ model, account, params }: Context & Caller): Result {
  const [order] = anyOrders(model.core, account, {
    id: text(params, 'orderId'), ...(text(params, 'orderId') === undefined ? { clientId: text(params, 'clientOid') ?? '' } : {}), plan: false,
  })
  if (!order) return { ok: false, error: { code: '40109', msg: 'The data of the order cannot be found, please confirm the order number' } }
  const { status, ...row } = orderRow(account, order)
  return good({ ...row, state: status })
}

const SEVEN_DAYS_MS = 7 * 86_400_000

function fills({ model, account, params }: Context & Caller): Result {
  const [from, to] = [whole(params, 'startTime'), whole(params, 'endTime')]
  if (from !== undefined && to !== undefined && to - from > SEVEN_DAYS_MS) return {
    ok: false, error: { code: '40705', msg: 'The start and end time cannot exceed 7 days' },
  }
  const rows = fillsOf(model.core, account, {
    symbol: text(params, 'symbol'), orderId: text(params, 'orderId'), kinds: ['trade', 'adl', 'liquidation', 'void'], from, to,
  }).map((fill) => fillRow(account, fill))
  const before = text(params, 'idLessThan')
  const rest = before === undefined ? rows : rows.filter(({ tradeId }) => BigInt(String(tradeId)) < BigInt(before))
  const list = rest.slice(0, Math.min(whole(params, 'limit') ?? 100, 100))
  return good({ fillList: list.length === 0 ? null : list, endId: lastOf(list, 'tradeId') })
}

const READING: Readonly<Record<string, SignedRoute>> = {
  'GET /api/v3/account/settings': {
    name: 'uta_settings', perSecond: 10, signed: true,
    run: () => ({
      ok: false, error: { code: '40085', msg: 'You are in Classic Account mode, and the Unified Account API is not supported at this time' },
    }),
  },
  'GET /api/v2/spot/account/info': { name: 'key_info', perSecond: 1, signed: true, run: ({ account, key, at }) => good(keyInfo(account, key, at)) },
  'GET /api/v2/mix/account/accounts': {
    name: 'balance', perSecond: 10, signed: true, run: ({ model, account, params }) => good(ours(params) ? [accountRow(account, model.markets)] : []),
  },
  'GET /api/v2/mix/account/account': {
    name: 'account_info', perSecond: 10, signed: true,
    run: ({ model, account, params }) => good(accountRow(account, model.markets, text(params, 'symbol') ?? '')),
  },
  'GET /api/v2/mix/position/all-position': {
    name: 'positions', perSecond: 5, signed: true,
    run: ({ model, account }) => good([...account.positions.values()].map((position) => positionRow(account, model.markets, position))),
  },
  'GET /api/v2/mix/position/single-position': {
    name: 'positions', perSecond: 10, signed: true,
    run: ({ model, account, params }) => {
      const position = account.positions.get(text(params, 'symbol') ?? '')
      return good(position ? [positionRow(account, model.markets, position)] : [])
    },
  },
  'GET /api/v2/mix/position/history-position': {
    name: 'position_history', perSecond: 20, signed: true,
    run: ({ account, params }) => {
      const symbol = text(params, 'symbol')
      const from = whole(params, 'startTime') ?? 0
      const fitting = account.closed.filter((closed) => (symbol ?? closed.symbol) === closed.symbol && closed.closedAt >= from)
      const list = fitting.reverse().slice(0, whole(params, 'limit') ?? 20).map((closed) => closedRow(account, closed))
      return good({ list, endId: lastOf(list, 'positionId') })
    },
  },
  'GET /api/v2/mix/order/detail': { name: 'order', perSecond: 10, signed: true, run: detail },
  'GET /api/v2/mix/order/orders-pending': { name: 'open_orders', perSecond: 10, signed: true, run: (context) => regularOrders(context, openOrders) },
  'GET /api/v2/mix/order/orders-history': {
    name: 'order_history', perSecond: 10, signed: true, run: (context) => regularOrders(context, endedOrders),
  },
  'GET /api/v2/mix/order/orders-plan-pending': {
    name: 'open_plan_orders', perSecond: 10, signed: true, run: (context) => planOrders(context, openOrders, false),
  },
  'GET /api/v2/mix/order/orders-plan-history': {
    name: 'plan_history', perSecond: 10, signed: true, run: (context) => planOrders(context, endedOrders, true),
  },
  'GET /api/v2/mix/order/fills': { name: 'fills', perSecond: 10, signed: true, run: fills },
  'GET /api/v2/mix/account/bill': { name: 'bills', perSecond: 10, signed: true, run: bills },
}

/** Funding payments are read from the bills. */
function bills({ model, account, params }: Context & Caller): Result {
  const filter = { symbol: text(params, 'symbol'), kinds: ['funding'], from: whole(params, 'startTime'), to: whole(params, 'endTime') } as const
  const list = fillsOf(model.core, account, filter).map((fill) => billRow(account, fill))
  return good({ bills: list, endId: lastOf(list, 'billId') })
}

/** Authorities: four letters each, `…r` read, `…w` write; `wwow` is withdrawal. */
function keyInfo(account: Account, key: ApiKey, at: number): unknown {
  const authorities = ['coor', 'cpor', ...(key.trade ? ['coow', 'cpow'] : []), ...(key.withdraw ? ['wtow', 'wwow'] : [])]
  return {
    userId: `1000${account.id.length}`, inviterId: null, ips: key.ips.join(','), authorities, parentId: account.sub ? 10_000 : null,
    traderType: 'not_trader', channelCode: '', channel: '', regisTime: String(at),
  }
}

const placed = (
  outcome: Outcome<EmulatedOrder>, refusal: (refusal: Refusal) => Result,
): Result => (outcome.ok ? good({ orderId: outcome.value.id, clientOid: outcome.value.clientId }) : refusal(outcome.refusal))

function place({ model, account, params, execution, at }: Context & Caller): Result {
  if (account.positionMode === 'hedge') return bad({ code: 'position_mode_mismatch', detail: '' })
  const request = placeRequest(params, model.rules.attachedSource, execution)
  return placed(request.ok ? model.submit(account.id, request.value, at) : request, bad)
}

function placePlan({ model, account, params, execution, at }: Context & Caller): Result {
  if (account.positionMode === 'hedge') return bad({ code: 'position_mode_mismatch', detail: '' })
  const request = planRequest(params, model.markets.get(text(params, 'symbol') ?? ''), execution)
  return placed(request.ok ? model.submit(account.id, request.value, at) : request, bad)
}

function placeLevel({ model, account, params, execution, at }: Context & Caller): Result {
  if (account.positionMode === 'hedge') return bad({ code: 'position_mode_mismatch', detail: '' })
  const request = levelRequest(params, execution)
  const what = isStop(text(params, 'planType')) ? 'stop' : 'target'
  return placed(
    request.ok ? model.submit(account.id, request.value, at) : request,
    (refusal) => ({ ok: false, error: levelError(refusal, what, protectsLong(params)) }),
  )
}

function cancel({ model, account, params, at }: Context & Caller): Result {
  const ref = { id: text(params, 'orderId'), clientId: text(params, 'clientOid') }
  const order = model.find(account.id, ref)
  return placed(order && !isPlan(order) ? model.cancel(account.id, ref, at) : { ok: false, refusal: { code: 'order_not_found', detail: '' } }, bad)
}

function modifyLevel({ model, account, params, at }: Context & Caller): Result {
  const figure = (name: string): Decimal | undefined => parseDecimal(text(params, name))
  const ref = { id: text(params, 'orderId'), clientId: text(params, 'clientOid') }
  const order = model.find(account.id, ref)
  if (!order || !isPlan(order)) return { ok: false, error: { code: '43025', msg: 'Plan order does not exist' } }
  const outcome = model.amend(account.id, ref, { triggerPrice: figure('triggerPrice'), price: figure('executePrice'), qty: figure('size') }, at)
  return placed(outcome, (refusal) => ({
    ok: false, error: levelError(refusal, order.trigger?.direction === 'falling' ? 'stop' : 'target', order.side === 'sell'),
  }))
}

/** What does not carry the right plan type is left out of the answer without a word. */
function cancelPlan({ model, account, params, at }: Context & Caller): Result {
  const planType = text(params, 'planType') ?? 'normal_plan'
  const wanted = params['orderIdList'] as readonly Params[] | undefined
  const named = wanted?.map((ref) => model.find(
    account.id, { id: text(ref, 'orderId'), clientId: text(ref, 'clientOid') },
  )) ?? [...account.open.values()].filter(({ symbol }) => symbol === text(params, 'symbol'))
  const anyType = wanted === undefined && text(params, 'planType') === undefined
  const fitting = named.filter((order): order is EmulatedOrder => order !== undefined && isPlan(order) && (anyType || hasPlanType(order, planType)))
  const successList = fitting.filter(({ id }) => model.cancel(account.id, { id }, at).ok).map(({ id, clientId }) => ({ orderId: id, clientOid: clientId }))
  return good({ successList, failureList: [] })
}

/** Bitget takes "nothing to change" for success. */
const changed = (outcome: Outcome<null>, data: unknown): Result =>
  (outcome.ok || outcome.refusal.code.endsWith('_not_modified') ? good(data) : bad(outcome.refusal))

const CHANGING: Readonly<Record<string, SignedRoute>> = {
  'POST /api/v2/mix/order/place-order': { name: placeName, perSecond: 10, signed: true, trades: true, run: place },
  'POST /api/v2/mix/order/place-tpsl-order': {
    name: (params) => (isStop(text(params, 'planType')) ? 'stop' : 'target'), perSecond: 10, signed: true, trades: true, run: placeLevel,
  },
  'POST /api/v2/mix/order/place-plan-order': { name: 'plan', perSecond: 10, signed: true, trades: true, run: placePlan },
  'POST /api/v2/mix/order/modify-tpsl-order': { name: 'amend', perSecond: 10, signed: true, trades: true, run: modifyLevel },
  'POST /api/v2/mix/order/cancel-order': { name: 'cancel', perSecond: 10, signed: true, trades: true, run: cancel },
  'POST /api/v2/mix/order/cancel-plan-order': { name: 'cancel_plan', perSecond: 10, signed: true, trades: true, run: cancelPlan },
  'POST /api/v2/mix/account/set-leverage': {
    name: 'leverage', perSecond: 5, signed: true, trades: true,
    run: ({ model, account, params, at }) => {
      const [symbol, leverage] = [text(params, 'symbol') ?? '', text(params, 'leverage') ?? '']
      const data = {
        symbol, marginCoin: 'USDT', longLeverage: leverage, shortLeverage: leverage, crossMarginLeverage: leverage,
        marginMode: account.marginMode === 'cross' ? 'crossed' : 'isolated',
      }
      return changed(model.setLeverage(account.id, symbol, Number(leverage), at), data)
    },
  },
  'POST /api/v2/mix/account/set-margin-mode': {
    name: 'margin_mode', perSecond: 5, signed: true, trades: true,
    run: ({ model, account, params, at }) => changed(
      model.setMarginMode(account.id, text(params, 'marginMode') === 'isolated' ? 'isolated' : 'cross', at),
      { symbol: text(params, 'symbol'), marginCoin: 'USDT', marginMode: text(params, 'marginMode') },
    ),
  },
  'POST /api/v2/mix/account/set-position-mode': {
    name: 'position_mode', perSecond: 5, signed: true, trades: true,
    run: ({ model, account, params, at }) => changed(
      model.setPositionMode(account.id, text(params, 'posMode') === 'hedge_mode' ? 'hedge' : 'one_way', at), { posMode: text(params, 'posMode') },
    ),
  },
}

export const BITGET_ROUTES: Readonly<Record<string, Route>> = { ...PUBLIC, ...READING, ...CHANGING }

