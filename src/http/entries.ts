/** Signals and orders: the requests that may open a position. */
import { assertNever } from '../domain/assert.ts'
import type { EntryReading } from '../signals/bounce-signal.ts'
import type { EntryOutcome, EntryRequest } from './application.ts'
import { jsonBody, type Call } from './call.ts'
import { invalid, json, problem, unavailable } from './reply.ts'
import type { Route } from './route.ts'

type Answered = Extract<EntryOutcome, { kind: 'answered' }>

async function bounce(call: Call): Promise<Response> {
  const { entry } = await call.service.schemas.load()
  return enter(call, 'bounce_signal', entry.readSignal, ({ answer }) => json(call.requestId, 200, answer))
}

async function order(call: Call): Promise<Response> {
  const { entry } = await call.service.schemas.load()
  return enter(call, 'manual_order', entry.readOrder, (outcome) => orderAnswer(call, outcome))
}

/** The order of S-2's work on this side: key, body, validation; then the application decides. */
async function enter(
  call: Call,
  kind: EntryRequest['kind'],
  read: (body: unknown) => EntryReading,
  answer: (outcome: Answered) => Response | Promise<Response>,
): Promise<Response> {
  const { context, requestId, service } = call
  const body = await jsonBody(call)
  if (!body.ok) return body.response
  const idempotencyKey = context.req.header('idempotency-key') ?? null
  if (idempotencyKey !== null && !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey)) {
    return invalid(requestId, [{ field: 'Idempotency-Key', message: 'must have 1 to 255 printable ASCII characters' }])
  }
  const reading = read(body.value)
  if (!reading.ok) return invalid(requestId, reading.problems, reading.invalidSide ? { received: true, error: 'invalid_side' } : undefined)
  const outcome = await service.application.enter({ kind, signal: reading.signal, payload: reading.payload, idempotencyKey })
  switch (outcome.kind) {
    case 'answered':
      return answer(outcome)
    case 'key_reused': {
      const detail = `This ${outcome.field} was used before with other content; a new request needs a new one.`
      const errors = [{ field: outcome.field, message: 'was used before with other content' }]
      return problem(requestId, { status: 422, code: 'idempotency_key_reused', detail, errors })
    }
    case 'invalid':
      return invalid(requestId, outcome.problems)
    case 'unavailable':
      return unavailable(requestId, outcome.message)
    default:
      return assertNever(outcome)
  }
}

/** The order where one was made; else the body of a blocked signal. */
async function orderAnswer({ requestId, service }: Call, { answer }: Answered): Promise<Response> {
  if (!answer.risk_ok) return json(requestId, 200, answer)
  const found = await service.application.order(answer.order_id)
  if (found.kind === 'unavailable') return unavailable(requestId, `Order ${answer.order_id} is accepted, but cannot be shown: ${found.message}`)
  const body = { ...(found.value ?? { id: answer.order_id, position_id: answer.position_id }), ...(answer.duplicate ? { duplicate: true } : {}) }
  return json(requestId, 201, body, { location: `/orders/${answer.order_id}` })
}

export const ENTRY_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/signals/bounce', needs: 'signal', id: 'postBounceSignal', summary: 'Post a trading signal', handle: bounce },
  { method: 'POST', path: '/orders', needs: 'trade', id: 'postOrder', summary: 'Open a position by hand', handle: order },
]
