/** Bybit v5 endpoints, linear perpetuals in one-way mode. */
import { parseDecimal, type Decimal } from '../../domain/decimal.ts'
import type { Account, ApiKey } from '../model/account.ts'
import type { ExchangeModel } from '../model/exchange-model.ts'
import type { Market } from '../model/instrument.ts'
import { isPlan, type EmulatedFill, type EmulatedOrder, type Execution, type Refusal } from '../model/order.ts'
import { anyOrders, endedOrders, fillsOf, openOrders, type OrderFilter } from '../model/queries.ts'
import { text, whole, type Params } from '../wire/face.ts'
import { bybitError, wrongSideError, type BybitError } from './codes.ts'
import { createName, createRequest, tradingStop } from './orders.ts'
import { closedPnlRows, executionRow, instrumentRow, orderRow, positionRow, tickerRow, walletRow } from './rows.ts'

export type Caller = { readonly account: Account; readonly key: ApiKey }
export type Context = { readonly model: ExchangeModel; readonly params: Params; readonly at: number; readonly execution: Execution | null }
export type Result = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: BybitError }
type Endpoint = {
  readonly name: string | ((params: Params) => string)
  /** Calls per second and account (per address where the call is public). */
  readonly perSecond: number
  /** Changes something: a key that may only read is refused. */
  readonly trades?: true
}
export type PublicRoute = Endpoint & { readonly signed: false; readonly run: (context: Context) => Result }
export type SignedRoute = Endpoint & { readonly signed: true; readonly run: (context: Context & Caller) => Result }
export type Route = PublicRoute | SignedRoute

const good = (result: unknown): Result => ({ ok: true, result })
const bad = (refusal: Refusal): Result => ({ ok: false, error: bybitError(refusal) })
const isLinear = (params: Params): boolean => text(params, 'category') === 'linear'

/** A page of a list; the cursor is where the next one begins. */
function page(params: Params, rows: readonly Params[], usual: number, most: number): Result {
  const all = isLinear(params) ? rows : []
  const from = Number(text(params, 'cursor') ?? '0') || 0
  const limit = Math.min(whole(params, 'limit') ?? usual, most)
  return good({
    nextPageCursor: from + limit < all.length ? String(from + limit) : '', category: text(params, 'category') ?? '',
    list: all.slice(from, from + limit),
  })
}

const marketsOf = ({ model, params }: Context): Market[] => {
  const symbol = text(params, 'symbol')
  return [...model.markets.values()].filter(({ instrument }) => symbol === undefined || instrument.symbol === symbol)
}

const window = (params: Params): Pick<OrderFilter, 'from' | 'to'> => ({ from: whole(params, 'startTime'), to: whole(params, 'endTime') })

/** Above what the venue grants, as many clients of one machine start in one second here. */
const PUBLIC_PER_SECOND = 200

const PUBLIC: Readonly<Record<string, PublicRoute>> = {
  'GET /v5/market/time': {
    name: 'time', perSecond: PUBLIC_PER_SECOND, signed: false,
    run: ({ at }) => good({ timeSecond: String(Math.floor(at / 1000)), timeNano: `${at}000000` }),
  },
  'GET /v5/market/instruments-info': {
    name: 'markets', perSecond: PUBLIC_PER_SECOND, signed: false,
    run: (context) => page(context.params, text(context.params, 'status') === 'PreLaunch' ? [] : marketsOf(context).map(instrumentRow), 500, 1000),
  },
  'GET /v5/market/tickers': {
    name: 'tickers', perSecond: PUBLIC_PER_SECOND, signed: false,
    run: (context) => {
      const list = isLinear(context.params) ? marketsOf(context).map(tickerRow) : []
      if (list.length === 0) return { ok: false, error: { retCode: 10001, retMsg: 'params error: symbol invalid' } }
      return good({ category: 'linear', list })
    },
  },
}

function orderRows({ model }: Context, orders: readonly EmulatedOrder[]): Params[] {
  return orders.map((order) => orderRow(order, model.markets.get(order.symbol) as Market))
}

function orderFilter(params: Params): OrderFilter {
  const [id, clientId, filter] = [text(params, 'orderId'), text(params, 'orderLinkId'), text(params, 'orderFilter')]
  if (id !== undefined) return { id }
  return { clientId, symbol: text(params, 'symbol'), plan: filter === undefined ? undefined : filter !== 'Order' }
}

/** By id an order is found whatever became of it; a list holds open orders only, conditional ones among them. */
function realtime(context: Context & Caller): Result {
  const { model, account, params } = context
  const filter = orderFilter(params)
  const byId = filter.id !== undefined || filter.clientId !== undefined
  return page(params, orderRows(context, byId ? anyOrders(model.core, account, filter) : openOrders(model.core, account, filter)), 20, 50)
}

function history(context: Context & Caller): Result {
  const { model, account, params } = context
  const status = text(params, 'orderStatus')
  const rows = orderRows(context, endedOrders(model.core, account, { ...orderFilter(params), ...window(params) }))
  return page(params, status === undefined ? rows : rows.filter(({ orderStatus }) => orderStatus === status), 20, 50)
}

const EXEC_KINDS: Readonly<Record<string, readonly EmulatedFill['kind'][]>> = {
  Trade: ['trade', 'void'], Funding: ['funding'], AdlTrade: ['adl'], BustTrade: ['liquidation'],
}

const SEVEN_DAYS_MS = 7 * 86_400_000

function executions({ model, account, params }: Context & Caller): Result {
  const { from, to } = window(params)
  if (from !== undefined && to !== undefined && to - from > SEVEN_DAYS_MS) {
    return { ok: false, error: { retCode: 10001, retMsg: 'The time range between startTime and endTime cannot exceed 7 days' } }
  }
  const type = text(params, 'execType')
  const kinds = type === undefined ? {} : { kinds: EXEC_KINDS[type] ?? [] }
  const filter = {
    symbol: text(params, 'symbol'), orderId: text(params, 'orderId'), clientId: text(params, 'orderLinkId'), ...kinds, ...window(params),
  }
  return page(params, fillsOf(model.core, account, filter).map(executionRow), 50, 100)
}

/** One symbol: always a row. All of a settle coin: only what is open. */
function positions({ model, account, params }: Context & Caller): Result {
  const symbol = text(params, 'symbol')
  if (symbol !== undefined && !model.markets.has(symbol)) return bad({ code: 'unknown_symbol', detail: symbol })
  const symbols = symbol === undefined ? [...account.positions.keys()] : [symbol]
  return page(params, symbols.map((name) => positionRow(account, model.markets, name, account.positions.get(name) ?? null, 'avgPrice')), 20, 200)
}

const READING: Readonly<Record<string, SignedRoute>> = {
  'GET /v5/asset/coin/query-info': { name: 'coins', perSecond: 50, signed: true, run: () => good({ rows: [] }) },
  'GET /v5/user/query-api': { name: 'key_info', perSecond: 10, signed: true, run: (context) => good(keyInfo(context)) },
  'GET /v5/account/info': {
    name: 'account_info', perSecond: 50, signed: true,
    run: ({ model, account, at }) => good({
      marginMode: account.marginMode === 'cross' ? 'REGULAR_MARGIN' : 'ISOLATED_MARGIN', updatedTime: String(at), unifiedMarginStatus: 5,
      dcpStatus: model.behaviour.cancelsOnDisconnect ? 'ON' : 'OFF', timeWindow: 10, smpGroup: 0, isMasterTrader: false, spotHedgingStatus: 'OFF',
    }),
  },
  'GET /v5/account/query-dcp-info': {
    name: 'dcp', perSecond: 10, signed: true,
    run: ({ model }) => good({ dcpInfos: model.behaviour.cancelsOnDisconnect ? [{ product: 'DERIVATIVES', dcpStatus: 'ON', timeWindow: '10' }] : [] }),
  },
  'GET /v5/account/wallet-balance': {
    name: 'balance', perSecond: 50, signed: true, run: ({ model, account }) => good({ list: [walletRow(account, model.markets)] }),
  },
  'GET /v5/position/list': { name: 'positions', perSecond: 50, signed: true, run: positions },
  'GET /v5/position/closed-pnl': {
    name: 'position_history', perSecond: 50, signed: true,
    run: ({ model, account, params }) => page(
      params, closedPnlRows(account, fillsOf(model.core, account, { symbol: text(params, 'symbol'), ...window(params) })), 50, 100,
    ),
  },
  'GET /v5/order/realtime': {
    name: (params) => {
      if (text(params, 'orderId') ?? text(params, 'orderLinkId')) return 'order'
      return text(params, 'orderFilter') === 'StopOrder' ? 'open_plan_orders' : 'open_orders'
    },
    perSecond: 50, signed: true, run: realtime,
  },
  'GET /v5/order/history': { name: 'order_history', perSecond: 50, signed: true, run: history },
  'GET /v5/execution/list': { name: 'fills', perSecond: 50, signed: true, run: executions },
}

function keyInfo({ account, key }: Caller): unknown {
  const permissions = {
    ContractTrade: key.trade ? ['Order', 'Position'] : [], Spot: [], Wallet: key.withdraw ? ['AccountTransfer', 'SubMemberTransfer', 'Withdraw'] : [],
    Options: [], Derivatives: key.trade ? ['DerivativesTrade'] : [], CopyTrading: [], BlockTrade: [], Exchange: [], NFT: [],
  }
  return {
    id: '13770661', note: account.id, apiKey: key.apiKey, readOnly: key.trade ? 0 : 1, secret: '', permissions,
    ips: key.ips.length > 0 ? key.ips : ['*'], type: 1, deadlineDay: 83, expiredAt: '2099-01-01T00:00:00Z', createdAt: '2024-01-01T00:00:00Z',
    unified: 0, uta: 1, userID: userId(account), inviterID: 0, vipLevel: 'No VIP', mktMakerLevel: '0', affiliateID: 0, rsaPublicKey: '',
    isMaster: !account.sub, parentUid: account.sub ? '24600000' : '0',
  }
}

/** A number for a name: the sum over its letters is enough to tell a handful of accounts apart. */
const userId = ({ id }: Account): number => 24_600_000 + [...id].reduce((sum, letter, index) => sum + letter.charCodeAt(0) * (index + 1), 0)

function create(context: Context & Caller): Result {
  const { model, account, params, execution, at } = context
  if (!isLinear(params)) return bad({ code: 'unknown_symbol', detail: 'category' })
  if ((text(params, 'positionIdx') ?? '0') !== '0' || account.positionMode === 'hedge') return bad({ code: 'position_mode_mismatch', detail: '' })
  const request = createRequest(params, execution)
  const outcome = request.ok ? model.submit(account.id, request.value, at) : request
  return outcome.ok ? good({ orderId: outcome.value.id, orderLinkId: outcome.value.clientId }) : bad(outcome.refusal)
}

function cancel({ model, account, params, at }: Context & Caller): Result {
  const ref = { id: text(params, 'orderId'), clientId: text(params, 'orderLinkId') }
  const outcome = model.cancel(account.id, ref, at)
  return outcome.ok ? good({ orderId: outcome.value.id, orderLinkId: outcome.value.clientId }) : bad(outcome.refusal)
}

function amend({ model, account, params, at }: Context & Caller): Result {
  const figure = (name: string): Decimal | undefined => parseDecimal(text(params, name))
  const ref = { id: text(params, 'orderId'), clientId: text(params, 'orderLinkId') }
  const outcome = model.amend(account.id, ref, { triggerPrice: figure('triggerPrice'), price: figure('price'), qty: figure('qty') }, at)
  return outcome.ok ? good({ orderId: outcome.value.id, orderLinkId: outcome.value.clientId }) : bad(outcome.refusal)
}

function cancelAll({ model, account, params, at }: Context & Caller): Result {
  const [symbol, filter] = [text(params, 'symbol'), text(params, 'orderFilter')]
  const ofSymbol = [...account.open.values()].filter((order) => (symbol ?? order.symbol) === order.symbol)
  const doomed = ofSymbol.filter((order) => filter === undefined || isPlan(order) === (filter !== 'Order'))
  for (const { id } of doomed) model.cancel(account.id, { id }, at)
  return good({ list: doomed.map(({ id, clientId }) => ({ orderId: id, orderLinkId: clientId })), success: '1' })
}

const changed = (outcome: ReturnType<ExchangeModel['setLeverage']>): Result => (outcome.ok ? good({}) : bad(outcome.refusal))

const CHANGING: Readonly<Record<string, SignedRoute>> = {
  'POST /v5/order/create': { name: createName, perSecond: 20, signed: true, trades: true, run: create },
  'POST /v5/order/amend': { name: 'amend', perSecond: 20, signed: true, trades: true, run: amend },
  'POST /v5/order/cancel': { name: 'cancel', perSecond: 20, signed: true, trades: true, run: cancel },
  'POST /v5/order/cancel-all': { name: 'cancel_all', perSecond: 20, signed: true, trades: true, run: cancelAll },
  'POST /v5/position/trading-stop': {
    name: 'position_stop', perSecond: 10, signed: true, trades: true,
    run: ({ model, account, params, at }) => {
      const outcome = tradingStop(model, account.id, params, at)
      if (outcome.ok) return good({})
      const { refusal } = outcome
      if (refusal.code === 'no_position') return { ok: false, error: { retCode: 10001, retMsg: 'can not set tp/sl/ts for zero position' } }
      return refusal.code === 'would_trigger' ? {
        ok: false, error: wrongSideError(text(params, 'stopLoss') === refusal.trigger?.price ? 'StopLoss' : 'TakeProfit', refusal),
      } : bad(refusal)
    },
  },
  'POST /v5/position/set-leverage': {
    name: 'leverage', perSecond: 10, signed: true, trades: true,
    run: ({ model, account, params, at }) => changed(model.setLeverage(
      account.id, text(params, 'symbol') ?? '', Number(text(params, 'buyLeverage')), at,
    )),
  },
  'POST /v5/account/set-margin-mode': {
    name: 'margin_mode', perSecond: 5, signed: true, trades: true,
    run: ({ model, account, params, at }) => changed(model.setMarginMode(
      account.id, text(params, 'setMarginMode') === 'ISOLATED_MARGIN' ? 'isolated' : 'cross', at,
    )),
  },
  'POST /v5/position/switch-mode': {
    name: 'position_mode', perSecond: 10, signed: true, trades: true,
    run: ({ model, account, params, at }) => changed(model.setPositionMode(account.id, text(params, 'mode') === '3' ? 'hedge' : 'one_way', at)),
  },
}

export const BYBIT_ROUTES: Readonly<Record<string, Route>> = { ...PUBLIC, ...READING, ...CHANGING }
