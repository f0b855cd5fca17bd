/**
 * The part of a ccxt client that the venues' APIs use, without ccxt: requests are signed, gated and worded as its are, and
 * answered by the emulated venue's face in this process.
 */
import { createHmac } from 'node:crypto'
import { BYBIT_READS_PER_SECOND, type BitgetClient, type BybitClient } from '../../../src/exchange/client.ts'
import { checkRequest } from '../../../src/exchange/gate.ts'
import type { Pace } from '../../../src/exchange/pace.ts'
import type { ClientPurpose, Venue } from '../../../src/exchange/venue.ts'
import { EMULATOR_KEY } from '../../../src/exchange-emulator/server.ts'
import type { Answer, Params, WireRequest } from '../../../src/exchange-emulator/wire/face.ts'

const ORIGIN = 'https://venue.test'
const WINDOW_MS = 5000

/** The line was cut. */
export class LineCut extends Error {}

export type Carry = (request: Omit<WireRequest, 'at'>) => Promise<Answer>
/** Resolves with the next push of a topic, rejects where the stream is lost. */
export type NextPush = (topic: string) => Promise<void>

export type RawClientOptions = { readonly venue: Venue; readonly purpose: ClientPurpose; readonly pace: Pace; readonly owns: () => boolean; readonly carry: Carry; readonly nextPush: NextPush; readonly onRefused: (why: string) => void; readonly edit: (path: string, params: Params) => Params }

type Call = (params?: Params) => Promise<unknown>

const kebab = (words: readonly string[]): string => words.map((word) => word.toLowerCase()).join('-')

/** `privateMixGetV2MixOrderOrdersPending` is `GET /api/v2/mix/order/orders-pending`. */
function endpointOf(name: string): { readonly method: 'GET' | 'POST'; readonly path: string } | undefined {
  const match = /^(?:public|private)\w*?(Get|Post)(V[25])(\w+)$/.exec(name)
  if (!match) return undefined
  const words = (match[3] as string).match(/[A-Z][a-z0-9]*/g) ?? []
  const folders = match[2] === 'V5' || words[0] === 'Public' ? 1 : 2
  const path = [...words.slice(0, folders).map((word) => word.toLowerCase()), kebab(words.slice(folders))].join('/')
  return { method: match[1] === 'Get' ? 'GET' : 'POST', path: `${match[2] === 'V5' ? '' : '/api'}/${(match[2] as string).toLowerCase()}/${path}` }
}

const hmac = (payload: string, encoding: 'hex' | 'base64'): string => createHmac('sha256', EMULATOR_KEY.secret).update(payload).digest(encoding)

function signed(venue: Venue, method: string, path: string, query: string, body: string): Record<string, string> {
  const timestamp = String(Date.now())
  const { apiKey, password } = EMULATOR_KEY
  if (venue === 'bybit') {
    const sign = hmac(timestamp + apiKey + String(WINDOW_MS) + (method === 'GET' ? query : body), 'hex')
    return { 'x-bapi-api-key': apiKey, 'x-bapi-timestamp': timestamp, 'x-bapi-recv-window': String(WINDOW_MS), 'x-bapi-sign': sign }
  }
  const sign = hmac(timestamp + method + path + (query === '' ? '' : `?${decodeURIComponent(query)}`) + body, 'base64')
  return { 'access-key': apiKey, 'access-timestamp': timestamp, 'access-passphrase': password, 'access-sign': sign }
}

/** A body of a venue's that is no success is thrown as ccxt throws it: its id, then the body. */
function read(venue: Venue, method: string, path: string, { status, body }: Answer): unknown {
  if (typeof body === 'string') {
    if (status >= 400) throw new Error(`${venue} ${method} ${ORIGIN}${path} ${status} Error ${body}`)
    return body
  }
  const code = String((body as Params)[venue === 'bybit' ? 'retCode' : 'code'])
  if (status >= 400 || !['0', '00000'].includes(code)) throw new Error(`${venue} ${JSON.stringify(body)}`)
  return body
}

/** How often an endpoint may be read, as the client of LOMS reckons from ccxt's costs. */
function perSecond(venue: Venue, path: string): number {
  if (venue === 'bybit') return BYBIT_READS_PER_SECOND
  return path.includes('all-position') ? 5 : /\/mix\/(order|account)\//.test(path) ? 10 : 20
}

function call({ venue, purpose, owns, pace, carry, onRefused, edit }: RawClientOptions, method: 'GET' | 'POST', path: string): Call {
  return async (given = {}) => {
    const params = edit(path, given)
    if (purpose !== 'orders') await pace.turn(`${method} ${path}`, perSecond(venue, path))
    const query = method === 'GET' ? new URLSearchParams(params as Record<string, string>).toString() : ''
    const body = method === 'POST' ? JSON.stringify(params) : ''
    try {
      checkRequest({ venue, purpose, origins: [ORIGIN], owns }, method, ORIGIN + path)
    } catch (error) {
      onRefused(String(error))
      throw error
    }
    const headers = signed(venue, method, path, query, body)
    try {
      const parsed = method === 'GET' ? Object.fromEntries(new URLSearchParams(query)) : (JSON.parse(body) as Params)
      return read(venue, method, path, await inTime(venue, carry({ method, path, rawQuery: query, body, params: parsed, headers })))
    } catch (error) {
      throw error instanceof LineCut ? new Error(`${venue} ${method} ${ORIGIN}${path} fetch failed`) : error
    }
  }
}

/** ccxt's own limit of a request. */
const TIMEOUT_MS = 10_000

async function inTime(venue: Venue, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${venue} request timed out (${TIMEOUT_MS} ms)`)), TIMEOUT_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Rows of the instrument list, as ccxt keeps them. */
async function loadMarkets(options: RawClientOptions): Promise<Readonly<Record<string, unknown>>> {
  const path = options.venue === 'bybit' ? '/v5/market/instruments-info' : '/api/v2/mix/market/contracts'
  const params = options.venue === 'bybit' ? { category: 'linear' } : { productType: 'USDT-FUTURES' }
  const body = (await call(options, 'GET', path)(params)) as { readonly result?: { readonly list: readonly Params[] }; readonly data?: readonly Params[] }
  const rows = body.result?.list ?? body.data ?? []
  return Object.fromEntries(rows.map((info) => [String(info['symbol']), { id: info['symbol'], symbol: info['symbol'], linear: true, settle: 'USDT', swap: true, info }]))
}

/** What `BybitApi` and `BitgetApi` are given. */
export function rawClient<T extends BybitClient | BitgetClient>(options: RawClientOptions): T {
  const known: Record<string, unknown> = {
    options: {},
    then: undefined,
    milliseconds: () => Date.now(),
    loadMarkets: () => loadMarkets(options),
    watchOrders: (symbol?: string) => options.nextPush(symbol === undefined ? 'orders' : 'triggers'),
    watchMyTrades: () => options.nextPush('fills'),
    watchPositions: () => options.nextPush('positions'),
    close: () => Promise.resolve(),
  }
  const client: unknown = new Proxy(known, {
    get: (target, name) => {
      if (typeof name !== 'string' || name in target) return target[name as string]
      const endpoint = endpointOf(name)
      if (!endpoint) throw new Error(`the client has no ${name}`)
      return (target[name] = call(options, endpoint.method, endpoint.path))
    },
  })
  return client as T
}
