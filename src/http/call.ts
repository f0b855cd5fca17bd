/** One request on its way through the service. */
import type { Context } from 'hono'
import type { Application } from './application.ts'
import { parseJson, readBody } from './body.ts'
import type { EventStreams } from './event-streams.ts'
import type { KeyRing } from './keys.ts'
import type { LazySchemas } from './lazy-schemas.ts'
import type { LiveStreams } from './page/live-streams.ts'
import type { RecordStreams } from './page/record-streams.ts'
import type { PagePort } from './page/page-port.ts'
import type { Sessions } from './page/sessions.ts'
import type { SignInLimit } from './page/sign-in-limit.ts'
import type { RateLimit } from './rate-limit.ts'
import { problem } from './reply.ts'
import type { Route } from './route.ts'

/** What the routes share. */
export type Service = {
  readonly application: Application
  readonly keys: KeyRing
  readonly schemas: LazySchemas
  readonly streams: EventStreams
  readonly routes: readonly Route[]
  /** Of alerts that come through hooks: their senders are elsewhere, also where the service listens on loopback. */
  readonly hookRate: RateLimit
  readonly sessions: Sessions
  readonly signIns: SignInLimit
  /** Null: this service serves no page. */
  readonly page: PagePort | null
  readonly live: LiveStreams | null
  readonly records: RecordStreams | null
}

export type Call = { readonly context: Context; readonly requestId: string; readonly service: Service }

export type JsonBody = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly response: Response }

/** The body as JSON; `whenEmpty` stands for no body at all. Otherwise the refusal: 413, 400. */
export async function jsonBody({ context, requestId }: Call, whenEmpty?: unknown): Promise<JsonBody> {
  const body = await readBody(context.req.raw, context.req.header('content-length'))
  const malformed = (detail: string, message: string): JsonBody => ({
    ok: false,
    response: problem(requestId, { status: 400, code: 'malformed_json', detail, errors: [{ field: 'body', message }] }),
  })
  if (!body.ok) {
    if (body.reason === 'not_utf8') return malformed('The body is not UTF-8 text.', 'must be UTF-8')
    if (body.reason === 'aborted') return malformed('The body ended early.', 'ended early')
    const detail = 'The body is larger than 64 kB.'
    return { ok: false, response: problem(requestId, { status: 413, code: 'body_too_large', detail }) }
  }
  if (body.text === '') {
    return whenEmpty === undefined ? malformed('The body is empty; send a JSON object.', 'is empty') : { ok: true, value: whenEmpty }
  }
  const parsed = parseJson(body.text)
  if (parsed.ok) return parsed
  const place = parsed.position === undefined ? '' : ` (character ${parsed.position})`
  return malformed(`The body is not valid JSON${place}.`, `is not valid JSON${place}`)
}
