/** What the operator's page asks of the service beside the API that programs use. Only looks; acting goes through the API. */
import type { JsonObject } from '../../domain/signal.ts'
import type { PositionView } from '../../domain/wire.ts'
import type { HealthView, PublishedNotice, Read } from '../application.ts'

/** One limit and what is used of it. `limit` null: no limit is set. */
export type RiskMeter = {
  readonly name: string
  /** What it is about: a symbol, a strategy, or null for the whole account. */
  readonly of: string | null
  readonly used: number
  readonly limit: number | null
  readonly unit: 'positions' | 'signals' | 'USDT' | '%'
}

export type StatusView = {
  readonly mode: 'LAB' | 'SHADOW' | 'SEMI-LIVE'
  /** Orders reach an exchange. */
  readonly live: boolean
  /** False: real money, and nobody has let entries begin yet. */
  readonly armed: boolean
  readonly account_label: string
  readonly health: HealthView
  readonly risk: readonly RiskMeter[]
  readonly balance: { readonly start: number; readonly realised: number; readonly fees: number }
  /** Conditions that stand and that people are alerted to. */
  readonly alerts: readonly { readonly kind: string; readonly subject: string; readonly severity: string }[]
  /** Positions ever opened; 0: nothing has come yet. */
  readonly positions_ever: number
  /** The clock of the service, milliseconds since the epoch. */
  readonly now: number
}

/** The last price of a feed: symbol, price, its time in milliseconds. */
export type LivePrice = readonly [symbol: string, price: number, ts: number]

/** A record of the journal as JSON. */
export type RecordView = { readonly seq: number; readonly at: number; readonly kind: string; readonly cause?: number; readonly body: JsonObject & { readonly type: string } }

/** What it takes to follow one position through its own machine again. */
export type PositionRecords = {
  readonly journal_id: string
  /** The settings in force when it was opened. */
  readonly settings: JsonObject
  readonly records: readonly RecordView[]
}

/** `total`: finished so far. */
export type FinishedViews = { readonly views: readonly PositionView[]; readonly total: number }

export type ShownSetting = { readonly name: string; readonly value: string; readonly origin: string; readonly note: string | null }

export interface PagePort {
  status(): StatusView
  openIds(): readonly number[]
  /** Open or finished positions as they are; durable when it resolves. Unknown ids are left out. */
  views(ids: readonly number[]): Promise<Read<readonly PositionView[]>>
  /** Finished positions, cancelled ones included, in the order in which they finished; `from` counts from 0. */
  finished(from: number, limit: number): Promise<Read<FinishedViews>>
  /** The deciding price of every symbol that has one. */
  prices(): readonly LivePrice[]
  /** Prices seen once a second, oldest first, as far as kept. */
  priceHistory(symbol: string): readonly (readonly [ts: number, price: number])[]
  /** Seq of the last durable record. */
  durableSeq(): number
  /** Durable records `from`…`to`, in order. */
  records(from: number, to: number): Iterable<RecordView>
  positionRecords(id: number): Promise<Read<PositionRecords | undefined>>
  subscribe(listener: (published: PublishedNotice) => void): () => void
  /** Every setting in force; secrets are masked. */
  readonly settings: readonly ShownSetting[]
}
