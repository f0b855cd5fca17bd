/** Requests by which a person steers: close, pause, resume, panic, reset, pin a price. */
import { assertNever } from '../domain/assert.ts'
import type { Conflict, ControlRequest, PanicReport, Read } from './application.ts'
import { statePrice } from './adoption.ts'
import { jsonBody, type Call } from './call.ts'
import { invalid, json, problem, unavailable } from './reply.ts'
import type { Route } from './route.ts'

async function close(call: Call): Promise<Response> {
  const { requestId, service } = call
  const { check, idPath, closeBody } = await service.schemas.load()
  const path = check(idPath, call.context.req.param())
  if (!path.ok) return invalid(requestId, path.problems)
  const body = await jsonBody(call, {})
  if (!body.ok) return body.response
  const request = check(closeBody, body.value)
  if (!request.ok) return invalid(requestId, request.problems)
  if (request.value.stated_price !== undefined) return statePrice(call, path.value.id, request.value.stated_price, request.value.reason ?? null)
  const outcome = await service.application.closePosition(path.value.id, request.value.reason ?? null)
  switch (outcome.kind) {
    case 'closed':
      return json(requestId, 200, outcome.position)
    case 'closing':
      return json(requestId, 202, outcome.position)
    case 'unknown_position':
      return problem(requestId, { status: 404, code: 'not_found', detail: `There is no position ${path.value.id}.` })
    case 'price_unavailable': {
      const detail = `No price of ${outcome.symbol} is known, so the position cannot be closed now; try again when prices are back.`
      return problem(requestId, { status: 409, code: 'price_unavailable', detail })
    }
    case 'conflict':
      return problem(requestId, { status: 409, code: outcome.code, detail: outcome.message })
    case 'unavailable':
      return unavailable(requestId, outcome.message)
    default:
      return assertNever(outcome)
  }
}

/** Whatever sets the trading state: nothing without a reason. */
async function withReason(call: Call, act: (request: ControlRequest) => Promise<Read<unknown> | Conflict>, status: (value: unknown) => number = () => 200): Promise<Response> {
  const { check, controlBody } = await call.service.schemas.load()
  const { requestId } = call
  const body = await jsonBody(call, {})
  if (!body.ok) return body.response
  const request = check(controlBody, body.value)
  if (!request.ok) return invalid(requestId, request.problems)
  const result = await act({ reason: request.value.reason, accountLabel: request.value.account_label ?? null })
  if (result.kind === 'conflict') return problem(requestId, { status: 409, code: result.code, detail: result.message })
  return result.kind === 'ok' ? json(requestId, status(result.value), result.value) : unavailable(requestId, result.message)
}
const pause = (call: Call): Promise<Response> => withReason(call, (request) => call.service.application.pause(request))
const resume = (call: Call): Promise<Response> => withReason(call, (request) => call.service.application.resume(request))
const resetKillSwitch = (call: Call): Promise<Response> => withReason(call, (request) => call.service.application.resetKillSwitch(request))
const arm = (call: Call): Promise<Response> => withReason(call, (request) => call.service.application.arm(request))

async function reconcile({ requestId, service }: Call): Promise<Response> {
  const result = await service.application.reconcile()
  if (result.kind === 'conflict') return problem(requestId, { status: 409, code: result.code, detail: result.message })
  return result.kind === 'ok' ? json(requestId, 200, result.value) : unavailable(requestId, result.message)
}

const panic = (call: Call): Promise<Response> => withReason(call, (request) => call.service.application.panic(request), (value) => ((value as PanicReport).flat ? 200 : 202))

async function pinPrice(call: Call): Promise<Response> {
  const { check, pricePath } = await call.service.schemas.load()
  const path = check(pricePath, call.context.req.param())
  return path.ok ? pin(call, path.value.value) : invalid(call.requestId, path.problems)
}
const releasePrice = (call: Call): Promise<Response> => pin(call, null)

async function pin({ requestId, service }: Call, price: number | null): Promise<Response> {
  const result = await service.application.pinPrice(price)
  if (result.kind === 'not_simulated') {
    return problem(requestId, { status: 409, code: 'not_simulated', detail: 'Prices can be pinned with PRICE_SOURCE=simulator only.' })
  }
  return result.kind === 'ok' ? json(requestId, 200, result.value) : unavailable(requestId, result.message)
}

export const CONTROL_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/positions/{id}/close', needs: 'trade', id: 'closePosition', summary: 'Close a position at market', handle: close },
  { method: 'POST', path: '/control/pause', needs: 'admin', id: 'pause', summary: 'Take no entries until resumed', handle: pause },
  { method: 'POST', path: '/control/resume', needs: 'admin', id: 'resume', summary: 'Take entries again', handle: resume },
  { method: 'POST', path: '/control/panic', needs: 'admin', id: 'panic', summary: 'Halt, close everything at market, and prove it', handle: panic },
  { method: 'POST', path: '/control/reset-kill-switch', needs: 'admin', id: 'resetKillSwitch', summary: 'Lift a halt; loss limits count from here', handle: resetKillSwitch },
  { method: 'POST', path: '/control/arm', needs: 'admin', id: 'arm', summary: 'Live: take entries, after a fresh look at the account', handle: arm },
  { method: 'POST', path: '/control/reconcile', needs: 'admin', id: 'reconcile', summary: 'Live: compare the account with the journal now', handle: reconcile },
  { method: 'POST', path: '/market/price/{value}', needs: 'trade', id: 'pinPrice', summary: 'Pin the simulator\'s price of all symbols', handle: pinPrice },
  { method: 'DELETE', path: '/market/price', needs: 'trade', id: 'releasePrice', summary: 'Release the pinned price', handle: releasePrice },
]
