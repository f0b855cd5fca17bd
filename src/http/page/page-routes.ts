/** What the operator's page reads. */
import type { Call } from '../call.ts'
import { staticFile } from '../operation.ts'
import { invalid, json, problem, reply, unavailable } from '../reply.ts'
import type { Route } from '../route.ts'
import type { PagePort, RecordView } from './page-port.ts'

/** Records looked at for one answer; the rest is asked for with `to`. */
const LOOKED_AT = 2_000
const DEFAULT_LIMIT = 200
const MOST_FINISHED = 1_000

const withPort =
  (handle: (call: Call, port: PagePort) => Response | Promise<Response>) =>
  (call: Call): Response | Promise<Response> =>
    call.service.page ? handle(call, call.service.page) : problem(call.requestId, { status: 404, code: 'not_found', detail: 'This service has no page.' })

const live = withPort(({ context, requestId, service }) =>
  context.req.raw.method === 'HEAD' || !service.live ? reply(requestId, 200, 'text/event-stream', null) : service.live.answer(requestId),
)

const records = withPort(({ context, requestId, service }) => {
  const position = context.req.query('position')
  if (position !== undefined && whole(position) === undefined) return invalid(requestId, [{ field: 'position', message: 'must be a whole number' }])
  if (context.req.raw.method === 'HEAD' || !service.records) return reply(requestId, 200, 'text/event-stream', null)
  return service.records.answer(requestId, whole(position) ?? null)
})

const status = withPort(({ requestId }, port) => json(requestId, 200, port.status()))
const settings = withPort(({ requestId }, port) => json(requestId, 200, port.settings))

const prices = withPort(({ context, requestId }, port) => json(requestId, 200, port.priceHistory(context.req.query('symbol') ?? '')))

const whole = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined)

/** Newest first, from `to` down; `next` is where to go on. */
const journal = withPort(({ context, requestId }, port) => {
  const query = context.req.query()
  for (const name of ['to', 'limit', 'position'] as const) {
    if (query[name] !== undefined && whole(query[name]) === undefined) return invalid(requestId, [{ field: name, message: 'must be a whole number' }])
  }
  const durable = port.durableSeq()
  const to = Math.min(whole(query['to']) ?? durable, durable)
  const from = Math.max(1, to - LOOKED_AT + 1)
  const limit = Math.min(whole(query['limit']) ?? DEFAULT_LIMIT, LOOKED_AT)
  const types = query['types'] ? new Set(query['types'].split(',')) : null
  const position = whole(query['position'])
  const found: RecordView[] = []
  for (const record of to < 1 ? [] : port.records(from, to)) {
    const { body } = record
    if (types && !types.has(body.type)) continue
    if (position !== undefined && body['positionId'] !== position) continue
    found.push(record)
  }
  const records = found.slice(-limit).reverse()
  const lowest = found.length > limit ? (records.at(-1)?.seq ?? from) : from
  return json(requestId, 200, { records, next: lowest > 1 ? lowest - 1 : null, durable_seq: durable })
})

/** A page of finished positions, for the reports. */
const finished = withPort(async ({ context, requestId }, port) => {
  const query = context.req.query()
  for (const name of ['from', 'limit'] as const) {
    if (query[name] !== undefined && whole(query[name]) === undefined) return invalid(requestId, [{ field: name, message: 'must be a whole number' }])
  }
  const read = await port.finished(whole(query['from']) ?? 0, Math.min(whole(query['limit']) ?? MOST_FINISHED, MOST_FINISHED))
  return read.kind === 'ok' ? json(requestId, 200, read.value) : unavailable(requestId, read.message)
})

const positionRecords = withPort(async ({ context, requestId }, port) => {
  const id = whole(context.req.param('id'))
  if (id === undefined) return invalid(requestId, [{ field: 'id', message: 'must be a whole number' }])
  const read = await port.positionRecords(id)
  if (read.kind === 'unavailable') return unavailable(requestId, read.message)
  return read.value ? json(requestId, 200, read.value) : problem(requestId, { status: 404, code: 'not_found', detail: `There is no position ${id}.` })
})

export const PAGE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/page/live', needs: 'read', id: 'pageLive', summary: 'What the page shows, as server-sent events', handle: live },
  { method: 'GET', path: '/page/records', needs: 'read', id: 'pageRecords', summary: 'The journal as it grows, as server-sent events', handle: records },
  { method: 'GET', path: '/page/status', needs: 'read', id: 'pageStatus', summary: 'Mode, health, limits in use', handle: status },
  { method: 'GET', path: '/page/settings', needs: 'read', id: 'pageSettings', summary: 'Every setting in force and where it came from', handle: settings },
  { method: 'GET', path: '/page/prices', needs: 'read', id: 'pagePrices', summary: 'Recent prices of a symbol, once a second', handle: prices },
  { method: 'GET', path: '/page/journal', needs: 'read', id: 'pageJournal', summary: 'Records of the journal, newest first', handle: journal },
  { method: 'GET', path: '/page/finished', needs: 'read', id: 'pageFinished', summary: 'Finished positions in the order in which they finished', handle: finished },
  { method: 'GET', path: '/page/positions/{id}', needs: 'read', id: 'pagePositionRecords', summary: 'The records of one position', handle: positionRecords },
  { method: 'GET', path: '/assets/{file}', needs: 'open', id: 'getAsset', summary: 'A file of the page', handle: staticFile },
]
