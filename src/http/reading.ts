/** Orders, positions, statistics and prices: requests that only look. */
import type { PositionFilter } from '../domain/wire.ts'
import type { Read } from './application.ts'
import type { Call } from './call.ts'
import { cursorAfter } from './cursor.ts'
import { invalid, json, problem, unavailable, type ExtraHeaders } from './reply.ts'
import type { Route } from './route.ts'
import type { Checked } from './schemas.ts'

const DEFAULT_ORDERS = 1_000

/** The query with empty values left out, as forms send them. */
const queryOf = ({ context }: Call): Record<string, string> =>
  Object.fromEntries(Object.entries(context.req.query()).filter(([, value]) => value !== ''))

/** Continues with the checked value, or answers 422. */
const checked = <T>({ requestId }: Call, result: Checked<T>, then: (value: T) => Promise<Response>): Response | Promise<Response> =>
  result.ok ? then(result.value) : invalid(requestId, result.problems)

function shown<T>({ requestId }: Call, read: Read<T>, extra?: (value: T) => ExtraHeaders, body: (value: T) => unknown = (value) => value): Response {
  return read.kind === 'unavailable' ? unavailable(requestId, read.message) : json(requestId, 200, body(read.value), extra?.(read.value))
}

function found<T>(call: Call, read: Read<T | undefined>, what: string): Response {
  if (read.kind === 'ok' && read.value === undefined) return problem(call.requestId, { status: 404, code: 'not_found', detail: `There is no ${what}.` })
  return shown(call, read)
}

type FilterQuery = Omit<PositionFilter, 'accountLabel'> & { readonly account_label?: string | undefined }
const filterOf = ({ status, symbol, strategy, exchange, account_label, from, to }: FilterQuery): PositionFilter => ({
  status, symbol, strategy, exchange, accountLabel: account_label, from, to,
})

async function positions(call: Call): Promise<Response> {
  const { check, positionsQuery } = await call.service.schemas.load()
  const query = queryOf(call)
  return checked(call, check(positionsQuery, query), async (value) => {
    const page = { limit: value.limit ?? (value.cursor === undefined ? undefined : 1_000), after: value.cursor }
    const read = await call.service.application.positions(filterOf(value), page)
    return shown(call, read, ({ total, next }) => ({ 'x-total-count': String(total), ...nextLink('/positions', query, next) }), ({ items }) => items)
  })
}

/** The next page under the same filter, as a reference relative to this service. */
function nextLink(path: string, query: Readonly<Record<string, string>>, next: number | null): ExtraHeaders {
  if (next === null) return {}
  return { link: `<${path}?${new URLSearchParams({ ...query, cursor: cursorAfter(next) }).toString()}>; rel="next"` }
}

async function orders(call: Call): Promise<Response> {
  const { check, ordersQuery } = await call.service.schemas.load()
  return checked(call, check(ordersQuery, queryOf(call)), async ({ role, limit }) => {
    const read = await call.service.application.orders({ role: role ?? 'entry', limit: limit ?? DEFAULT_ORDERS })
    return shown(call, read, ({ total }) => ({ 'x-total-count': String(total) }), ({ items }) => items)
  })
}

async function byId(call: Call, what: string, read: (id: number) => Promise<Read<unknown>>): Promise<Response> {
  const { check, idPath } = await call.service.schemas.load()
  return checked(call, check(idPath, call.context.req.param()), async ({ id }) => found(call, await read(id), `${what} ${id}`))
}

const order = (call: Call): Promise<Response> => byId(call, 'entry order', (id) => call.service.application.order(id))
const position = (call: Call): Promise<Response> => byId(call, 'position', (id) => call.service.application.position(id))

async function stats(call: Call): Promise<Response> {
  const { check, statsQuery } = await call.service.schemas.load()
  return checked(call, check(statsQuery, queryOf(call)), async (value) => shown(call, await call.service.application.stats(filterOf(value), value.group_by)))
}

async function market(call: Call): Promise<Response> {
  const { check, symbolQuery } = await call.service.schemas.load()
  const { application } = call.service
  return checked(call, check(symbolQuery, queryOf(call)), ({ symbol }) => {
    const views = (symbol === undefined ? application.marketSymbols() : [symbol]).flatMap((name) => application.market(name) ?? [])
    if (symbol === undefined) return Promise.resolve(json(call.requestId, 200, views))
    return Promise.resolve(views[0] ? json(call.requestId, 200, views[0]) : noPrice(call, symbol))
  })
}

async function marketPrice(call: Call): Promise<Response> {
  const { check, symbolQuery } = await call.service.schemas.load()
  return checked(call, check(symbolQuery, queryOf(call)), ({ symbol = 'BTCUSDT' }) => {
    const price = call.service.application.market(symbol)?.price ?? null
    return Promise.resolve(price === null ? noPrice(call, symbol) : json(call.requestId, 200, { market_price: price }))
  })
}

function noPrice({ requestId }: Call, symbol: string): Response {
  const detail = `There is no price of ${symbol} yet; a symbol gets prices once a signal on it has come.`
  return problem(requestId, { status: 404, code: 'price_unavailable', detail })
}

export const READING_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/orders', needs: 'read', id: 'listOrders', summary: 'Orders, newest first', handle: orders },
  { method: 'GET', path: '/orders/{id}', needs: 'read', id: 'getOrder', summary: 'One entry order', handle: order },
  { method: 'GET', path: '/positions', needs: 'read', id: 'listPositions', summary: 'Positions, oldest first', handle: positions },
  { method: 'GET', path: '/positions/{id}', needs: 'read', id: 'getPosition', summary: 'One position with its orders and history', handle: position },
  { method: 'GET', path: '/stats', needs: 'read', id: 'getStats', summary: 'Results, optionally per group', handle: stats },
  { method: 'GET', path: '/market', needs: 'read', id: 'getMarket', summary: 'The last quote of a symbol, or of all', handle: market },
  { method: 'GET', path: '/market/price', needs: 'read', id: 'getMarketPrice', summary: 'The deciding price of a symbol', handle: marketPrice },
]
