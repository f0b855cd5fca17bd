/** What a request for an entry is told, and what is noted about it. */
import type { CoreSettings } from '../src/domain/core-settings.ts'
import { toNumber } from '../src/domain/decimal.ts'
import type { PositionAdopted, StrayFilled } from '../src/domain/facts.ts'
import { assert } from '../src/domain/assert.ts'
import { parseClientOrderId, type OrderId, type TradeId } from '../src/domain/ids.ts'
import type { Notice, VoidedFillNoticed } from '../src/domain/notices.ts'
import type { SignalAnswer, SignalOpened } from '../src/domain/signal-answer.ts'
import { wholeTarget, type Signal } from '../src/domain/signal.ts'
import type { RiskFinding } from '../src/risk/risk-engine.ts'
import type { TradingState } from './ledger.ts'

export const answered = (answer: SignalAnswer): Notice => ({ type: 'signal.answered', answer })

export const openedAnswer = (signal: Signal, orderId: OrderId, positionId: number): SignalOpened => ({
  received: true,
  oms_enabled: true,
  risk_ok: true,
  order_id: orderId,
  position_id: positionId,
  // The nearest target's.
  tp_price: signal.targets[0] ? toNumber(signal.targets[0].price) : null,
  sl_price: toNumber(signal.slPrice),
  exit_strategy: signal.exitStrategy,
  state: 'pending',
})

/** Why no entry is taken now, or null. */
export function entriesRefused(settings: CoreSettings, trading: TradingState): string | null {
  if (trading.state !== 'active') return `${trading.state}: ${trading.reason}`
  return settings.omsEnabled ? null : 'OMS disabled (OMS_ENABLED=false)'
}

export const found = (type: 'risk.blocked' | 'risk.noted', { scope, reason }: RiskFinding, { symbol, strategy, accountLabel }: Signal): Notice => ({ type, scope, reason, symbol, strategy, accountLabel })

const AS_HELD = { timestampMs: null, timeframeMin: 5, exitStrategy: 'tp_sl_static', exitParams: {}, signalId: null } as const

/** The signal that would have led to a stray fill. */
export const straySignal = ({ symbol, direction, price, exchange, strategy, accountLabel, qty }: StrayFilled): Signal => ({
  ...AS_HELD, symbol, direction, price, exchange, strategy, accountLabel, qty, slPrice: price, targets: [],
})

/** The signal that would have led to a position that a person handed over. */
export const adoptedSignal = ({ symbol, direction, price, exchange, strategy, accountLabel, qty, stopPrice, targetPrice }: PositionAdopted): Signal => ({
  ...AS_HELD, symbol, direction, price, exchange, strategy, accountLabel, qty, slPrice: stopPrice, targets: wholeTarget(targetPrice),
})

/** Told of the finished position whose trade it was; what is held again is another's. */
export function voidedOfFinished({ clientOrderId, qty, price }: StrayFilled, tradeId: TradeId): VoidedFillNoticed {
  const owner = parseClientOrderId(clientOrderId)
  assert(owner, 'it names an order of ours')
  return { type: 'voided-fill.noticed', positionId: owner.position, role: owner.role, tradeId, qty, price }
}
