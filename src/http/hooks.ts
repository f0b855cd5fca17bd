/**
 * `POST /hooks/tradingview/{token}`: alerts of senders that cannot set headers. The token is an API key with the scope
 * `signal`; with the token `body` the key stands in the alert's `secret`. Neither is kept anywhere.
 */
import type { ExitSignalOutcome } from './application.ts'
import { readBody } from './body.ts'
import type { Call } from './call.ts'
import { entered } from './entries.ts'
import { grants } from './keys.ts'
import { tooManyRequests } from './rate-limit.ts'
import { invalid, json, problem, unavailable } from './reply.ts'
import type { Route } from './route.ts'
import { keyReused } from './signal-request.ts'

const SHOWN_TEXT = 500
const LONGEST_KEY = 256

async function tradingView(call: Call): Promise<Response> {
  const { context, requestId, service } = call
  const refused = (detail: string, status = 401): Response => problem(requestId, { status, code: status === 401 ? 'unauthorized' : 'hook_needs_key', detail })
  // Behind a proxy everybody in the world is loopback: without keys the door stays shut.
  if (service.keys.open) return refused('Alerts from outside need a key: set API_KEYS=tradingview:signal:<key> and post to /hooks/tradingview/<key>.', 403)
  const body = await readBody(context.req.raw, context.req.header('content-length'))
  if (!body.ok) return problem(requestId, { status: body.reason === 'too_large' ? 413 : 400, code: 'malformed_body', detail: 'The body is too large, not UTF-8, or ended early.' })
  const { readHookText, readAlert } = await import('../signals/tradingview.ts')
  const token = context.req.param('token') ?? ''
  const text = readHookText(body.text)
  const presented = token === 'body' ? (text.ok ? text.secret : null) : token
  const known = presented === null ? undefined : service.keys.find(presented)
  if (!known || !grants(known, 'signal')) return refused('This token is not known, or may not send signals.')
  const taken = service.hookRate.take(known.name)
  if (taken !== 'ok') return tooManyRequests(requestId, taken)
  if (!text.ok) return invalid(requestId, [{ field: 'body', message: text.problem }], { received_text: shown(body.text, presented) })
  const alert = readAlert(text.fields)
  if (!alert.ok) return invalid(requestId, alert.problems, { received: text.fields })
  return alert.kind === 'close' ? close(call, alert.body) : enter(call, alert)
}

/** What came, for whoever set the alert up; a secret in it is masked. */
const shown = (text: string, secret: string | null): string => {
  // Masked before it is cut: half a secret would not be recognised.
  const masked = text.slice(0, SHOWN_TEXT + LONGEST_KEY).replaceAll(/("?(?:secret|passphrase|password|token|key|api_?key|api_?secret)"?\s*[:=]\s*"?)[^",}\s]+/gi, '$1****')
  return (secret === null || secret === '' ? masked : masked.replaceAll(secret, '****')).slice(0, SHOWN_TEXT)
}

async function close(call: Call, body: object): Promise<Response> {
  const outcome = await closing(call, body)
  if (outcome instanceof Response) return outcome
  return json(call.requestId, 200, outcome.answer)
}

async function closing(call: Call, body: object): Promise<Response | Extract<ExitSignalOutcome, { kind: 'answered' }>> {
  const { requestId, service } = call
  const { exits } = await service.schemas.load()
  const reading = exits.readCloseSignal(body)
  if (!reading.ok) return invalid(requestId, reading.problems)
  const outcome = await service.application.signalExit({ signal: reading.signal, payload: reading.payload, idempotencyKey: null })
  if (outcome.kind === 'key_reused') return keyReused(requestId, outcome.field)
  return outcome.kind === 'unavailable' ? unavailable(requestId, outcome.message) : outcome
}

async function enter(call: Call, { kind, body, closeFirst }: { readonly kind: 'bounce' | 'trade'; readonly body: object; readonly closeFirst: object | null }): Promise<Response> {
  const { requestId, service } = call
  const { entry } = await service.schemas.load()
  const reading = kind === 'bounce' ? entry.readSignal(body) : entry.readTradeEvent(body)
  if (!reading.ok) return invalid(requestId, reading.problems)
  if (!('signal' in reading)) return invalid(requestId, [{ field: 'body', message: 'is no entry' }])
  if (closeFirst) {
    const closed = await closing(call, closeFirst)
    if (closed instanceof Response) return closed
  }
  return entered(call, { kind: kind === 'bounce' ? 'bounce_signal' : 'trade_event', signal: reading.signal, payload: reading.payload, idempotencyKey: null }, ({ answer }) => json(requestId, 200, answer))
}

export const HOOK_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/hooks/tradingview/{token}', needs: 'open', id: 'postTradingViewAlert', summary: 'An alert of TradingView or its like; the token is an API key', handle: tradingView },
]
