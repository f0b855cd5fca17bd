/** What the HTTP side asks of the service. Every answer is durable when it arrives (H-7). */
import type { ExitChange, ExitSignal, ExitSignalAnswer } from '../domain/exit-signal.ts'
import type { EntryKind } from '../domain/facts.ts'
import type { Notice } from '../domain/notices.ts'
import type { SignalAnswer } from '../domain/signal-answer.ts'
import type { JsonObject, Signal } from '../domain/signal.ts'
import type { GroupedStats, OrderView, Page, PageRequest, PositionDetail, PositionFilter, PositionView, StatsGroup } from '../domain/wire.ts'
import type { OrderRole } from '../domain/ids.ts'
import type { FieldProblem } from '../signals/json-body.ts'

export type { FieldProblem }

/** An entry request that passed validation of shape and range. */
export type EntryRequest = {
  readonly kind: EntryKind
  readonly signal: Signal
  readonly payload: JsonObject
  readonly idempotencyKey: string | null
}

export type EntryOutcome =
  | { readonly kind: 'answered'; readonly answer: SignalAnswer & { readonly duplicate?: true } }
  /** The same key with another payload. */
  | { readonly kind: 'key_reused'; readonly field: 'Idempotency-Key' | 'signal_id' }
  /** Stale, from the future, too far from the market, unknown symbol. */
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[] }
  /** Recovering, draining, journal or audit log not writable. */
  | { readonly kind: 'unavailable'; readonly message: string }

export type CloseOutcome =
  | { readonly kind: 'closed' | 'closing'; readonly position: PositionView }
  | { readonly kind: 'unknown_position' }
  | { readonly kind: 'price_unavailable'; readonly symbol: string }
  | { readonly kind: 'unavailable'; readonly message: string }

/** Why a position is left as it is. */
export type ChangeRefusal =
  /** Its state does not allow it now; `code` is for programs. */
  | { readonly kind: 'conflict'; readonly code: string; readonly message: string }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[] }

export type ChangeOutcome =
  | { readonly kind: 'done' | 'under_way'; readonly position: PositionView }
  | { readonly kind: 'unknown_position' }
  | ChangeRefusal
  | Unavailable

/** A signal for open positions that passed validation. */
export type ExitSignalRequest = { readonly signal: ExitSignal; readonly payload: JsonObject; readonly idempotencyKey: string | null }

export type ExitSignalOutcome =
  | { readonly kind: 'answered'; readonly answer: ExitSignalAnswer & { readonly duplicate?: true } }
  | Extract<EntryOutcome, { kind: 'key_reused' }>
  | Unavailable

export type Unavailable = { readonly kind: 'unavailable'; readonly message: string }
export type Read<T> = { readonly kind: 'ok'; readonly value: T } | Unavailable

export type MarketView = {
  readonly symbol: string
  readonly ts: string
  readonly bid: number | null
  readonly ask: number | null
  readonly last: number | null
  readonly mark: number | null
  readonly source: string
  readonly mode: string
  /** The price the mode selects; null where its field is missing. */
  readonly price: number | null
  readonly age_ms: number
}

/** `GET /health` without what HTTP itself adds. */
export type HealthView = {
  readonly ok: boolean
  readonly service: string
  readonly status: 'ok' | 'degraded'
  readonly environment: string
  readonly broker_mode: string
  readonly oms_enabled: boolean
  readonly database_url: string
  readonly audit_log_path: string
  readonly price_source: string
  readonly price_mode: string
  readonly degraded: readonly string[]
  readonly trading: { readonly state: string; readonly reason: string | null }
  readonly executor: JsonObject
  readonly price_feed: JsonObject
  readonly watcher: JsonObject
  readonly store: JsonObject
  readonly supervisor: { readonly state: string }
  readonly version: string
  readonly uptime_sec: number
}

/** What `/events` streams: notices once they are durable. */
export type PublishedNotice = { readonly seq: number; readonly at: string; readonly notice: Notice }

export interface Application {
  /** Recovered and reconciled: signals are accepted. */
  ready(): boolean
  enter(request: EntryRequest): Promise<EntryOutcome>
  closePosition(id: number, reason: string | null): Promise<CloseOutcome>
  /** Closes a part, or moves stop and target, as a person asks for it. */
  changePosition(id: number, change: Exclude<ExitChange, { kind: 'close' }>, reason: string | null): Promise<ChangeOutcome>
  /** Closes, reduces or re-levels every open position that a signal means. */
  signalExit(request: ExitSignalRequest): Promise<ExitSignalOutcome>
  pause(reason: string): Promise<Read<{ readonly state: string; readonly reason: string }>>
  resume(reason: string): Promise<Read<{ readonly state: string; readonly reason: string }>>
  positions(filter: PositionFilter, page: PageRequest): Promise<Read<Page<PositionView>>>
  position(id: number): Promise<Read<PositionDetail | undefined>>
  /** Newest first; entry orders unless a role is named. */
  orders(filter: { readonly role: OrderRole; readonly limit: number }): Promise<Read<Page<OrderView>>>
  /** The entry order with this id, if it exists. */
  order(id: number): Promise<Read<OrderView | undefined>>
  stats(filter: PositionFilter, groupBy: StatsGroup | undefined): Promise<Read<GroupedStats>>
  health(): HealthView
  /** The last quote of a symbol; undefined if there is none. */
  market(symbol: string): MarketView | undefined
  /** Symbols the feed knows or watches. */
  marketSymbols(): readonly string[]
  /** Pins (null: releases) the simulator's price; refused by other sources. */
  pinPrice(price: number | null): Promise<Read<{ readonly market_price: number | null }> | { readonly kind: 'not_simulated' }>
  /** Calls back with every notice that becomes durable; returns the unsubscribe. */
  subscribe(listener: (published: PublishedNotice) => void): () => void
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>
}
