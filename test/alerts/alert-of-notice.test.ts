/** Every notice and what it tells: kind, loudness, words. */
import { describe, expect, it } from 'vitest'
import { alertOfNotice } from '../../src/alerts/alert-of-notice.ts'
import type { ClientOrderId, PositionId, TradeId } from '../../src/domain/ids.ts'
import type { Notice } from '../../src/domain/notices.ts'
import { d } from '../support/builders.ts'

const positionId = 7 as PositionId
const clientOrderId = 'abcdef-7-s1' as ClientOrderId
const about = () => ({ symbol: 'BTCUSDT', side: 'long', orderId: 5 })
const closed = { type: 'position.closed', positionId, symbol: 'BTCUSDT', direction: 'long', entryPrice: d(100), closePrice: d('98.5'), qty: d(1), pnl: d('-1.5'), fees: d(0), reason: 'sl', durationMs: 1 } as const

const MARKET = { symbol: 'BTCUSDT', qtyStep: d('0.001'), priceTick: d('0.1'), minQty: d('0.001'), maxMarketQty: null, minNotional: d(5), takesEntries: true } as const

const TABLE: readonly (readonly [notice: Notice, kind: string | null, severity: string, text: RegExp])[] = [
  [{ type: 'position.opened', positionId, symbol: 'BTCUSDT', direction: 'long', qty: d(1), entryPrice: d(100), stopPrice: d('98.5'), targetPrice: null, strategy: 's' }, 'ORDER_OPENED', 'info', /#7 BTCUSDT long 1 at 100, sl 98.5, s, order 5$/],
  [closed, 'POSITION_CLOSED', 'info', /sl: 100 → 98.5, net -1.5 USDT/],
  [{ ...closed, reason: 'liquidation' }, 'LIQUIDATED', 'urgent', /liquidation/],
  [{ type: 'position.reduced', positionId, role: 'stop-loss', qty: d(1), price: d(99), openQty: d(2) }, 'POSITION_REDUCED', 'info', /2 stays open/],
  [{ type: 'voided-fill.noticed', positionId, role: 'close', tradeId: 'x' as TradeId, qty: d(1), price: d(99) }, 'FILL_VOIDED', 'urgent', /1 at 99 \(close\)/],
  [{ type: 'market-change.noticed', positionId, from: MARKET, to: { ...MARKET, priceTick: d('0.5') }, openQty: d('0.015'), closable: true }, 'MARKET_CHANGED', 'warning', /its market changed: priceTick 0.1 → 0.5$/],
  [{ type: 'market-change.noticed', positionId, from: MARKET, to: { ...MARKET, qtyStep: d('0.01'), takesEntries: false }, openQty: d('0.015'), closable: false }, 'MARKET_CHANGED', 'urgent', /qtyStep 0.001 → 0.01, takesEntries true → false; the 0.015 that are open do not fit/],
  [{ type: 'position.cancelled', positionId, reason: 'no fill' }, 'POSITION_CANCELLED', 'warning', /no fill/],
  [{ type: 'position.quarantined', positionId, error: 'boom' }, 'POSITION_QUARANTINED', 'urgent', /boom/],
  [{ type: 'stop-loss.failed', positionId, attempts: 3, error: 'refused' }, 'SL_PLACEMENT_FAILED', 'urgent', /#7 BTCUSDT long: no stop after 3 attempts/],
  [{ type: 'take-profit.failed', positionId, error: 'refused' }, 'TP_PLACEMENT_FAILED', 'warning', /refused/],
  [{ type: 'close.failed', positionId, attempts: 2, error: 'refused' }, 'CLOSE_FAILED', 'urgent', /attempt 2/],
  [{ type: 'order.unresolved-noticed', positionId, clientOrderId, role: 'stop-loss' }, 'UNRESOLVED_ORDER', 'warning', /stop-loss/],
  [{ type: 'stray-fill.noticed', positionId, clientOrderId, qty: d(1) }, 'ORPHAN_POSITION', 'urgent', /after it was closed/],
  [{ type: 'risk.blocked', scope: 'total', reason: 'max_total_open_reached (total=10, limit=10)', symbol: 'BTCUSDT', strategy: 's', accountLabel: 'a' }, 'RISK_BLOCK', 'info', /max_total_open_reached/],
  [{ type: 'risk.noted', scope: 'total', reason: 'noted', symbol: 'BTCUSDT', strategy: 's', accountLabel: 'a' }, 'RISK_BLOCK', 'info', /noted/],
  [{ type: 'trading.changed', accountLabel: 'a', from: 'active', to: 'halted', reason: 'loss', automatic: true }, 'KILL_SWITCH_LIVE', 'urgent', /active → halted by a loss limit: loss/],
  [{ type: 'trading.changed', accountLabel: 'a', from: 'active', to: 'paused', reason: 'lunch', automatic: false }, 'TRADING_STATE', 'warning', /by a person: lunch/],
  [{ type: 'loss-limit.reached', accountLabel: 'a', scope: 'daily_loss', reason: 'max_daily_loss' }, 'LOSS_LIMIT', 'urgent', /max_daily_loss; no entries/],
  [{ type: 'position.overdue-noticed', positionId, symbol: 'BTCUSDT', hours: 24 }, 'ZOMBIE_POSITION', 'warning', /more than 24 h/],
  [{ type: 'strategy.rated', strategy: 's', eligible: false, trades: 3, net: d(-1), profitFactor: null }, 'TRADING_STATE', 'warning', /no longer open live/],
  [{ type: 'position.reduced-externally', positionId, cause: 'external', qty: d(1), price: d(99) }, 'RECONCILIATION', 'urgent', /by somebody else/],
  [{ type: 'reconciliation.found', findings: [] }, 'RECONCILIATION', 'info', /agree again/],
  [{ type: 'reconciliation.found', findings: [{ kind: 'orphan', symbol: 'BTCUSDT', direction: 'long', positionId: null, expected: d(0), found: d(2) }] }, 'ORPHAN_POSITION', 'urgent', /orphan BTCUSDT long: here 0, there 2/],
  [{ type: 'reconciliation.found', findings: [{ kind: 'stop-missing', symbol: 'BTCUSDT', direction: 'long', positionId, expected: d(2), found: d(0) }] }, 'RECONCILIATION', 'urgent', /stop-missing BTCUSDT long \(#7\)/],
  [{ type: 'condition.raised', kind: 'PRICE_STALE', subject: 'BTCUSDT', severity: 'urgent', detail: 'no price' }, 'PRICE_STALE', 'urgent', /no price/],
  [{ type: 'condition.cleared', kind: 'PRICE_STALE', subject: 'BTCUSDT' }, 'PRICE_STALE', 'info', /all right again/],
  [{ type: 'position.moved', positionId, from: null, to: 'pending' }, null, '', /$/],
  [{ type: 'position.protected', positionId, nakedMs: 1 }, null, '', /$/],
  [{ type: 'position.retired', positionId }, null, '', /$/],
  [{ type: 'fact.ignored', positionId, fact: 'f', state: 's', reason: 'r' }, null, '', /$/],
]

describe('a notice as an alert', () => {
  it.each(TABLE.map(([notice, ...expected]) => [notice.type, notice, ...expected] as const))('%s', (_type, notice, kind, severity, text) => {
    const alert = alertOfNotice(notice, 9, 1000, about)
    if (kind === null) return expect(alert).toBeNull()
    expect(alert).toMatchObject({ seq: 9, at: 1000, kind, severity })
    expect(alert?.text).toMatch(text)
  })
})
