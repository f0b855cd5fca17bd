/** Records what the HTTP side asks of the application, and answers what a test wants. */
import { createApp, type HttpApi } from '../../src/http/app.ts'
import type { AdoptionOutcome, AdoptionRequest, Application, ChangeOutcome, CloseOutcome, Conflict, ControlRequest, DryRunOutcome, EntryOutcome, EntryRequest, ExitSignalOutcome, ExitSignalRequest, HealthView, MarketView, PanicReport, PublishedNotice, Read, TradingView } from '../../src/http/application.ts'
import type { OrderView, PageRequest, PositionDetail, PositionFilter, PositionView, Stats } from '../../src/domain/wire.ts'
import { KNOWN, settingsWith } from '../signals/settings.ts'

export const POSITION: PositionView = {
  id: 7, exchange: 'bitget', market_type: 'paper_sim', symbol: 'BTCUSDT', side: 'long', qty: 1, open_qty: 1, account_label: 'lab_dev', strategy: 's', external_order_id: null,
  external_position_ref: null, sl_order_id: 'abcdef-7-s1', tp_order_id: null, entry_price: 100, tp_price: 104.5, sl_price: 98.5, status: 'open', state: 'sl-placed',
  created_at: '2026-01-31T12:00:00.000Z', closed_at: null, close_price: null, pnl: null, fees: 0, auto_close_reason: null, exit_strategy: 'tp_sl_static',
  dynamic_tp_price: null, dynamic_sl_price: null, max_favorable_move: 0, max_adverse_move: 0, exit_meta: {},
}
export const ORDER: OrderView = {
  id: 5, position_id: 7, role: 'entry', symbol: 'BTCUSDT', side: 'buy', qty: 1, order_type: 'market', tp_price: 104.5, sl_price: 98.5, status: 'created',
  created_at: '2026-01-31T12:00:00.000Z', client_order_id: 'abcdef-7-e1', external_order_id: null, fills: [],
}
export const STATS: Stats = {
  total_positions: 1, open_positions: 1, closed_positions: 0, winning_trades: 0, losing_trades: 0, tp_count: 0, sl_count: 0, total_pnl: 0, avg_pnl_per_trade: 0,
  avg_pnl_win: null, avg_pnl_loss: null, winrate: 0, max_drawdown: 0, profit_factor: null, expectancy: 0, avg_duration_sec: null, trades_per_day: 0,
}
export const QUOTE: MarketView = {
  symbol: 'BTCUSDT', ts: '2026-01-31T12:00:00.000Z', bid: 99, ask: 101, last: 100, mark: null, source: 'simulator', mode: 'last', price: 100, age_ms: 12,
}
export const HEALTH: HealthView = {
  ok: true, service: 'CryptoNakCore LOMS', status: 'ok', environment: 'dev', broker_mode: 'paper', oms_enabled: true, database_url: 'file:state/data/dev',
  audit_log_path: 'audit.jsonl', price_source: 'simulator', price_mode: 'last', degraded: [], trading: { state: 'active', reason: null }, risk: {}, executor: {}, price_feed: {},
  watcher: {}, store: {}, supervisor: { state: 'running' }, version: '1.0.0', uptime_sec: 1,
}
export const OPENED: EntryOutcome = {
  kind: 'answered',
  answer: {
    received: true, oms_enabled: true, risk_ok: true, order_id: 5, position_id: 7, tp_price: 104.5, sl_price: 98.5, exit_strategy: 'tp_sl_static', state: 'pending',
  },
}

export const PANIC: PanicReport = { state: 'halted', reason: '', flat: true, closed: 1, left: [], broker: { name: 'paper', flat: true, positions: [], error: null }, steps: [] }

export class StubApplication implements Application {
  readonly calls: unknown[][] = []
  readonly entries: EntryRequest[] = []
  outcome: EntryOutcome = OPENED
  closing: CloseOutcome = { kind: 'closed', position: POSITION }
  changed: ChangeOutcome = { kind: 'done', position: POSITION }
  exited: ExitSignalOutcome = { kind: 'answered', answer: { received: true, matched: 1, positions: [7], refused: [] } }
  down = false
  isReady = true
  simulated = true
  halted = false
  dry: DryRunOutcome = { kind: 'unavailable', message: 'recovering' }
  nextPage: number | null = null
  fault: Error | undefined
  listeners = new Set<(published: PublishedNotice) => void>()

  ready = (): boolean => this.isReady
  enter = (request: EntryRequest) => {
    this.entries.push(request)
    return this.fault ? Promise.reject(this.fault) : Promise.resolve(this.outcome)
  }
  closePosition = (id: number, reason: string | null) => this.#noted(this.closing, 'close', id, reason)
  changePosition = (id: number, change: unknown, reason: string | null) => this.#noted(this.changed, 'change', id, change, reason)
  signalExit = (request: ExitSignalRequest) => this.#noted(this.exited, 'exit', request)
  pause = (request: ControlRequest) => this.#read({ state: 'paused', reason: request.reason }, 'pause', request.reason)
  resume = (request: ControlRequest): Promise<Read<TradingView> | Conflict> =>
    this.halted ? Promise.resolve({ kind: 'conflict', code: 'halted', message: 'Trading is halted.' }) : this.#read({ state: 'active', reason: request.reason }, 'resume', request.reason)
  panic = (request: ControlRequest) => this.#read({ ...PANIC, reason: request.reason, flat: !this.halted }, 'panic', request.reason, request.accountLabel)
  resetKillSwitch = (request: ControlRequest) => this.#read({ state: 'active', reason: request.reason }, 'reset', request.reason, request.accountLabel)
  arm = (request: ControlRequest) => this.#read({ state: 'active', reason: request.reason }, 'arm', request.reason, request.accountLabel)
  adopting: AdoptionOutcome = { kind: 'adopted', position: POSITION }
  adopt = (request: AdoptionRequest) => this.#noted(this.adopting, 'adopt', request)
  statePrice = (id: number, price: string, reason: string) => this.#noted(this.changed, 'state', id, price, reason)
  reconcile = () => this.#read({ agrees: true, findings: [] }, 'reconcile')
  dryRun = (request: EntryRequest): DryRunOutcome => {
    this.calls.push(['dry-run', request.signal.symbol])
    return this.dry
  }
  positions = (filter: PositionFilter, page: PageRequest) => this.#read({ items: [POSITION], total: 42, next: this.nextPage }, 'positions', filter, page)
  position = (id: number) =>
    this.#read<PositionDetail | undefined>(id === 7 ? { ...POSITION, orders: [ORDER], events: [{ seq: 1, at: POSITION.created_at, type: 'signal.received' }] } : undefined, 'position', id)
  orders = (filter: unknown) => this.#read({ items: [ORDER], total: 1, next: null }, 'orders', filter)
  order = (id: number) => this.#read(id === 5 ? ORDER : undefined, 'order', id)
  stats = (filter: PositionFilter, groupBy: unknown) => this.#read({ ...STATS, ...(groupBy ? { groups: { BTCUSDT: STATS } } : {}) }, 'stats', filter, groupBy)
  health = (): HealthView => HEALTH
  market = (symbol: string): MarketView | undefined => (symbol === 'BTCUSDT' ? QUOTE : symbol === 'MARKLESS' ? { ...QUOTE, price: null } : undefined)
  marketSymbols = (): readonly string[] => ['BTCUSDT', 'GONE']
  pinPrice = (price: number | null) => (this.simulated ? this.#read({ market_price: price }, 'pin', price) : Promise.resolve({ kind: 'not_simulated' as const }))
  subscribe = (listener: (published: PublishedNotice) => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  metrics = () => Promise.resolve({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'loms_positions_open 1\n' })

  publish(published: PublishedNotice): void {
    for (const listener of this.listeners) listener(published)
  }
  #noted<T>(value: T, ...call: unknown[]): Promise<T> {
    this.calls.push(call)
    return Promise.resolve(value)
  }
  #read<T>(value: T, ...call: unknown[]) {
    this.calls.push(call)
    return Promise.resolve(this.down ? { kind: 'unavailable' as const, message: 'The journal cannot be written.' } : { kind: 'ok' as const, value })
  }
}

export type Setup = { readonly application: StubApplication; readonly api: HttpApi; readonly logged: { fields: Readonly<Record<string, unknown>>; message: string }[]; readonly clock: { now: number } }

/** The HTTP side over a stub, as the settings say. */
export function setup(environment: Record<string, string> = {}): Setup {
  const application = new StubApplication()
  const logged: Setup['logged'] = []
  const clock = { now: 0 }
  const logger = { error: (fields: Readonly<Record<string, unknown>>, message: string) => void logged.push({ fields, message }) }
  const api = createApp({ application, settings: settingsWith(environment), knownExitStrategies: KNOWN, logger, now: () => clock.now })
  return { application, api, logged, clock }
}

export const SIGNAL = { symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: '2026-01-31T12:00:00Z' }

/** A POST with a body: text as it is, anything else as JSON. */
export const post = ({ api }: Setup, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(api.app.request(path, { method: 'POST', headers, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) }))
export const get = ({ api }: Setup, path: string, headers: Record<string, string> = {}): Promise<Response> => Promise.resolve(api.app.request(path, { headers }))

export type ProblemBody = { status: number; code: string; detail: string; title: string; request_id: string; errors?: { field: string; message: string }[] }
export const bodyOf = async <T = Record<string, unknown>>(response: Response): Promise<T> => (await response.json()) as T
