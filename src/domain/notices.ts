/** Notices: what the core tells people and read models, in the past tense. Released when their batch is durable. */
import type { Decimal } from './decimal.ts'
import type { ConditionCleared, ConditionRaised } from './facts.ts'
import type { ExitReason } from './exit-reason.ts'
import type { ExternalCause } from './facts.ts'
import type { ClientOrderId, OrderRole, PositionId, TradeId } from './ids.ts'
import type { MarketTerms } from './market.ts'
import type { Finding } from './reconciliation.ts'
import type { Direction } from './signal.ts'
import type { PositionState } from './wire.ts'
import type { SignalAnswer } from './signal-answer.ts'

/** `active`: entries are taken. `paused`: none are. `halted`: none are, and everything is closed. */
export type TradingStateName = 'active' | 'paused' | 'halted'

/** The decision on a signal: exactly the body that is answered. */
export type SignalAnswered = { readonly type: 'signal.answered'; readonly answer: SignalAnswer }
/** Risk said no; `scope` names the limit. */
export type RiskBlocked = {
  readonly type: 'risk.blocked'
  readonly scope: string
  readonly reason: string
  readonly symbol: string
  readonly strategy: string
  readonly accountLabel: string
}
/** A limit that only warns (`RISK_ALERT_LIMIT_MODE=log`) would have said no. */
export type RiskNoted = Omit<RiskBlocked, 'type'> & { readonly type: 'risk.noted' }
/** The trading state of an account changed. `automatic`: a loss limit did it; urgent where it is `halted`. */
export type TradingChanged = {
  readonly type: 'trading.changed'
  readonly accountLabel: string
  readonly from: TradingStateName
  readonly to: TradingStateName
  readonly reason: string
  readonly automatic: boolean
}
/** The equity of an account has fallen to a limit, for the first time this UTC day; entries are blocked. */
export type LossLimitReached = { readonly type: 'loss-limit.reached'; readonly accountLabel: string; readonly scope: string; readonly reason: string }
/** Open for longer than `ZOMBIE_AGE_HOURS`; said once. */
export type PositionOverdueNoticed = { readonly type: 'position.overdue-noticed'; readonly positionId: PositionId; readonly symbol: string; readonly hours: number }
/** A strategy may, or may no longer, open live by what it earned. */
export type StrategyRated = {
  readonly type: 'strategy.rated'
  readonly strategy: string
  readonly eligible: boolean
  readonly trades: number
  readonly net: Decimal
  readonly profitFactor: Decimal | null
}
export type PositionOpened = {
  readonly type: 'position.opened'
  readonly positionId: PositionId
  readonly symbol: string
  readonly direction: Direction
  readonly qty: Decimal
  readonly entryPrice: Decimal
  readonly stopPrice: Decimal
  readonly targetPrice: Decimal | null
  readonly strategy: string
}
/** A position's machine went from one state to another. */
export type PositionMoved = { readonly type: 'position.moved'; readonly positionId: PositionId; readonly from: PositionState | null; readonly to: PositionState }
/** The whole filled quantity is covered by a working stop. */
export type PositionProtected = { readonly type: 'position.protected'; readonly positionId: PositionId; readonly nakedMs: number }
/** The entry ended without a fill. */
export type PositionCancelled = { readonly type: 'position.cancelled'; readonly positionId: PositionId; readonly reason: string }
/** A target, a stop or a partial close took a part; the position goes on with `openQty`. `price`: the order's average. */
export type PositionReduced = {
  readonly type: 'position.reduced'
  readonly positionId: PositionId
  readonly role: OrderRole
  readonly qty: Decimal
  readonly price: Decimal
  readonly openQty: Decimal
}
/** Somebody else than our own orders reduced the position: a person, the venue, the stop attached to it. */
export type PositionReducedExternally = {
  readonly type: 'position.reduced-externally'
  readonly positionId: PositionId
  readonly cause: ExternalCause
  readonly qty: Decimal
  readonly price: Decimal
}
/** Urgent: the venue declared a trade void. `role`: of the order whose trade it was; null: it was none of ours. */
export type VoidedFillNoticed = {
  readonly type: 'voided-fill.noticed'
  readonly positionId: PositionId
  readonly role: OrderRole | null
  readonly tradeId: TradeId
  readonly qty: Decimal
  readonly price: Decimal
}
/** The market of an open position changed. `closable`: what is open fits its steps and minimums. */
export type MarketChangeNoticed = {
  readonly type: 'market-change.noticed'
  readonly positionId: PositionId
  readonly from: MarketTerms
  readonly to: MarketTerms
  readonly openQty: Decimal
  readonly closable: boolean
}
/** LOMS and the account differ (or, empty, agree again). */
export type ReconciliationFound = { readonly type: 'reconciliation.found'; readonly findings: readonly Finding[] }
export type PositionClosed = {
  readonly type: 'position.closed'
  readonly positionId: PositionId
  readonly symbol: string
  readonly direction: Direction
  readonly entryPrice: Decimal
  readonly closePrice: Decimal
  readonly qty: Decimal
  readonly pnl: Decimal
  readonly fees: Decimal
  readonly reason: ExitReason
  readonly durationMs: number
}
/** Needs a person; its stop on the venue stays. */
export type PositionQuarantined = { readonly type: 'position.quarantined'; readonly positionId: PositionId; readonly error: string }
/** Urgent: no stop could be placed, the position is being closed at market. */
export type StopLossFailed = { readonly type: 'stop-loss.failed'; readonly positionId: PositionId; readonly attempts: number; readonly error: string }
export type TakeProfitFailed = { readonly type: 'take-profit.failed'; readonly positionId: PositionId; readonly error: string }
export type CloseFailed = { readonly type: 'close.failed'; readonly positionId: PositionId; readonly attempts: number; readonly error: string }
export type OrderUnresolvedNoticed = {
  readonly type: 'order.unresolved-noticed'
  readonly positionId: PositionId
  readonly clientOrderId: ClientOrderId
  readonly role: OrderRole
}
/** A fill came for a position that was already retired; it is being closed. */
export type StrayFillNoticed = { readonly type: 'stray-fill.noticed'; readonly positionId: PositionId; readonly clientOrderId: ClientOrderId; readonly qty: Decimal }
/** A fact that changes nothing in the state it met, and why. */
export type FactIgnored = { readonly type: 'fact.ignored'; readonly positionId: PositionId; readonly fact: string; readonly state: string; readonly reason: string }
/** The position can change no more and has left the registry. */
export type PositionRetired = { readonly type: 'position.retired'; readonly positionId: PositionId }

export type Notice =
  | SignalAnswered
  | RiskBlocked
  | RiskNoted
  | TradingChanged
  | LossLimitReached
  | PositionOverdueNoticed
  | StrategyRated
  | PositionOpened
  | PositionMoved
  | PositionProtected
  | PositionCancelled
  | PositionReduced
  | PositionReducedExternally
  | VoidedFillNoticed
  | MarketChangeNoticed
  | ReconciliationFound
  | PositionClosed
  | PositionQuarantined
  | StopLossFailed
  | TakeProfitFailed
  | CloseFailed
  | OrderUnresolvedNoticed
  | StrayFillNoticed
  | FactIgnored
  | PositionRetired
  | ConditionRaised
  | ConditionCleared
export type NoticeType = Notice['type']
