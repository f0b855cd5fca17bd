/** Bybit v5 over HTTP and websocket: envelopes, signatures, rates, topics. */
import { createHmac } from 'node:crypto'
import type { Account, ApiKey } from '../model/account.ts'
import type { ModelEvent } from '../model/core.ts'
import type { ExchangeModel } from '../model/exchange-model.ts'
import type { Market } from '../model/instrument.ts'
import { parsedMessage, type Answer, type Params, type Push, type RowEdit, type Session, type VenueFace, type WireRequest } from '../wire/face.ts'
import { CallRates } from '../wire/call-rates.ts'
import { sameText } from '../wire/same-text.ts'
import { BYBIT_ROUTES, type Result } from './routes.ts'
import { executionRow, orderRow, positionRow, tickerRow, walletRow } from './rows.ts'

const USUAL_WINDOW_MS = 5_000
/** How far a client's clock may be ahead. */
const AHEAD_MS = 1_000

const hmac = (secret: string, payload: string): string => createHmac('sha256', secret).update(payload).digest('hex')

const envelope = (retCode: number, retMsg: string, result: unknown, at: number): Answer => ({
  status: 200, body: { retCode, retMsg, result, retExtInfo: {}, time: at },
})

type Identity = { readonly account: Account; readonly key: ApiKey }

export function createBybitFace(model: ExchangeModel): VenueFace {
  const rates = new CallRates()
  const error = (retCode: number, retMsg: string, at: number): Answer => envelope(retCode, retMsg, {}, at)

  const identify = (apiKey: string | undefined): Identity | undefined => {
    for (const account of model.accounts.values()) {
      const key = account.keys.find((candidate) => candidate.apiKey === apiKey)
      if (key) return { account, key }
    }
    return undefined
  }

  /** Who is calling, or the answer that turns them away. */
  const admit = ({ headers, method, rawQuery, body, at }: WireRequest): Identity | Answer => {
    const timestamp = headers['x-bapi-timestamp'] ?? ''
    const window = headers['x-bapi-recv-window'] ?? String(USUAL_WINDOW_MS)
    const caller = identify(headers['x-bapi-api-key'])
    if (!caller) return error(10003, 'API key is invalid.', at)
    const sent = Number(timestamp)
    if (!(sent >= at - Number(window) && sent < at + AHEAD_MS)) {
      return error(
        10002,
        `invalid request, please check your server timestamp or recv_window param. req_timestamp[${timestamp}],server_timestamp[${at}],recv_window[${window}]`,
        at,
      )
    }
    const signed = hmac(caller.key.secret, timestamp + caller.key.apiKey + window + (method === 'GET' ? rawQuery : body))
    return sameText(signed, headers['x-bapi-sign'] ?? '') ? caller : error(
      10004, `error sign! origin_string[${timestamp}${caller.key.apiKey}${window}]`, at,
    )
  }

  const finish = (result: Result, at: number): Answer =>
    (result.ok ? envelope(0, 'OK', result.result, at) : envelope(result.error.retCode, result.error.retMsg, {}, at))

  return {
    nameOf: (method, path, params) => {
      const name = BYBIT_ROUTES[`${method} ${path}`]?.name
      return typeof name === 'function' ? name(params) : name
    },
    answer: (request, execution) => {
      const { at, params } = request
      const route = BYBIT_ROUTES[`${request.method} ${request.path}`]
      if (!route) return { status: 404, body: '' }
      const context = { model, params, at, execution }
      if (!route.signed) return rates.allows(`public ${request.path}`, route.perSecond, at) ? finish(route.run(context), at) : error(10006, 'Too many visits!', at)
      const caller = admit(request)
      if ('status' in caller) return caller
      if (!rates.allows(`${caller.account.id} ${request.path}`, route.perSecond, at)) return error(10006, 'Too many visits. Exceeded the API Rate Limit.', at)
      if (route.trades && !caller.key.trade) return error(10005, 'Permission denied, please check your API key permissions.', at)
      return finish(route.run({ ...context, ...caller }), at)
    },
    errorAnswer: (code, message, status, at) => ({ ...error(Number(code), message, at), status: status ?? 200 }),
    editLists,
    isSocketPath: (path) => path === '/v5/private' || /^\/v5\/public\/(linear|inverse|spot|option)$/.test(path),
    onMessage: (session, message, at) => onMessage(model, identify, session, message, at),
    pushesOf: (event) => pushesOf(model, event),
  }
}

function editLists(body: unknown, edit: RowEdit): unknown {
  const { result } = body as { readonly result?: Params }
  return Array.isArray(result?.['list']) ? { ...(body as Params), result: { ...result, list: edit(result['list'] as Params[]) } } : body
}

type ClientMessage = { readonly op?: string; readonly req_id?: string | number; readonly args?: readonly unknown[] }

function onMessage(
  model: ExchangeModel, identify: (apiKey: string | undefined) => Identity | undefined, session: Session, message: string, at: number,
): void {
  const { op, req_id, args = [] } = parsedMessage(message) as ClientMessage
  const common = { conn_id: session.id, ...(req_id === undefined ? {} : { req_id: String(req_id) }), op }
  switch (op) {
    case 'ping':
      return session.send(session.path.includes('private') ? { ...common, op: 'pong', args: [String(at)] } : { success: true, ret_msg: 'pong', ...common })
    case 'auth': {
      const [apiKey, expires, signature] = args.map(String)
      const caller = identify(apiKey)
      const good = caller && Number(expires) > at && sameText(hmac(caller.key.secret, `GET/realtime${expires}`), signature ?? '')
      if (good) Object.assign(session, caller)
      return session.send({
        success: good === true, ret_msg: good ? '' : 'error:Request not authorized', ...common, ...(good ? {} : { request: { op: 'auth', args } }),
      })
    }
    case 'subscribe': {
      if (session.path.includes('private') && !session.account) return session.send({
        success: false, ret_msg: 'error:Request not authorized', ...common, request: { op, args },
      })
      for (const topic of args) session.topics.add(String(topic))
      session.send({ success: true, ret_msg: '', ...common })
      for (const topic of args) sendSnapshot(model, session, String(topic), at)
      return
    }
    case 'unsubscribe':
      for (const topic of args) session.topics.delete(String(topic))
      return session.send({ success: true, ret_msg: '', ...common })
    default:
      return session.send({ success: false, ret_msg: 'error:invalid op', conn_id: session.id, request: { op: op ?? '', args: null } })
  }
}

const tickerPush = (market: Market, type: 'snapshot' | 'delta', at: number): unknown => ({
  topic: `tickers.${market.instrument.symbol}`, type, data: tickerRow(market), cs: at, ts: at,
})

function bookPush({ instrument: { symbol }, quote }: Market, at: number): unknown {
  return {
    topic: `orderbook.1.${symbol}`, type: 'snapshot', ts: at, data: { s: symbol, b: [[quote.bid, '10']], a: [[quote.ask, '10']], u: at, seq: at },
    cts: at,
  }
}

/** Public topics begin with the present state. */
function sendSnapshot(model: ExchangeModel, session: Session, topic: string, at: number): void {
  const market = model.markets.get(topic.split('.').at(-1) ?? '')
  if (!market) return
  if (topic.startsWith('tickers.')) session.send(tickerPush(market, 'snapshot', at))
  if (topic.startsWith('orderbook.1.')) session.send(bookPush(market, at))
}

function pushesOf(model: ExchangeModel, event: ModelEvent): readonly Push[] {
  const { at } = event
  const push = (topic: string, account: string, rows: readonly Params[]): Push => ({
    topic, account, body: { id: `${account}-${topic}-${at}`, topic, creationTime: at, data: rows },
  })
  switch (event.type) {
    case 'quote': {
      const market = model.markets.get(event.symbol) as Market
      return [
        { topic: `tickers.${event.symbol}`, account: null, body: tickerPush(market, 'delta', at) },
        { topic: `orderbook.1.${event.symbol}`, account: null, body: bookPush(market, at) },
      ]
    }
    case 'order':
      return [push('order', event.account, [{ category: 'linear', ...orderRow(event.order, model.markets.get(event.order.symbol) as Market) }])]
    case 'fill':
      return [push('execution', event.account, [{ category: 'linear', ...executionRow(event.fill) }])]
    case 'position': {
      const account = model.account(event.account)
      return [push('position', event.account, [{
        category: 'linear', ...positionRow(account, model.markets, event.symbol, account.positions.get(event.symbol) ?? null, 'entryPrice'),
      }])]
    }
    case 'account':
      return [push('wallet', event.account, [walletRow(model.account(event.account), model.markets)])]
  }
}
