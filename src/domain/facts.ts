/**
 * Facts: everything that happened to us, in the past tense. A fact is numbered and journaled before anything else sees
 * its effect; replaying the facts rebuilds the state. `at` (milliseconds since the epoch) is the only clock of the core.
 */
import type { CoreSettings } from './core-settings.ts'
import type { Decimal } from './decimal.ts'
import type { ExitAdvice } from './exit-advice.ts'
import type { ExitReason } from './exit-reason.ts'
import type { ClientOrderId, JournalId, PositionId, TradeId, VenueOrderId } from './ids.ts'
import type { MarketMinimums, MarketTerms } from './market.ts'
import type { OrderAddress, RejectionCode } from './order.ts'
import type { RecordedQuote } from './quote.ts'
import type { Finding } from './reconciliation.ts'
import type { ExitSignal, ExitSignalAnswer } from './exit-signal.ts'
import type { Direction, JsonObject, Signal } from './signal.ts'

/** The first record of every journal. */
export type JournalCreated = { readonly type: 'journal.created'; readonly journalId: JournalId; readonly clock: 'real' | 'virtual' }
/** One process life began. */
export type RunStarted = { readonly type: 'run.started'; readonly version: string; readonly machineVersion: number }
/** What is held was compared with the broker: from here on signals are taken. */
export type RunReconciled = { readonly type: 'run.reconciled' }
/** The process was asked to stop. A run that ends without this was killed, or the disk took nothing any more. */
export type RunStopping = { readonly type: 'run.stopping' }
export type SettingsChanged = {
  readonly type: 'settings.changed'
  readonly settings: CoreSettings
  /** Everything that decides on signals and positions, by name as people write it, without secrets. The core reads `settings`; a what-if starts from these. */
  readonly named?: Readonly<Record<string, string>>
}

/** Where a request for an entry came from. */
export type EntryKind = 'bounce_signal' | 'manual_order' | 'trade_event'

/** A valid request for an entry, duplicates included. `payload` is the body as it came, for the audit log. */
export type SignalReceived = {
  readonly type: 'signal.received'
  readonly kind: EntryKind
  readonly signal: Signal
  readonly payload: JsonObject
  readonly idempotencyKey: string | null
  /** The seq of the signal that this one repeats; nothing is opened then. */
  readonly duplicateOf: number | null
  /** The smallest order that the venue takes, where that is known. */
  readonly market?: MarketMinimums
}

/**
 * A signal for open positions, with what it was answered. What it asks of each position stands in facts of its own,
 * behind it in the same batch. Repeats are answered without a fact: they change nothing.
 */
export type ExitSignalReceived = {
  readonly type: 'exit-signal.received'
  readonly signal: ExitSignal
  readonly payload: JsonObject
  readonly idempotencyKey: string | null
  readonly answer: ExitSignalAnswer
}

export type OrderAccepted = OrderAddress & { readonly type: 'order.accepted'; readonly venueOrderId: VenueOrderId }
/** The venue definitely refused the order: it does not and will not exist. */
export type OrderRejected = OrderAddress & { readonly type: 'order.rejected'; readonly code: RejectionCode; readonly message: string }
/** No answer we can trust: the order may exist or not. */
export type OrderUnresolved = OrderAddress & { readonly type: 'order.unresolved'; readonly message: string }
/** Proven by several consistent looks: the venue never had the order. */
export type OrderAbsent = OrderAddress & { readonly type: 'order.absent' }
export type OrderFilled = OrderAddress & {
  readonly type: 'order.filled'
  readonly venueOrderId: VenueOrderId
  readonly tradeId: TradeId
  readonly qty: Decimal
  readonly price: Decimal
  readonly fee: Decimal
  readonly liquidity: 'maker' | 'taker'
  /** The quote that caused a paper fill. */
  readonly quote?: RecordedQuote
  /** Best and worst price since the entry, where the Book knows them. */
  readonly extremes?: PriceExtremes
}
export type OrderCanceled = OrderAddress & { readonly type: 'order.canceled' }
export type OrderExpired = OrderAddress & { readonly type: 'order.expired' }
/** A cancel was refused. `gone`: the order is no longer there (filled or cancelled: ask). */
export type CancelRejected = OrderAddress & { readonly type: 'cancel.rejected'; readonly code: 'gone' | 'refused'; readonly message: string }
/**
 * Why somebody else than our own orders reduced a position. `position-stop`: the stop that the venue attached to it.
 * `stated`: no fill was found, a person read the price in the venue's own history.
 */
export type ExternalCause = 'position-stop' | 'liquidation' | 'adl' | 'external' | 'stated'
/** The venue or a person reduced the position by an order that is not ours. */
export type ExternalFilled = {
  readonly type: 'external.filled'
  readonly positionId: PositionId
  readonly venueOrderId: VenueOrderId | null
  readonly tradeId: TradeId
  readonly qty: Decimal
  readonly price: Decimal
  readonly fee: Decimal
  readonly liquidity: 'maker' | 'taker'
  readonly cause: ExternalCause
  readonly note?: string
}
/** The venue took a trade of this position back, at its price and without a fee: it never counted. `correctionId`: the trade that took it back. */
export type FillVoided = {
  readonly type: 'fill.voided'
  readonly positionId: PositionId
  readonly tradeId: TradeId
  readonly correctionId: TradeId
  readonly qty: Decimal
  readonly price: Decimal
}
/** Several looks in a row found neither the position at the venue nor a fill that says what became of it. */
export type PositionVanished = { readonly type: 'position.vanished'; readonly positionId: PositionId }
/** The venue demands other steps, limits or minimums on the position's market, or takes entries there (no more). */
export type MarketChanged = { readonly type: 'market.changed'; readonly positionId: PositionId; readonly from: MarketTerms; readonly to: MarketTerms }
/** The venue settled funding on what the position held. `amount`: positive = paid by us. */
export type FundingSettled = { readonly type: 'funding.settled'; readonly positionId: PositionId; readonly fundingId: string; readonly amount: Decimal }
/** What the venue says the position holds now (≥ 0, in the position's direction). */
export type PositionReported = { readonly type: 'position.reported'; readonly positionId: PositionId; readonly qty: Decimal }

/** High and low of the deciding price since a position's fill. */
export type PriceExtremes = { readonly high: Decimal; readonly low: Decimal }

/** A watch of an exit policy fired. */
export type PriceCrossed = {
  readonly type: 'price.crossed'
  readonly positionId: PositionId
  readonly key: string
  readonly price: Decimal
  readonly quote: RecordedQuote
  readonly extremes: PriceExtremes
}
/** The peaks that trailing positions on a symbol depend on, so that a restart never loosens a stop. */
export type PricePeaked = { readonly type: 'price.peaked'; readonly symbol: string; readonly high: Decimal; readonly low: Decimal }
/** The price that a policy asked for by `everySec`, when its time had come. */
export type PriceSampled = {
  readonly type: 'price.sampled'
  readonly positionId: PositionId
  readonly key: string
  readonly price: Decimal
  readonly quote: RecordedQuote
  readonly extremes: PriceExtremes
}
/** The best price has moved on: a stop that rests at an exchange is put where the policy holds it now. */
export type StopTrailed = { readonly type: 'stop.trailed'; readonly positionId: PositionId; readonly extremes: PriceExtremes }
/** A deadline held in a position's context has come. `price`: the symbol's last known price, if any. */
export type DeadlinePassed = {
  readonly type: 'deadline.passed'
  readonly positionId: PositionId
  readonly name: string
  readonly dueAt: number
  readonly price: Decimal | null
  readonly extremes?: PriceExtremes
}

/** The answer to the command `exit.ask` with this question. */
export type ExitAdvised = { readonly type: 'exit.advised'; readonly positionId: PositionId; readonly question: number; readonly advice: ExitAdvice }

/** A person or a signal wants the position closed. */
export type ExitRequested = {
  readonly type: 'exit.requested'
  readonly positionId: PositionId
  readonly reason: ExitReason
  /** Quantity to close; null: all of it. */
  readonly qty: Decimal | null
  readonly note: string | null
}
/** A person or a signal moves stop or target; absent: as it is, null: no target. */
export type LevelsRequested = {
  readonly type: 'levels.requested'
  readonly positionId: PositionId
  readonly stopPrice?: Decimal
  readonly targetPrice?: Decimal | null
  readonly note: string | null
}
/** A fill of our own order came for a position that is finished or unknown, or the venue took back a trade of a finished one: `voids`. */
export type StrayFilled = {
  readonly type: 'stray.filled'
  readonly clientOrderId: ClientOrderId
  readonly accountLabel: string
  readonly exchange: string
  readonly strategy: string
  readonly symbol: string
  readonly direction: Direction
  readonly tradeId: TradeId
  readonly qty: Decimal
  readonly price: Decimal
  readonly fee: Decimal
  readonly voids?: TradeId
}
/** A person handed over a position that the account held and LOMS had not opened: from now on LOMS protects and closes it. */
export type PositionAdopted = {
  readonly type: 'position.adopted'
  readonly accountLabel: string
  readonly exchange: string
  readonly strategy: string
  readonly symbol: string
  readonly direction: Direction
  readonly qty: Decimal
  /** Average entry price, as the venue tells it. */
  readonly price: Decimal
  readonly stopPrice: Decimal
  readonly targetPrice: Decimal | null
  readonly note: string
}
/** `accountLabel` null: every account, also those that are named for the first time later. */
export type TradingPaused = { readonly type: 'trading.paused'; readonly accountLabel: string | null; readonly reason: string }
export type TradingResumed = { readonly type: 'trading.resumed'; readonly accountLabel: string | null; readonly reason: string }
/**
 * A person wants everything closed and no entry taken: the hard kill switch. `closesApart`: positions are asked to leave by
 * facts of their own that follow, so that the halt itself is durable at once however many there are.
 */
export type TradingHalted = { readonly type: 'trading.halted'; readonly accountLabel: string | null; readonly reason: string; readonly closesApart?: true }
/**
 * A person armed an account (again): a halt ends, loss limits count from here. `balance`: what the venue says the account
 * holds; null: what the ledger says.
 */
export type KillSwitchArmed = { readonly type: 'kill-switch.armed'; readonly accountLabel: string | null; readonly balance: Decimal | null; readonly reason: string }
/** Prices at which open positions are valued, by the symbol as signals name it. Only what moved since the last such fact. */
export type EquityMarked = { readonly type: 'equity.marked'; readonly marks: readonly (readonly [symbol: string, price: Decimal])[] }
/** A position is older than `ZOMBIE_AGE_HOURS`. */
export type PositionOverdue = { readonly type: 'position.overdue'; readonly positionId: PositionId; readonly hours: number }
/** What a comparison with the account at the exchange found, where that changed. */
export type AccountCompared = { readonly type: 'account.compared'; readonly findings: readonly Finding[] }
/** A person pinned (or with null released) the simulator's price. */
export type PricePinned = { readonly type: 'price.pinned'; readonly price: Decimal | null }
/** States that last and need watching by people, until they end. */
export type ConditionKind = 'PRICE_STALE' | 'UNPROTECTED_POSITION' | 'ZOMBIE_POSITION' | 'EXECUTOR_DISCONNECTED' | 'ORPHAN_POSITION' | 'RECONCILIATION' | 'AUDIT_FAILED' | 'EVENT_LOOP_STALLED'
/** Something is not as it should be and stays so. Said again while it stands, it changes nothing. `subject`: a symbol, a position, an account. */
export type ConditionRaised = {
  readonly type: 'condition.raised'
  readonly kind: ConditionKind
  readonly subject: string
  readonly severity: 'urgent' | 'warning'
  readonly detail: string
}
export type ConditionCleared = { readonly type: 'condition.cleared'; readonly kind: ConditionKind; readonly subject: string }
/** Alerts up to the record `upTo` need no more sending on this lane (a channel and an urgency). */
export type AlertsDelivered = { readonly type: 'alerts.delivered'; readonly lane: string; readonly upTo: number }
/** A position's machine threw on the fact `seq`; that fact is skipped for it in every later fold. */
export type FactFailed = { readonly type: 'fact.failed'; readonly failedSeq: number; readonly positionId: PositionId; readonly error: string }

/** Facts about orders and positions that come from a venue. */
export type VenueFact =
  | OrderAccepted
  | OrderRejected
  | OrderUnresolved
  | OrderAbsent
  | OrderFilled
  | ExternalFilled
  | FillVoided
  | MarketChanged
  | FundingSettled
  | OrderCanceled
  | OrderExpired
  | CancelRejected
  | PositionReported
  | PositionVanished

/** Facts that one position's machine receives. */
export type PositionFact =
  | VenueFact
  | PriceCrossed
  | PriceSampled
  | StopTrailed
  | DeadlinePassed
  | ExitAdvised
  | ExitRequested
  | LevelsRequested

export type Fact =
  | PositionFact
  | JournalCreated
  | RunStarted
  | RunReconciled
  | RunStopping
  | SettingsChanged
  | SignalReceived
  | ExitSignalReceived
  | PricePeaked
  | TradingPaused
  | TradingResumed
  | TradingHalted
  | KillSwitchArmed
  | EquityMarked
  | PositionOverdue
  | PricePinned
  | FactFailed
  | StrayFilled
  | PositionAdopted
  | AccountCompared
  | ConditionRaised
  | ConditionCleared
  | AlertsDelivered

export type FactType = Fact['type']
/** A fact as the machines receive it: numbered and dated. */
export type Stamped<F extends Fact = Fact> = F & { readonly seq: number; readonly at: number }

/** The new keys stand first: added behind a spread object they cost V8 twenty times as much, for each fact. */
export const stamp = <F extends Fact>(fact: F, seq: number, at: number): Stamped<F> => ({ seq, at, ...fact })
