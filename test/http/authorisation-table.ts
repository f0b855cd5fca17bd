/**
 * Who may do what, written down a second time: a route that is missing here, or that is opened by accident, is noticed.
 * Each row also holds a request that has an effect for who may, so that a refusal that comes too late is noticed, too.
 */
import type { Need } from '../../src/http/keys.ts'

/** What the requests are made of: every call is another signal. */
export type World = { readonly counter: () => number; readonly positionId: () => number }

export type Row = {
  readonly need: Need
  readonly path: (world: World) => string
  readonly body?: (world: World) => unknown
  /** Answered to whoever may. */
  readonly granted: number
  /** A granted request leaves records in the journal. */
  readonly effect: boolean
}

const signal = (world: World): Record<string, unknown> => ({
  symbol: 'BTCUSDT', side: 'long', price: 100, qty: 0.01, timestamp: new Date(Date.UTC(2026, 0, 1) + 60_000 * world.counter()).toISOString(),
})
const order = (): Record<string, unknown> => ({ symbol: 'BTCUSDT', side: 'buy', qty: 0.01, entry_price: 100 })
const trade = (world: World): Record<string, unknown> => ({
  event_type: 'OPEN', strategy_name: 's', symbol: 'BTCUSDT', direction: 'LONG', entry_price: 100, quantity: 0.01, tp_price: 104, sl_price: 98, timestamp: signal(world)['timestamp'],
})
const why = (): Record<string, unknown> => ({ reason: 'authorisation' })
const at = (path: string) => (): string => path
const looks = (need: Need, path: string): Row => ({ need, path: at(path), granted: 200, effect: false })
const acts = (need: Need, path: Row['path'], body?: Row['body'], granted = 200): Row => ({ need, path, ...(body ? { body } : {}), granted, effect: true })
const onPosition = (action: string) => (world: World): string => `/positions/${world.positionId()}/${action}`

export const EXPECTED: Readonly<Record<string, Row>> = {
  'POST /signals/bounce': acts('signal', at('/signals/bounce'), signal),
  'POST /orders': acts('trade', at('/orders'), order, 201),
  'POST /signals/close': acts('signal', at('/signals/close'), () => ({ symbol: 'BTCUSDT' })),
  'POST /signals/partial-close': acts('signal', at('/signals/partial-close'), () => ({ symbol: 'BTCUSDT', pct: 10 })),
  'POST /signals/levels': acts('signal', at('/signals/levels'), () => ({ symbol: 'BTCUSDT', sl_price: 97 })),
  'POST /signals/trade': acts('signal', at('/signals/trade'), trade),
  'GET /orders': looks('read', '/orders'),
  'GET /orders/{id}': looks('read', '/orders/1'),
  'GET /positions': looks('read', '/positions'),
  'GET /positions/{id}': looks('read', '/positions/1'),
  'GET /stats': looks('read', '/stats?group_by=day'),
  'GET /market': looks('read', '/market'),
  'GET /market/price': looks('read', '/market/price?symbol=BTCUSDT'),
  'POST /positions/{id}/partial-close': acts('trade', onPosition('partial-close'), () => ({ pct: 10 })),
  'POST /positions/{id}/levels': acts('trade', onPosition('levels'), () => ({ sl_price: 99 })),
  'POST /positions/{id}/close': acts('trade', onPosition('close')),
  'POST /market/price/{value}': acts('trade', (world) => `/market/price/${100 + world.counter() / 1e6}`),
  'DELETE /market/price': acts('trade', at('/market/price')),
  'POST /control/pause': acts('admin', at('/control/pause'), why),
  'POST /control/resume': acts('admin', at('/control/resume'), why),
  'POST /control/reset-kill-switch': acts('admin', at('/control/reset-kill-switch'), why),
  // Paper has no account to arm or to compare.
  'POST /control/arm': { ...acts('admin', at('/control/arm'), why, 409), effect: false },
  'POST /positions/adopt': { ...acts('admin', at('/positions/adopt'), () => ({ symbol: 'BTCUSDT', side: 'long', sl_price: 98, reason: 'authorisation' }), 409), effect: false },
  'POST /control/reconcile': { ...acts('admin', at('/control/reconcile'), undefined, 409), effect: false },
  'POST /control/panic': acts('admin', at('/control/panic'), why),
  'GET /health': looks('open', '/health'),
  'GET /livez': looks('open', '/livez'),
  'GET /readyz': looks('open', '/readyz'),
  'GET /metrics': looks('read', '/metrics'),
  'GET /events': looks('read', '/events'),
  'GET /openapi.json': looks('open', '/openapi.json'),
  'GET /docs': looks('open', '/docs'),
  'GET /docs/{file}': looks('open', '/docs/start.js'),
  'GET /': looks('open', '/'),
  'GET /session': looks('open', '/session'),
  'POST /session': { need: 'open', path: at('/session'), body: () => ({ key: 'nobody' }), granted: 401, effect: false },
  'DELETE /session': looks('open', '/session'),
  'GET /page/records': looks('read', '/page/records'),
  'GET /page/live': looks('read', '/page/live'),
  'GET /page/status': looks('read', '/page/status'),
  'GET /page/settings': looks('read', '/page/settings'),
  'GET /page/prices': looks('read', '/page/prices?symbol=BTCUSDT'),
  'GET /page/journal': looks('read', '/page/journal'),
  'GET /page/finished': looks('read', '/page/finished'),
  'GET /page/positions/{id}': looks('read', '/page/positions/1'),
  'GET /assets/{file}': { ...looks('open', '/assets/none.js'), granted: 404 },
}

/** The key is part of the address or of the alert. */
export const HOOK = 'POST /hooks/tradingview/{token}'
export const alert = (world: World, secret?: string): Record<string, unknown> => ({
  ticker: 'BTCUSDT', side: 'buy', price: '100', time: new Date(Date.UTC(2026, 0, 1) + 60_000 * world.counter()).toISOString(), ...(secret === undefined ? {} : { secret }),
})

export const SCOPES: Readonly<Record<'read' | 'signal' | 'trade' | 'admin' | 'all', readonly Need[]>> = {
  read: ['read'],
  signal: ['signal'],
  trade: ['read', 'signal', 'trade'],
  admin: ['read', 'admin'],
  all: ['read', 'signal', 'trade', 'admin'],
}
