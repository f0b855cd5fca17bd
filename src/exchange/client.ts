/**
 * ccxt clients, built one way: gate before the socket, no retries of its own, one account type decided here. ccxt costs
 * 0.7 s and 75 MB, so it is loaded when the first client is opened.
 */
import type { pro } from 'ccxt'
import { Agent } from 'node:http'
import { checkRequest, type GateOptions } from './gate.ts'
import { Pace } from './pace.ts'
import type { RequestLog } from './request-log.ts'
import type { ClientPurpose, ExchangeCredentials, Venue } from './venue.ts'
import type { VenueClock } from './venue-clock.ts'

export type BybitClient = InstanceType<typeof pro.bybit>
export type BitgetClient = InstanceType<typeof pro.bitget>
export type ExchangeClient = BybitClient | BitgetClient

export type ClientOptions = {
  readonly venue: Venue
  readonly purpose: ClientPurpose
  /** null: a client that can read prices only. */
  readonly credentials: ExchangeCredentials | null
  /** The venue's demo account. */
  readonly sandbox: boolean
  /** Base URL of a local exchange emulator, `http://127.0.0.1:9100`; null: the venue itself. */
  readonly emulatorUrl: string | null
  /** Time limit of one request where its call has none of its own. */
  readonly timeoutMs: number
  readonly owns: () => boolean
  /** Notes every request and its answer. */
  readonly requests?: RequestLog | undefined
  /** Of all clients that read the same account; absent: one of its own. */
  readonly pace?: Pace
  /** Signs with this clock and corrects it where the venue refuses it; absent: the machine's. */
  readonly clock?: VenueClock
}

/**
 * A request whose clock differs from the venue's by more than this is refused by the venue, so that a request of a frozen
 * process cannot take effect late (Bybit `recv_window`).
 */
const RECEIVE_WINDOW_MS = 5000

/** Bybit documents 50 reads a second, account and endpoint (v5/rate-limit), and others may read the account; ccxt's costs are older. */
export const BYBIT_READS_PER_SECOND = 20

export async function openClient(options: ClientOptions & { readonly venue: 'bybit' }): Promise<BybitClient>
export async function openClient(options: ClientOptions & { readonly venue: 'bitget' }): Promise<BitgetClient>
export async function openClient(options: ClientOptions): Promise<ExchangeClient>
export async function openClient(options: ClientOptions): Promise<ExchangeClient> {
  const { pro, InvalidNonce } = await import('ccxt')
  const client = options.venue === 'bybit' ? new pro.bybit(bybitConfig(options)) : new pro.bitget(bitgetConfig(options))
  if (options.sandbox) enableDemo(client, options.venue)
  if (options.emulatorUrl !== null) pointAt(client, options.emulatorUrl)
  if (options.clock) signBy(client, options.clock)
  guard(client, options, InvalidNonce)
  silenceLostSends(client)
  if (options.purpose !== 'orders') keepPace(client, options.pace ?? new Pace())
  return client
}

const common = ({ credentials, purpose, timeoutMs }: ClientOptions): Record<string, unknown> => ({
  ...(credentials ? { apiKey: credentials.apiKey, secret: credentials.secret, password: credentials.passphrase ?? '' } : {}),
  // Orders are paced by LOMS's own lanes, which know what is urgent, reads by `keepPace`; this leaves the messages of streams.
  enableRateLimit: purpose !== 'orders',
  timeout: timeoutMs,
})

const bybitConfig = (options: ClientOptions): Record<string, unknown> => ({
  ...common(options),
  options: {
    defaultType: 'swap',
    defaultSettle: 'USDT',
    fetchMarkets: { types: ['linear'] },
    // Decided, not probed: LOMS trades unified accounts, and the probe needs a permission of its own (exchange.md 1.1).
    enableUnifiedMargin: false,
    enableUnifiedAccount: true,
    watchPositions: { fetchPositionsSnapshot: false },
    recvWindow: RECEIVE_WINDOW_MS,
    maxRetriesOnFailure: 0,
  },
})

const bitgetConfig = (options: ClientOptions): Record<string, unknown> => ({
  ...common(options),
  // `uta` is checked once at the start; ccxt's own probe caches a wrong answer for ever (trap T11). No margin mode here: it
  // turns the subscription for orders into one for spot margin (trap T5).
  options: { defaultType: 'swap', uta: false, fetchMarkets: { types: ['swap'] }, maxRetriesOnFailure: 0 },
})

function enableDemo(client: ExchangeClient, venue: Venue): void {
  if (venue === 'bybit') client.enableDemoTrading(true)
  else client.setSandboxMode(true)
}

/** Sends everything to a local emulator. After `enableDemo`, which replaces all addresses on Bybit (exchange.md 3.1). */
export function pointAt(client: ExchangeClient, emulatorUrl: string): void {
  const ws = emulatorUrl.replace(/^http/, 'ws')
  const api = client.urls['api'] as Record<string, unknown>
  for (const key of Object.keys(api)) if (typeof api[key] === 'string') api[key] = emulatorUrl
  if (client.id === 'bitget') {
    api['ws'] = { public: `${ws}/v2/ws/public`, private: `${ws}/v2/ws/private`, utaPublic: `${ws}/v3/ws/public`, utaPrivate: `${ws}/v3/ws/private` }
    api['demo'] = { ...(api['ws'] as object) }
  } else {
    const prices = { spot: `${ws}/v5/public/spot`, linear: `${ws}/v5/public/linear`, inverse: `${ws}/v5/public/inverse`, option: `${ws}/v5/public/option` }
    const own = `${ws}/v5/private`
    api['ws'] = { public: prices, private: { spot: { unified: own, nonUnified: own }, contract: own, usdc: own, trade: `${ws}/v5/trade` } }
  }
  // Plain ws:// needs an agent of its own.
  Object.assign(client, { httpAgent: new Agent({ keepAlive: true }) })
}

/** Every address of REST calls that the client knows. */
function originsOf(client: ExchangeClient): readonly string[] {
  const hostname = String((client as { hostname?: string }).hostname ?? '')
  const api = Object.values(client.urls['api'] as Record<string, unknown>).filter((url) => typeof url === 'string')
  return [...new Set(api.map((url) => new URL(url.replaceAll('{hostname}', hostname)).origin))]
}

function signBy(client: ExchangeClient, clock: VenueClock): void {
  // Requests are signed by `nonce`; the logins of the streams by the other two.
  Object.assign(client, { nonce: () => clock.now(), milliseconds: () => clock.now(), seconds: () => Math.floor(clock.now() / 1000) })
}

/** Instead of ccxt's throttle. */
function keepPace(client: ExchangeClient, pace: Pace): void {
  const send = client.fetch2.bind(client)
  const paced: typeof send = async (path, api, method, params, headers, body, config) => {
    const cost = Number(client.calculateRateLimiterCost(api, method, path, params, config))
    await pace.turn(`${method} ${path}`, client.id === 'bybit' ? BYBIT_READS_PER_SECOND : 1000 / (Number(client.rateLimit) * cost))
    return send(path, api, method, params, headers, body, config) as unknown
  }
  Object.assign(client, { fetch2: paced, throttle: () => Promise.resolve() })
}

type Fetch = (url: string, method?: string, headers?: unknown, body?: unknown) => Promise<unknown>

/** No venue gives shorter ones; anything shorter could be a part of an error's code, which must stay readable. */
const SHORTEST_SECRET = 8

/** An error with the account's secrets masked: an exchange, or a proxy before it, may send back what it was sent. */
function withoutSecrets(error: unknown, credentials: ExchangeCredentials | null): unknown {
  if (!(error instanceof Error) || !credentials) return error
  const masked = (text: string): string => Object.values(credentials).reduce((rest, secret) => (secret.length < SHORTEST_SECRET ? rest : rest.replaceAll(secret, '***')), text)
  error.message = masked(error.message)
  if (error.stack !== undefined) error.stack = masked(error.stack)
  return error
}

function guard(client: ExchangeClient, { venue, purpose, owns, requests, clock, credentials }: ClientOptions, InvalidNonce: new (message: string) => Error): void {
  const gate: GateOptions = { venue, purpose, origins: originsOf(client), owns }
  const call: Fetch = client.fetch.bind(client)
  const send: Fetch = (...sent) => call(...sent).catch((error: unknown) => {
    throw withoutSecrets(error, credentials)
  })
  const guarded: Fetch = async (url, method = 'GET', headers, body) => {
    checkRequest(gate, method, url)
    const answered = requests?.sent({ purpose, method, url, body })
    try {
      const answer = await send(url, method, headers, body)
      answered?.({ answer })
      return answer
    } catch (error) {
      answered?.({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
      // Not waited for: whoever sent it tries again in its own time.
      if (error instanceof InvalidNonce) void clock?.correct()
      throw error
    }
  }
  Object.assign(client, { fetch: guarded })
}

type Socket = { send: (message: unknown) => Promise<unknown> }

/**
 * ccxt drops the promise of a message that it sends behind its throttle (4.5.84, `Exchange.watch`): where the socket has
 * closed meanwhile, that would be an unhandled rejection, which ends the process. The watch itself rejects as well.
 */
function silenceLostSends(client: ExchangeClient): void {
  const sockets = new WeakSet<Socket>()
  const open = client.client.bind(client) as (url: string) => Socket
  const opened = (url: string): Socket => {
    const socket = open(url)
    if (sockets.has(socket)) return socket
    sockets.add(socket)
    const send = socket.send.bind(socket)
    socket.send = (message) => {
      const sent = send(message)
      sent.catch(() => {})
      return sent
    }
    return socket
  }
  Object.assign(client, { client: opened })
}
