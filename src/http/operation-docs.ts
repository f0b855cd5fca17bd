/** What each operation takes and answers, for the API's description. */
import { z } from 'zod'
import type { LoadedSchemas } from './lazy-schemas.ts'
import { adoptionPreview, alive, dryRunView, exitSignalAnswer, groupedStats, health, marketPrice, marketView, orderView, panicReport, positionDetail, positionView, reconciliation, signalAnswer, tradingState } from './views.ts'

type Answer = { readonly description: string; readonly schema?: z.ZodType; readonly contentType?: string; readonly headers?: Readonly<Record<string, unknown>> }

export type OperationDoc = {
  readonly tag: 'Signals' | 'Orders' | 'Positions' | 'Prices' | 'Control' | 'Operation'
  readonly path?: z.ZodType
  readonly query?: z.ZodType
  readonly headers?: readonly Record<string, unknown>[]
  readonly body?: z.ZodType
  readonly bodyRequired?: boolean
  readonly answers: Readonly<Record<string, Answer>>
  /** Problems beyond those that every operation of its kind has. */
  readonly refusals?: Readonly<Record<string, string>>
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A repeat with the same key gets the first answer and `"duplicate": true`.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}
const total = { 'X-Total-Count': { description: 'All that match', schema: { type: 'integer' } } }
const next = { Link: { description: 'rel="next": the next page', schema: { type: 'string' } } }
const later = { 503: 'Recovering, stopping, or the journal cannot be written; try again' }
const none = { 404: 'There is none' }
const notSimulated = { 409: 'Prices are not simulated' }

/** By the route's id. */
export function operationDocs(schemas: LoadedSchemas): Readonly<Record<string, OperationDoc>> {
  return { ...entryDocs(schemas), ...exitSignalDocs(schemas), ...hookDocs, ...changeDocs(schemas), ...readingDocs(schemas), ...controlDocs(schemas), ...OPERATION_DOCS }
}

const entryDocs = ({ entry, dryRunQuery }: LoadedSchemas): Record<string, OperationDoc> => ({
  postBounceSignal: {
    tag: 'Signals', headers: [idempotencyKey], query: dryRunQuery, body: entry.bounceSignal, refusals: later,
    answers: { 200: { description: 'Opened, blocked by a limit (risk_ok false), or not traded (oms_enabled false); with dry_run what it would be', schema: z.union([signalAnswer, dryRunView]) } },
  },
  postOrder: {
    tag: 'Orders', headers: [idempotencyKey], body: entry.manualOrder, refusals: later,
    answers: { 200: { description: 'Blocked or not traded: no order', schema: signalAnswer }, 201: { description: 'The order', schema: orderView } },
  },
})

const matched = {
  200: {
    description: 'Done as far as `refused` does not say otherwise; closes may still be under way. A repeat without a key finds nothing open any more: matched 0',
    schema: exitSignalAnswer,
  },
}
const exitSignalDocs = ({ exits: { closeSignalBody, partialCloseSignalBody, levelsSignalBody }, entry }: LoadedSchemas): Record<string, OperationDoc> => ({
  postCloseSignal: { tag: 'Signals', headers: [idempotencyKey], body: closeSignalBody, refusals: later, answers: matched },
  postPartialCloseSignal: {
    tag: 'Signals', headers: [idempotencyKey], body: partialCloseSignalBody, refusals: later,
    answers: { 200: { ...matched[200], description: 'Asked of every position that matched except `refused`. Send signal_id or Idempotency-Key: a repeat without one closes a further part' } },
  },
  postLevelsSignal: {
    tag: 'Signals', headers: [idempotencyKey], body: levelsSignalBody, refusals: later,
    answers: { 200: { ...matched[200], description: 'Moved for every position that matched except `refused`' } },
  },
  postTradeEvent: {
    tag: 'Signals', headers: [idempotencyKey], body: entry.tradeEvent, refusals: later,
    answers: { 200: { description: 'OPEN: as a signal; CLOSE: what was closed', schema: z.union([signalAnswer, exitSignalAnswer]) } },
  },
})

const hookDocs: Record<string, OperationDoc> = {
  postTradingViewAlert: {
    tag: 'Signals', path: z.object({ token: z.string().describe('An API key with the scope signal; `body`: the key stands in the alert as "secret"') }),
    body: z.looseObject({ ticker: z.string(), side: z.string(), price: z.string(), time: z.string() }).describe('JSON or text with the fields that alert senders use; docs/tradingview.md'),
    refusals: { ...later, 401: 'The token is not known', 403: 'This service has no keys', 429: 'More than 100 alerts of one key in a second' },
    answers: { 200: { description: 'An entry as a signal; a close with what was closed', schema: z.union([signalAnswer, exitSignalAnswer]) } },
  },
}

const changeDocs = ({ idPath, exits: { partialCloseBody, levelsBody } }: LoadedSchemas): Record<string, OperationDoc> => ({
  partialClosePosition: {
    tag: 'Positions', path: idPath, body: partialCloseBody, refusals: { ...none, 409: 'Finished, being closed, not filled yet, or no price is known', ...later },
    answers: { 200: { description: 'The part is closed', schema: positionView }, 202: { description: 'Being closed', schema: positionView } },
  },
  movePositionLevels: {
    tag: 'Positions', path: idPath, body: levelsBody, refusals: { ...none, 409: 'Finished or being closed', ...later },
    answers: { 200: { description: 'Moved; the orders follow', schema: positionView } },
  },
})

const readingDocs = ({ positionsQuery, statsQuery, ordersQuery, symbolQuery, idPath }: LoadedSchemas): Record<string, OperationDoc> => ({
  listOrders: {
    tag: 'Orders', query: ordersQuery, refusals: later,
    answers: { 200: { description: 'Newest first', schema: z.array(orderView), headers: total } },
  },
  getOrder: { tag: 'Orders', path: idPath, refusals: { ...none, ...later }, answers: { 200: { description: 'The order', schema: orderView } } },
  listPositions: {
    tag: 'Positions', query: positionsQuery, refusals: later,
    answers: { 200: { description: 'Oldest first', schema: z.array(positionView), headers: { ...total, ...next } } },
  },
  getPosition: { tag: 'Positions', path: idPath, refusals: { ...none, ...later }, answers: { 200: { description: 'The position', schema: positionDetail } } },
  getStats: { tag: 'Positions', query: statsQuery, refusals: later, answers: { 200: { description: 'Results', schema: groupedStats } } },
  getMarket: {
    tag: 'Prices', query: symbolQuery, refusals: none,
    answers: { 200: { description: 'With a symbol its quote, without one all quotes', schema: z.union([marketView, z.array(marketView)]) } },
  },
  getMarketPrice: {
    tag: 'Prices', query: symbolQuery, refusals: none,
    answers: { 200: { description: 'The price that decides (PRICE_MODE)', schema: marketPrice } },
  },
})

const controlDocs = ({ idPath, adoptBody, closeBody, controlBody, pricePath }: LoadedSchemas): Record<string, OperationDoc> => ({
  closePosition: {
    tag: 'Positions', path: idPath, body: closeBody, bodyRequired: false, refusals: { ...none, 409: 'No price is known; or a price is stated for what did not vanish', ...later },
    answers: { 200: { description: 'Closed, now or before', schema: positionView }, 202: { description: 'Being closed', schema: positionView } },
  },
  adoptPosition: {
    tag: 'Positions', body: adoptBody, refusals: { 409: 'Not live, no such position, or no price is known', ...later },
    answers: { 200: { description: 'What would be done; nothing is', schema: adoptionPreview }, 201: { description: 'Adopted; its stop is placed', schema: positionView } },
  },
  pause: { tag: 'Control', body: controlBody, refusals: later, answers: { 200: { description: 'No entries are taken', schema: tradingState } } },
  resume: { tag: 'Control', body: controlBody, refusals: { 409: 'Halted: reset the kill switch', ...later }, answers: { 200: { description: 'Entries are taken', schema: tradingState } } },
  panic: {
    tag: 'Control', body: controlBody, refusals: later,
    answers: { 200: { description: 'Halted, and flat in LOMS and at the broker', schema: panicReport }, 202: { description: 'Halted; `left` is still open. A repeat goes on waiting', schema: panicReport } },
  },
  arm: { tag: 'Control', body: controlBody, refusals: { 409: 'Not live, not reconciled, or not fit', ...later }, answers: { 200: { description: 'Entries are taken', schema: tradingState } } },
  reconcile: { tag: 'Control', refusals: { 409: 'Not live', ...later }, answers: { 200: { description: 'What differs', schema: reconciliation } } },
  resetKillSwitch: { tag: 'Control', body: controlBody, refusals: { 409: 'Live: not reconciled, or not fit', ...later }, answers: { 200: { description: 'Armed anew', schema: tradingState } } },
  pinPrice: { tag: 'Prices', path: pricePath, refusals: { ...notSimulated, ...later }, answers: { 200: { description: 'Pinned', schema: marketPrice } } },
  releasePrice: { tag: 'Prices', refusals: { ...notSimulated, ...later }, answers: { 200: { description: 'Released', schema: marketPrice } } },
})

const OPERATION_DOCS: Record<string, OperationDoc> = {
  getHealth: { tag: 'Operation', answers: { 200: { description: 'Also when degraded', schema: health } } },
  getLive: { tag: 'Operation', answers: { 200: { description: 'The process answers', schema: alive } } },
  getReady: { tag: 'Operation', refusals: { 503: 'Not ready' }, answers: { 200: { description: 'Signals are accepted', schema: alive } } },
  getMetrics: { tag: 'Operation', answers: { 200: { description: 'Prometheus text', contentType: 'text/plain' } } },
  streamEvents: {
    tag: 'Operation', refusals: { 503: 'Too many readers, or stopping' },
    answers: { 200: { description: 'Server-sent events', contentType: 'text/event-stream' } },
  },
  getOpenApi: { tag: 'Operation', answers: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) } } },
}
