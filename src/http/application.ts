/** What the HTTP side asks of the service. Every answer is durable when it arrives (H-7). */
import type { ExitChange, ExitSignal, ExitSignalAnswer } from '../domain/exit-signal.ts'
import type { EntryKind } from '../domain/facts.ts'
import type { Notice } from '../domain/notices.ts'
import type { SignalAnswer } from '../domain/signal-answer.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { Direction, JsonObject, Signal } from '../domain/signal.ts'
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

/** One check of the risk engine. `ok` null: it is not in force. */
export type CheckView = { readonly scope: string; readonly ok: boolean | null; readonly value: string | null; readonly limit: string | null; readonly reason: string | null }

/** What a signal would be answered, with everything that was looked at. */
export type DryRunView = {
  readonly received: true
  readonly dry_run: true
  readonly verdict: 'open' | 'blocked' | 'not_traded' | 'repeat' | 'invalid'
  readonly oms_enabled: boolean
  readonly risk_ok: boolean
  readonly reason: string | null
  readonly problems: readonly FieldProblem[]
  readonly symbol: string
  readonly side: string
  readonly account_label: string
  readonly strategy: string
  readonly price: number
  readonly qty: number
  readonly notional: number
  readonly tp_price: number | null
  readonly sl_price: number
  readonly exit_strategy: string
  /** Of the account, open PnL included. */
  readonly equity: number
  readonly checks: readonly CheckView[]
}
export type DryRunOutcome = { readonly kind: 'ok'; readonly value: DryRunView } | Extract<EntryOutcome, { kind: 'key_reused' }> | Unavailable

/** What is left, and whether anything is: the proof of a panic. */
export type PanicReport = {
  readonly state: string
  readonly reason: string
  /** Nothing is open in LOMS, and nothing at the broker. */
  readonly flat: boolean
  readonly closed: number
  readonly left: readonly { readonly position_id: number; readonly symbol: string; readonly side: string; readonly state: string; readonly open_qty: number }[]
  readonly broker: { readonly name: string; readonly flat: boolean | null; readonly positions: readonly { readonly symbol: string; readonly side: string; readonly qty: number }[]; readonly error: string | null }
  readonly steps: readonly { readonly step: string; readonly ms: number }[]
}

/** `accountLabel` null: every account. */
export type ControlRequest = { readonly reason: string; readonly accountLabel: string | null }
/** What a comparison with the account at the exchange found; empty: they agree. */
export type ReconciliationView = {
  readonly agrees: boolean
  readonly findings: readonly { readonly kind: string; readonly symbol: string; readonly side: string; readonly position_id: number | null; readonly expected: number; readonly found: number }[]
}
/** A person hands over a position that LOMS did not open. `confirmedQty` null: only say what would be done. */
export type AdoptionRequest = {
  readonly symbol: string
  readonly side: Direction
  readonly stopPrice: Decimal
  readonly targetPrice: Decimal | null
  readonly strategy: string | null
  readonly reason: string
  readonly confirmedQty: Decimal | null
}
/** What adopting would do, in words and figures; nothing is done yet. */
export type AdoptionPreview = {
  readonly adopted: false
  readonly symbol: string
  readonly side: string
  readonly qty: number
  readonly entry_price: number
  readonly price: number
  readonly sl_price: number
  readonly tp_price: number | null
  /** Without fees; positive where the stop stands in profit. */
  readonly pnl_at_stop: number
  readonly liquidation_price: number | null
  readonly will: readonly string[]
}
export type AdoptionOutcome = { readonly kind: 'preview'; readonly preview: AdoptionPreview } | { readonly kind: 'adopted'; readonly position: PositionView } | ChangeRefusal | Unavailable

export type TradingView = { readonly state: string; readonly reason: string }
export type Conflict = Extract<ChangeRefusal, { kind: 'conflict' }>

export type CloseOutcome =
  | { readonly kind: 'closed' | 'closing'; readonly position: PositionView }
  | { readonly kind: 'unknown_position' }
  | { readonly kind: 'price_unavailable'; readonly symbol: string }
  | Conflict
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
  readonly risk: JsonObject
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
  /** What `enter` would answer; nothing is recorded. */
  dryRun(request: EntryRequest): DryRunOutcome
  pause(request: ControlRequest): Promise<Read<TradingView>>
  /** A halt is not lifted by it: a conflict. */
  resume(request: ControlRequest): Promise<Read<TradingView> | Conflict>
  /** Halts, closes everything, waits a while, and says what is left. May be repeated. */
  panic(request: ControlRequest): Promise<Read<PanicReport>>
  /** Lifts a halt; loss limits count from here. Live it goes through the same look at the account as arming: a conflict where that is not fit. */
  resetKillSwitch(request: ControlRequest): Promise<Read<TradingView> | Conflict>
  /** Live: entries may begin, after a fresh look at the account. A conflict where it is not fit, or with paper. */
  arm(request: ControlRequest): Promise<Read<TradingView> | Conflict>
  /** Live: compares the account with the journal now. A conflict with paper. */
  reconcile(): Promise<Read<ReconciliationView> | Conflict>
  /** Live: takes over a position of the account that LOMS did not open, after a fresh look at it. */
  adopt(request: AdoptionRequest): Promise<AdoptionOutcome>
  /** Live: books the end of a position that vanished, at the price that a person read in the exchange's history. */
  statePrice(id: number, price: Decimal, reason: string): Promise<ChangeOutcome>
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
