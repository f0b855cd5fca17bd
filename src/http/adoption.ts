/** Decisions about the account that LOMS leaves to a person: what it did not open, and what vanished. */
import { assertNever } from '../domain/assert.ts'
import type { Decimal } from '../domain/decimal.ts'
import { jsonBody, type Call } from './call.ts'
import { invalid, json, problem, unavailable } from './reply.ts'
import type { Route } from './route.ts'

async function adopt(call: Call): Promise<Response> {
  const { requestId, service } = call
  const { check, adoptBody } = await service.schemas.load()
  const body = await jsonBody(call)
  if (!body.ok) return body.response
  const request = check(adoptBody, body.value)
  if (!request.ok) return invalid(requestId, request.problems)
  const { symbol, side, sl_price, tp_price, strategy, reason, confirm_qty } = request.value
  const outcome = await service.application.adopt({ symbol, side, stopPrice: sl_price, targetPrice: tp_price ?? null, strategy: strategy ?? null, reason, confirmedQty: confirm_qty ?? null })
  switch (outcome.kind) {
    case 'preview':
      return json(requestId, 200, outcome.preview)
    case 'adopted':
      return json(requestId, 201, outcome.position, { location: `/positions/${outcome.position.id}` })
    case 'conflict':
      return problem(requestId, { status: 409, code: outcome.code, detail: outcome.message })
    case 'invalid':
      return invalid(requestId, outcome.problems)
    case 'unavailable':
      return unavailable(requestId, outcome.message)
    default:
      return assertNever(outcome)
  }
}

/** `POST /positions/{id}/close` with a stated price. */
export async function statePrice({ requestId, service }: Call, id: number, price: Decimal, reason: string | null): Promise<Response> {
  if (reason === null) return invalid(requestId, [{ field: 'reason', message: 'is required with stated_price: say where the price was read' }])
  const outcome = await service.application.statePrice(id, price, reason)
  switch (outcome.kind) {
    case 'done':
      return json(requestId, 200, outcome.position)
    case 'under_way':
      return json(requestId, 202, outcome.position)
    case 'unknown_position':
      return problem(requestId, { status: 404, code: 'not_found', detail: `There is no open position ${id}.` })
    case 'conflict':
      return problem(requestId, { status: 409, code: outcome.code, detail: outcome.message })
    case 'invalid':
      return invalid(requestId, outcome.problems)
    case 'unavailable':
      return unavailable(requestId, outcome.message)
    default:
      return assertNever(outcome)
  }
}

export const ADOPTION_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/positions/adopt', needs: 'admin', id: 'adoptPosition', summary: 'Live: take over a position that LOMS did not open', handle: adopt },
]
