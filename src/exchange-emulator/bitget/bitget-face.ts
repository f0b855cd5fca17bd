/** Bitget v2 over HTTP and websocket: envelopes, signatures, rates, channels. */
import { createHmac } from 'node:crypto'
import type { Account, ApiKey } from '../model/account.ts'
import type { ModelEvent } from '../model/core.ts'
import type { ExchangeModel } from '../model/exchange-model.ts'
import type { Market } from '../model/instrument.ts'
import { isPlan } from '../model/order.ts'
import { CallRates } from '../wire/call-rates.ts'
import { parsedMessage, type Answer, type Params, type Push, type RowEdit, type Session, type VenueFace, type WireRequest } from '../wire/face.ts'
import { sameText } from '../wire/same-text.ts'
import { BITGET_ROUTES, type Result } from './routes.ts'
import { PRODUCT, accountPush, fillPush, orderPush, planPush, positionPush, tickerPush } from './rows.ts'

/** How old or early a request may be. */
const WINDOW_MS = 30_000

const sign = (secret: string, payload: string): string => createHmac('sha256', secret).update(payload).digest('base64')

type Identity = { readonly account: Account; readonly key: ApiKey }
type Channel = { readonly instType?: string; readonly channel?: string; readonly instId?: string }

export function createBitgetFace(model: ExchangeModel): VenueFace {
  const rates = new CallRates()
  const error = (code: string, msg: string, at: number, status = 400): Answer => ({ status, body: { code, msg, requestTime: at, data: null } })

  const identify = (apiKey: string | undefined): Identity | undefined => {
    for (const account of model.accounts.values()) {
      const key = account.keys.find((candidate) => candidate.apiKey === apiKey)
      if (key) return { account, key }
    }
    return undefined
  }

  /** Who is calling, or the answer that turns them away. */
  const admit = ({ headers, method, path, rawQuery, body, at }: WireRequest): Identity | Answer => {
    const caller = identify(headers['access-key'])
    if (!caller) return error('40006', 'Invalid ACCESS_KEY', at)
    const { key } = caller
    const demo = headers['paptrading'] === '1'
    if (key.environment !== 'any' && (key.environment === 'demo') !== demo) return error('40099', 'exchange environment is incorrect', at)
    const timestamp = headers['access-timestamp'] ?? ''
    if (!(Math.abs(Number(timestamp) - at) <= WINDOW_MS)) return error('40008', 'Request timestamp expired', at)
    if (!sameText(key.password, headers['access-passphrase'] ?? '')) return error('40012', 'apikey/password is incorrect', at)
    // What is signed is the query as it was before it was encoded.
    const query = rawQuery === '' ? '' : `?${decodeURIComponent(rawQuery.replaceAll('+', '%20'))}`
    const signed = sign(key.secret, timestamp + method + path + query + body)
    return sameText(signed, headers['access-sign'] ?? '') ? caller : error('40009', 'sign signature error', at)
  }

  const finish = (result: Result, at: number): Answer =>
    result.ok ? { status: 200, body: { code: '00000', msg: 'success', requestTime: at, data: result.data } } : error(result.error.code, result.error.msg, at)
  const tooMany = (at: number): Answer => error('429', 'Too Many Requests', at, 429)

  return {
    nameOf: (method, path, params) => {
      const name = BITGET_ROUTES[`${method} ${path}`]?.name
      return typeof name === 'function' ? name(params) : name
    },
    answer: (request, execution) => {
      const { at, params } = request
      const route = BITGET_ROUTES[`${request.method} ${request.path}`]
      if (!route) return error('40404', 'Request URL NOT FOUND', at, 404)
      const context = { model, params, at, execution }
      if (!route.signed) return rates.allows(`public ${request.path}`, route.perSecond, at) ? finish(route.run(context), at) : tooMany(at)
      const caller = admit(request)
      if ('status' in caller) return caller
      if (!rates.allows(`${caller.account.id} ${request.path}`, route.perSecond, at)) return tooMany(at)
      if (route.trades && !caller.key.trade) return error('40014', 'Incorrect permissions, need future trade write permissions', at)
      return finish(route.run({ ...context, ...caller }), at)
    },
    errorAnswer: (code, message, status, at) => error(code, message, at, status ?? 400),
    editLists,
    isSocketPath: (path) => path === '/v2/ws/public' || path === '/v2/ws/private',
    onMessage: (session, message, at) => onMessage(model, identify, session, message, at),
    pushesOf: (event) => pushesOf(model, event),
  }
}

const NULL_WHEN_EMPTY = ['entrustedList', 'fillList']

function editLists(body: unknown, edit: RowEdit): unknown {
  const { data } = body as { readonly data?: unknown }
  if (Array.isArray(data)) return { ...(body as Params), data: edit(data as Params[]) }
  if (typeof data !== 'object' || data === null) return body
  const edited = Object.entries(data as Params).map(([name, value]) => {
    if (!Array.isArray(value)) return [name, value]
    const rows = edit(value as Params[])
    return [name, rows.length === 0 && NULL_WHEN_EMPTY.includes(name) ? null : rows]
  })
  return { ...(body as Params), data: Object.fromEntries(edited) as Params }
}

const PRIVATE_CHANNELS = ['orders', 'orders-algo', 'positions', 'fill', 'account']
const topicOf = ({ channel, instId }: Channel): string => `${channel}:${PRIVATE_CHANNELS.includes(channel ?? '') ? 'default' : instId}`

type Login = { readonly apiKey?: string; readonly passphrase?: string; readonly timestamp?: string; readonly sign?: string }

function login(
  identify: (apiKey: string | undefined) => Identity | undefined, session: Session, { apiKey, passphrase, timestamp = '', sign: given = '' }: Login,
  at: number,
): void {
  const refuse = (code: number, msg: string): void => session.send({ event: 'error', code, msg })
  const caller = identify(apiKey)
  if (!caller) return refuse(30011, 'Invalid ACCESS_KEY')
  if (!(Math.abs(Number(timestamp) * 1000 - at) <= WINDOW_MS)) return refuse(30013, 'Invalid ACCESS_TIMESTAMP')
  if (!sameText(caller.key.password, passphrase ?? '')) return refuse(30012, 'Invalid ACCESS_PASSPHRASE')
  if (!sameText(sign(caller.key.secret, `${timestamp}GET/user/verify`), given)) return refuse(30015, 'Invalid sign')
  Object.assign(session, caller)
  session.send({ event: 'login', code: 0 })
}

function onMessage(
  model: ExchangeModel, identify: (apiKey: string | undefined) => Identity | undefined, session: Session, message: string, at: number,
): void {
  if (message === 'ping') return session.send('pong')
  const { op, args = [] } = parsedMessage(message) as { readonly op?: string; readonly args?: readonly unknown[] }
  if (op === 'login') return login(identify, session, args[0] as Login, at)
  for (const arg of args as Channel[]) {
    if (op === 'unsubscribe') {
      session.topics.delete(topicOf(arg))
      session.send({ event: 'unsubscribe', arg })
    } else subscribe(model, session, arg, at)
  }
}

function subscribe(model: ExchangeModel, session: Session, arg: Channel, at: number): void {
  const isPrivate = PRIVATE_CHANNELS.includes(arg.channel ?? '')
  if (isPrivate && !session.account) return session.send({ event: 'error', arg, code: 30004, msg: 'User not logged in' })
  // Margin orders of the spot market: a stream of its own, on which nothing of the futures is ever seen.
  if (arg.instType === 'MARGIN') return session.send({ event: 'subscribe', arg })
  const known = arg.instType === PRODUCT && (isPrivate || (arg.channel === 'ticker' && model.markets.has(arg.instId ?? '')))
  if (!known) return session.send({
    event: 'error', arg, code: 30001, msg: `instType:${arg.instType},channel:${arg.channel},instId:${arg.instId} doesn't exist`,
  })
  session.topics.add(topicOf(arg))
  session.send({ event: 'subscribe', arg })
  if (arg.channel === 'ticker') session.send(pushBody(arg.channel, arg.instId ?? '', [tickerPush(model.markets.get(arg.instId ?? '') as Market)], at))
  if (arg.channel === 'positions' && session.account) session.send(pushBody('positions', 'default', positionPushes(model, session.account), at))
}

const pushBody = (channel: string, instId: string, data: readonly Params[], ts: number): unknown => ({
  action: 'snapshot', arg: { instType: PRODUCT, channel, instId }, data, ts,
})
const positionPushes = (model: ExchangeModel, account: Account): Params[] =>
  [...account.positions.values()].map((position) => positionPush(account, model.markets, position))

function pushesOf(model: ExchangeModel, event: ModelEvent): readonly Push[] {
  const { at } = event
  if (event.type === 'quote') return [{
    topic: `ticker:${event.symbol}`, account: null,
    body: pushBody('ticker', event.symbol, [tickerPush(model.markets.get(event.symbol) as Market)], at),
  }]
  const account = model.account(event.account)
  const push = (channel: string, data: readonly Params[]): readonly Push[] => [{
    topic: `${channel}:default`, account: account.id, body: pushBody(channel, 'default', data, at),
  }]
  switch (event.type) {
    case 'order':
      return isPlan(event.order) ? push('orders-algo', [planPush(account, event.order)]) : push('orders', [orderPush(account, event.order, event.fill)])
    case 'fill':
      return event.fill.kind === 'funding' ? [] : push('fill', [fillPush(account, event.fill)])
    case 'position':
      return push('positions', positionPushes(model, account))
    case 'account':
      return push('account', [accountPush(account, model.markets)])
  }
}
