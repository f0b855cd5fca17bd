/** Signals and orders: the requests that may open a position. */
import { assertNever } from '../domain/assert.ts'
import type { EntryReading } from '../signals/bounce-signal.ts'
import type { EntryOutcome, EntryRequest } from './application.ts'
import type { Call } from './call.ts'
import { invalid, json, unavailable } from './reply.ts'
import type { Route } from './route.ts'
import { keyReused, readSignalRequest } from './signal-request.ts'

type Answered = Extract<EntryOutcome, { kind: 'answered' }>

async function bounce(call: Call): Promise<Response> {
  const { entry, check, dryRunQuery } = await call.service.schemas.load()
  const dryRun = call.context.req.query('dry_run')
  if (dryRun !== undefined) {
    const query = check(dryRunQuery, { dry_run: dryRun })
    if (!query.ok) return invalid(call.requestId, query.problems)
    if (dryRun === 'true') return rehearse(call, entry.readSignal)
  }
  return enter(call, 'bounce_signal', entry.readSignal, ({ answer }) => json(call.requestId, 200, answer))
}

/** All checks with their numbers, and the verdict; nothing is recorded. */
async function rehearse(call: Call, read: (body: unknown) => EntryReading): Promise<Response> {
  const received = await readSignalRequest(call, read)
  if (!received.ok) return received.response
  const { reading: { signal, payload }, idempotencyKey } = received
  const outcome = call.service.application.dryRun({ kind: 'bounce_signal', signal, payload, idempotencyKey })
  if (outcome.kind === 'key_reused') return keyReused(call.requestId, outcome.field)
  return outcome.kind === 'ok' ? json(call.requestId, 200, outcome.value) : unavailable(call.requestId, outcome.message)
}

async function order(call: Call): Promise<Response> {
  const { entry } = await call.service.schemas.load()
  return enter(call, 'manual_order', entry.readOrder, (outcome) => orderAnswer(call, outcome))
}

/** The order of work on this side: key, body, validation; then the application decides. */
async function enter(
  call: Call,
  kind: EntryRequest['kind'],
  read: (body: unknown) => EntryReading,
  answer: (outcome: Answered) => Response | Promise<Response>,
): Promise<Response> {
  const received = await readSignalRequest(call, read)
  if (!received.ok) return received.response
  const { reading: { signal, payload }, idempotencyKey } = received
  return entered(call, { kind, signal, payload, idempotencyKey }, answer)
}

/** Hands a validated entry on and answers its outcome. */
export async function entered({ requestId, service }: Call, request: EntryRequest, answer: (outcome: Answered) => Response | Promise<Response>): Promise<Response> {
  const outcome = await service.application.enter(request)
  switch (outcome.kind) {
    case 'answered':
      return answer(outcome)
    case 'key_reused':
      return keyReused(requestId, outcome.field)
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
