/** Health, metrics, events and the pages: what operators and their tools look at. */
import { presentedKey } from './keys.ts'
import type { Call } from './call.ts'
import { json, problem, reply } from './reply.ts'
import type { Route } from './route.ts'

function health({ context, requestId, service }: Call): Response {
  const view = service.application.health()
  const { ok, service: name, status } = view
  if (service.keys.open) return json(requestId, 200, view)
  const presented = presentedKey(context.req.header('x-api-key'), context.req.header('authorization'))
  const known = (presented === undefined ? service.sessions.find(context.req.header('cookie')) : service.keys.find(presented)) !== undefined
  return json(requestId, 200, known ? view : { ok, service: name, status })
}

const live = ({ requestId }: Call): Response => json(requestId, 200, { ok: true })

function ready({ requestId, service }: Call): Response {
  if (service.application.ready()) return json(requestId, 200, { ok: true })
  const detail = 'The service is not ready: it is starting, recovering or stopping.'
  return problem(requestId, { status: 503, code: 'not_ready', detail, headers: { 'retry-after': '1' } })
}

async function metrics({ requestId, service }: Call): Promise<Response> {
  const { contentType, body } = await service.application.metrics()
  return reply(requestId, 200, contentType, body)
}

/** A HEAD request gets the headers of the stream without opening one. */
const events = ({ context, requestId, service }: Call): Response =>
  context.req.raw.method === 'HEAD' ? reply(requestId, 200, 'text/event-stream', null) : service.streams.answer(requestId)

async function openApi({ requestId, service }: Call): Promise<Response> {
  const { openApiText } = await import('./openapi.ts')
  return reply(requestId, 200, 'application/json; charset=utf-8', openApiText(await service.schemas.load(), service.routes, service.application.health().version))
}

/** A file of the pages, by its path. */
export async function staticFile({ context, requestId }: Call): Promise<Response> {
  const { pageFile } = await import('./pages.ts')
  const file = pageFile(context.req.path)
  if (!file) return problem(requestId, { status: 404, code: 'not_found', detail: 'There is no such file.' })
  return reply(requestId, 200, file.contentType, file.body, { 'content-security-policy': file.policy, 'cache-control': file.cache })
}

export const OPERATION_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/health', needs: 'open', id: 'getHealth', summary: 'State of the service; details only with a key once keys exist', handle: health },
  { method: 'GET', path: '/livez', needs: 'open', id: 'getLive', summary: 'The process answers', handle: live },
  { method: 'GET', path: '/readyz', needs: 'open', id: 'getReady', summary: 'Recovered and accepting signals', handle: ready },
  { method: 'GET', path: '/metrics', needs: 'read', id: 'getMetrics', summary: 'Figures for Prometheus', handle: metrics },
  { method: 'GET', path: '/events', needs: 'read', id: 'streamEvents', summary: 'Everything that happens, as server-sent events', handle: events },
  { method: 'GET', path: '/openapi.json', needs: 'open', id: 'getOpenApi', summary: 'This description', handle: openApi },
  { method: 'GET', path: '/docs', needs: 'open', id: 'getDocs', summary: 'A page to read this description', handle: staticFile },
  { method: 'GET', path: '/docs/{file}', needs: 'open', id: 'getDocsFile', summary: 'A part of that page', handle: staticFile },
  { method: 'GET', path: '/', needs: 'open', id: 'getStartPage', summary: 'Where to go from here', handle: staticFile },
]
