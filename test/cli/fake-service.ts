/** A small service that answers as SPEC H and S promise, on a real port, and remembers what it was asked. */
import { serve, type ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import type { PositionView } from '../../src/domain/wire.ts'

export type SeenRequest = {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  readonly authorization: string | undefined
}
export type FakeAnswer = { readonly status?: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
export type FakeService = { readonly url: string; readonly seen: readonly SeenRequest[]; readonly stop: () => Promise<void> }

/** Answers `METHOD /path` from the table; anything else is a problem+json 404. */
export async function startFakeService(answers: Readonly<Record<string, FakeAnswer | ((request: SeenRequest) => FakeAnswer)>>): Promise<FakeService> {
  const seen: SeenRequest[] = []
  const app = new Hono()
  app.all('*', async (context) => {
    const { method, path } = context.req
    const text = await context.req.text()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    const request: SeenRequest = { method, path, query: context.req.query(), body, authorization: context.req.header('Authorization') }
    seen.push(request)
    const prepared = answers[`${method} ${path}`]
    const known = typeof prepared === 'function' ? prepared(request) : prepared
    const answer = known ?? problem(404, 'Not Found', `No such thing: ${path}`)
    const type = (answer.status ?? 200) < 400 ? 'application/json' : 'application/problem+json'
    const payload = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
    return new Response(payload, { status: answer.status ?? 200, headers: { 'Content-Type': type, ...answer.headers } })
  })
  const server = await new Promise<ServerType>((resolve) => {
    const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, seen, stop: () => new Promise((resolve) => server.close(() => resolve())) }
}

export const problem = (status: number, title: string, detail: string, errors: readonly { field: string; message: string }[] = []): FakeAnswer => ({
  status,
  body: { type: 'about:blank', title, status, detail, errors },
})

/** A closed long of 1 BTC unless told otherwise. */
export const positionView = (changes: Partial<PositionView> = {}): PositionView => ({
  id: 1,
  exchange: 'bitget',
  market_type: 'paper_sim',
  symbol: 'BTCUSDT',
  side: 'long',
  qty: 1,
  open_qty: 0,
  account_label: 'lab_dev',
  strategy: 'bounce_ema10_strict',
  external_order_id: 'v-1',
  external_position_ref: null,
  sl_order_id: 'v-2',
  tp_order_id: 'v-3',
  entry_price: 64000,
  tp_price: 66880,
  sl_price: 63040,
  status: 'closed',
  state: 'closed',
  created_at: '2026-11-21T10:00:00.000Z',
  closed_at: '2026-11-21T10:05:00.000Z',
  close_price: 66880,
  pnl: 2880,
  fees: 0,
  auto_close_reason: 'tp',
  exit_strategy: 'tp_sl_static',
  dynamic_tp_price: null,
  dynamic_sl_price: null,
  max_favorable_move: 4.5,
  max_adverse_move: 0.5,
  exit_meta: {},
  ...changes,
})
