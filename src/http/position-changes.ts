/** Requests by which a person closes a part of a position or moves its levels. */
import { assertNever } from '../domain/assert.ts'
import { jsonBody, type Call } from './call.ts'
import { invalid, json, problem, unavailable } from './reply.ts'
import type { Route } from './route.ts'

const by =
  (reader: 'readPartialClose' | 'readLevels') =>
  async (call: Call): Promise<Response> => {
    const { requestId, service } = call
    const { check, idPath, exits } = await service.schemas.load()
    const path = check(idPath, call.context.req.param())
    if (!path.ok) return invalid(requestId, path.problems)
    const body = await jsonBody(call)
    if (!body.ok) return body.response
    const reading = (reader === 'readPartialClose' ? exits.readPartialClose : exits.readLevels)(body.value)
    if (!reading.ok) return invalid(requestId, reading.problems)
    const { id } = path.value
    const outcome = await service.application.changePosition(id, reading.change, reading.note)
    switch (outcome.kind) {
      case 'done':
        return json(requestId, 200, outcome.position)
      case 'under_way':
        return json(requestId, 202, outcome.position)
      case 'unknown_position':
        return problem(requestId, { status: 404, code: 'not_found', detail: `There is no position ${id}.` })
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

export const POSITION_CHANGE_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/positions/{id}/partial-close', needs: 'trade', id: 'partialClosePosition', summary: 'Close a part of a position at market', handle: by('readPartialClose') },
  { method: 'POST', path: '/positions/{id}/levels', needs: 'trade', id: 'movePositionLevels', summary: 'Move stop or target of a position', handle: by('readLevels') },
]
