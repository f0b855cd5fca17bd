/** What all requests with signals share: the body, the Idempotency-Key, and what is wrong with either. */
import type { FieldProblem } from './application.ts'
import { jsonBody, type Call } from './call.ts'
import { invalid, problem } from './reply.ts'

type Refused = { readonly ok: false; readonly problems: readonly FieldProblem[]; readonly invalidSide?: boolean }
type Received<T> = { readonly ok: true; readonly reading: T; readonly idempotencyKey: string | null } | { readonly ok: false; readonly response: Response }

/** Body, key and validation in this order; otherwise the refusal: 400, 413, 422. */
export async function readSignalRequest<R extends { readonly ok: true } | Refused>(call: Call, read: (body: unknown) => R): Promise<Received<Extract<R, { ok: true }>>> {
  const { context, requestId } = call
  const body = await jsonBody(call)
  if (!body.ok) return body
  const idempotencyKey = context.req.header('idempotency-key') ?? null
  if (idempotencyKey !== null && !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey)) {
    return { ok: false, response: invalid(requestId, [{ field: 'Idempotency-Key', message: 'must have 1 to 255 printable ASCII characters' }]) }
  }
  const reading = read(body.value)
  if (isValid(reading)) return { ok: true, reading, idempotencyKey }
  const { problems, invalidSide } = reading as Refused
  return { ok: false, response: invalid(requestId, problems, invalidSide ? { received: true, error: 'invalid_side' } : undefined) }
}

const isValid = <R extends { readonly ok: true } | Refused>(reading: R): reading is Extract<R, { ok: true }> => reading.ok

/** The same key with another payload. */
export function keyReused(requestId: string, field: 'Idempotency-Key' | 'signal_id'): Response {
  const detail = `This ${field} was used before with other content; a new request needs a new one.`
  const errors = [{ field, message: 'was used before with other content' }]
  return problem(requestId, { status: 422, code: 'idempotency_key_reused', detail, errors })
}
