/** Signing in and out with a browser. */
import { grants, type Need } from '../keys.ts'
import { jsonBody, type Call } from '../call.ts'
import { json, problem } from '../reply.ts'
import type { Route } from '../route.ts'
import { isOwnOrigin, type Session } from './sessions.ts'

const NEEDS: readonly Need[] = ['read', 'signal', 'trade', 'admin']
const WITHOUT_KEYS = { required: false, signed_in: true, name: null, scope: 'all', may: NEEDS, token: null }
const SIGNED_OUT = { required: true, signed_in: false, name: null, scope: null, may: [], token: null }

const shown = ({ key, token }: Session) => ({
  required: true, signed_in: true, name: key.name, scope: key.scope, may: NEEDS.filter((need) => grants(key, need)), token,
})

const cookieOf = ({ context }: Call): string | undefined => context.req.header('cookie')
const isSecure = ({ context }: Call): boolean => (context.req.header('x-forwarded-proto') ?? new URL(context.req.url).protocol).startsWith('https')

function session(call: Call): Response {
  if (call.service.keys.open) return json(call.requestId, 200, WITHOUT_KEYS)
  const found = call.service.sessions.find(cookieOf(call))
  return json(call.requestId, 200, found ? shown(found) : SIGNED_OUT)
}

function foreign({ context, requestId }: Call): Response | undefined {
  if (isOwnOrigin(context.req.header('origin'), context.req.header('host'))) return undefined
  return problem(requestId, { status: 403, code: 'foreign_origin', detail: 'A page of another site may not sign in here.' })
}

async function signIn(call: Call): Promise<Response> {
  const refused = foreign(call)
  if (refused) return refused
  const { requestId, service } = call
  if (service.keys.open) return json(requestId, 200, WITHOUT_KEYS)
  if (!service.signIns.take()) {
    const detail = 'Too many attempts to sign in; wait a minute.'
    return problem(requestId, { status: 429, code: 'too_many_requests', detail, headers: { 'retry-after': '60' } })
  }
  const body = await jsonBody(call)
  if (!body.ok) return body.response
  const presented = (body.value as { readonly key?: unknown } | null)?.key
  const key = typeof presented === 'string' ? service.keys.find(presented.trim()) : undefined
  if (!key) return problem(requestId, { status: 401, code: 'unauthorized', detail: 'This key is not known; API_KEYS of the service lists those that are.' })
  if (!grants(key, 'read')) {
    const detail = `The key ${key.name} has the scope ${key.scope}, which shows nothing; the page needs a key that may read.`
    return problem(requestId, { status: 403, code: 'scope_missing', detail })
  }
  service.signIns.succeeded()
  const begun = service.sessions.begin(key, isSecure(call))
  return json(requestId, 200, shown(begun.session), { 'set-cookie': begun.cookie })
}

function signOut(call: Call): Response {
  return foreign(call) ?? json(call.requestId, 200, SIGNED_OUT, { 'set-cookie': call.service.sessions.end(cookieOf(call), isSecure(call)) })
}

export const SESSION_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/session', needs: 'open', id: 'getSession', summary: 'Who is signed in with this browser', handle: session },
  { method: 'POST', path: '/session', needs: 'open', id: 'signIn', summary: 'Sign in with an API key', handle: signIn },
  { method: 'DELETE', path: '/session', needs: 'open', id: 'signOut', summary: 'Sign out', handle: signOut },
]
