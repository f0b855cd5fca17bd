/** The HTTP side of the service: routes, keys, limits, errors. No listening here, so tests need no socket. */
import { randomBytes } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { isLoopback } from '../config/loopback.ts'
import type { ApiKey, SignalSettings } from '../config/settings.ts'
import { assert } from '../domain/assert.ts'
import type { KnownExitStrategies } from '../signals/bounce-signal.ts'
import type { Application } from './application.ts'
import type { Call, Service } from './call.ts'
import { EventStreams } from './event-streams.ts'
import { FailureLimit } from './failure-limit.ts'
import { grants, KeyRing, presentedKey } from './keys.ts'
import { LazySchemas } from './lazy-schemas.ts'
import { LiveStreams } from './page/live-streams.ts'
import { RecordStreams } from './page/record-streams.ts'
import type { PagePort } from './page/page-port.ts'
import { isOwnOrigin, isOwnToken, Sessions } from './page/sessions.ts'
import { SignInLimit } from './page/sign-in-limit.ts'
import { RateLimit, REQUESTS_PER_SECOND, tooManyRequests } from './rate-limit.ts'
import { problem, reply } from './reply.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes.ts'

/** The part of a logger that is needed here; pino fits. */
export type HttpLogger = { error(fields: Readonly<Record<string, unknown>>, message: string): void }

export type HttpOptions = {
  readonly application: Application
  readonly settings: { readonly host: string; readonly apiKeys: readonly ApiKey[]; readonly signal: SignalSettings }
  readonly knownExitStrategies: KnownExitStrategies
  readonly logger: HttpLogger
  /** Milliseconds; only differences matter. */
  readonly now: () => number
  /** What the operator's page reads; absent: no page. */
  readonly page?: PagePort
}

export type HttpApi = {
  readonly app: Hono
  /** Loads what the first request would otherwise wait for. Call it once the service listens. */
  prepare(): Promise<void>
  /** Ends the event streams; call before the server closes. */
  endStreams(): void
}

export function createApp({ application, settings, knownExitStrategies, logger, now, page = undefined }: HttpOptions): HttpApi {
  const keys = new KeyRing(settings.apiKeys)
  const loopback = isLoopback(settings.host)
  assert(loopback || !keys.open, 'an address others can reach has API keys')
  const schemas = new LazySchemas(settings.signal, knownExitStrategies)
  const streams = new EventStreams(application)
  const live = page ? new LiveStreams(page) : null
  const records = page ? new RecordStreams(page) : null
  const service: Service = { application, keys, schemas, streams, routes: ROUTES, hookRate: new RateLimit(REQUESTS_PER_SECOND, now), sessions: new Sessions(now), signIns: new SignInLimit(now), page: page ?? null, live, records }
  const gate = new Gate(service, loopback ? undefined : new RateLimit(REQUESTS_PER_SECOND, now))
  const failures = new FailureLimit(now)
  const requestId = requestIds()
  const app = new Hono({ strict: false })

  const failed = (error: unknown, context: Context, id: string): Response => {
    logger.error({ requestId: id, method: context.req.method, path: pathWithoutToken(context.req.path), err: error }, 'http_error')
    const detail = 'Something went wrong inside the service; its log has the details under this request id.'
    return problem(id, { status: 500, code: 'internal_error', detail })
  }
  const serve = async (route: Route, context: Context): Promise<Response> => {
    const id = requestId(context)
    // Whoever tries keys waits; this machine itself is exempt, or a stranger behind its proxy could shut out the bot.
    const trying = keys.open || !presentsKey(route, context) || isLoopback(remoteAddress(context)) ? null : remoteAddress(context)
    const wait = trying === null ? 0 : failures.waitSec(trying)
    if (wait > 0) return problem(id, { status: 429, code: 'too_many_failures', detail: `Too many wrong keys from this address; wait ${wait} s.`, headers: { 'retry-after': String(wait) } })
    try {
      const response = gate.refusal(route, context, id) ?? (await route.handle({ context, requestId: id, service } satisfies Call))
      if (trying !== null) failures[response.status === 401 ? 'failed' : 'succeeded'](trying)
      return response
    } catch (error) {
      return failed(error, context, id)
    }
  }
  for (const route of ROUTES) app.on(route.method, route.path.replaceAll(/\{(\w+)\}/g, ':$1'), (context) => serve(route, context))
  app.notFound((context) => unrouted(context, requestId(context)))
  app.onError((error, context) => failed(error, context, requestId(context)))
  return { app, prepare: async () => void (await schemas.load()), endStreams: () => (streams.end(), live?.end(), records?.end()) }
}

/** Who may pass: browsers of other sites never, then the key, then its rate. */
class Gate {
  readonly #keys: KeyRing
  readonly #rate: RateLimit | undefined
  readonly #sessions: Sessions
  constructor({ keys, sessions }: Service, rate: RateLimit | undefined) {
    this.#keys = keys
    this.#sessions = sessions
    this.#rate = rate
  }

  refusal(route: Route, context: Context, requestId: string): Response | undefined {
    // A site may let its own name point here, and then reads whatever is open (DNS rebinding): it still asks for its own name.
    if (this.#keys.open && !isOwnName(context.req.header('host'))) {
      return problem(requestId, { status: 403, code: 'foreign_host', detail: 'Without API_KEYS this service answers to this machine\'s own names only, such as 127.0.0.1 or localhost; call it by one of them, or set API_KEYS.' })
    }
    if (route.method !== 'GET' && this.#keys.open && !fromHere(context.req.header('origin'))) {
      return problem(requestId, { status: 403, code: 'foreign_origin', detail: 'A page of another site may not steer this service.' })
    }
    if (route.needs === 'open' || this.#keys.open) return undefined
    const presented = presentedKey(context.req.header('x-api-key'), context.req.header('authorization'))
    const session = presented === undefined ? this.#sessions.find(context.req.header('cookie')) : undefined
    const key = presented === undefined ? session?.key : this.#keys.find(presented)
    const taken = this.#rate?.take(key ? `key ${key.name}` : `address ${remoteAddress(context)}`) ?? 'ok'
    if (taken !== 'ok') return tooManyRequests(requestId, taken)
    if (!key) {
      const detail = presented === undefined ? 'Send a key: Authorization: Bearer KEY, or X-API-Key: KEY.' : 'This key is not known.'
      return problem(requestId, { status: 401, code: 'unauthorized', detail, headers: { 'www-authenticate': 'Bearer realm="loms"' } })
    }
    if (session && route.method !== 'GET' && !(isOwnOrigin(context.req.header('origin'), context.req.header('host')) && isOwnToken(session, context.req.header('x-csrf-token')))) {
      const detail = 'A signed-in browser changes something only from this service\'s own page (header X-CSRF-Token).'
      return problem(requestId, { status: 403, code: 'csrf', detail })
    }
    if (grants(key, route.needs)) return undefined
    const detail = `This needs a key with the scope ${route.needs}; the key ${key.name} has ${key.scope}.`
    return problem(requestId, { status: 403, code: 'scope_missing', detail })
  }
}

const presentsKey = ({ path }: Route, context: Context): boolean =>
  path.startsWith('/hooks/') || presentedKey(context.req.header('x-api-key'), context.req.header('authorization')) !== undefined

/** A hook's token is a key. */
const pathWithoutToken = (path: string): string => path.replace(/^(\/hooks\/[^/]+\/).+$/, '$1****')

/** Programs send no origin; a browser on this machine sends a loopback one. */
const fromHere = (origin: string | undefined): boolean => origin === undefined || (/^https?:\/\//.test(origin) && isOwnName(origin.replace(/^https?:\/\//, '')))

/** A name of this machine, with or without a port. Browsers always send one. */
function isOwnName(host: string | undefined): boolean {
  if (host === undefined) return true
  const name = /^(\[::1\]|[^:/\s]+)(:\d+)?$/.exec(host)?.[1]
  return name !== undefined && isLoopback(name.replace(/^\[|\]$/g, '').toLowerCase())
}

const remoteAddress = (context: Context): string =>
  (context.env as { readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } } } | undefined)?.incoming?.socket?.remoteAddress ?? 'unknown'

/** The sender's `X-Request-Id` if it is harmless, else one of our own. */
function requestIds(): (context: Context) => string {
  const prefix = randomBytes(4).toString('hex')
  let count = 0
  return (context) => {
    const sent = context.req.header('x-request-id')
    return sent !== undefined && /^[A-Za-z0-9._:-]{1,128}$/.test(sent) ? sent : `${prefix}-${(++count).toString(36)}`
  }
}

/** Hono has taken a trailing slash off already. */
const pathPattern = (path: string): RegExp => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)

/** 404, or 405 with the methods there are. */
function unrouted(context: Context, requestId: string): Response {
  const methods = new Set<string>(ROUTES.filter(({ path }) => pathPattern(path).test(context.req.path)).map(({ method }) => method))
  if (methods.size === 0) return problem(requestId, { status: 404, code: 'not_found', detail: 'There is no such address; GET /openapi.json lists all.' })
  if (methods.has('GET')) methods.add('HEAD')
  const allow = [...methods, 'OPTIONS'].join(', ')
  if (context.req.method === 'OPTIONS') return reply(requestId, 204, 'text/plain', null, { allow })
  return problem(requestId, { status: 405, code: 'method_not_allowed', detail: `Allowed here: ${allow}.`, headers: { allow } })
}
