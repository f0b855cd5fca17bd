/** Which notices are worth an alert, and what it says: the one table. */
import { assertNever } from '../domain/assert.ts'
import type { MarketTerms } from '../domain/market.ts'
import type { MarketChangeNoticed, Notice, PositionClosed, PositionOpened, TradingChanged, VoidedFillNoticed } from '../domain/notices.ts'
import type { Finding } from '../domain/reconciliation.ts'
import type { PositionId } from '../domain/ids.ts'
import type { Alert } from './alert.ts'

/** What is still known of a position when something is said about it. */
export type PositionFacts = { readonly symbol: string; readonly side: string; readonly orderId: number | null }
export type AboutPosition = (id: PositionId) => PositionFacts | undefined

type Said = Omit<Alert, 'seq' | 'at'>

/** The alert of a durable notice; null: nobody needs to be told. */
export function alertOfNotice(notice: Notice, seq: number, at: number, about: AboutPosition): Alert | null {
  const said = sayingOf(notice, about)
  return said === null ? null : { seq, at, ...said }
}

function sayingOf(notice: Notice, about: AboutPosition): Said | null {
  switch (notice.type) {
    case 'position.opened':
      return opened(notice, about(notice.positionId)?.orderId ?? null)
    case 'position.closed':
      return closed(notice)
    case 'position.reduced': {
      const { role, qty, price, openQty } = notice
      return ofPosition(notice.positionId, about, 'POSITION_REDUCED', 'info', `${role} took ${qty} at ${price}, ${openQty} stays open`, { role, qty, price, open_qty: openQty })
    }
    case 'position.reduced-externally': {
      const { cause, qty, price } = notice
      const kind = cause === 'liquidation' ? 'LIQUIDATED' : 'RECONCILIATION'
      return ofPosition(notice.positionId, about, kind, cause === 'position-stop' ? 'warning' : 'urgent', `${qty} of it were closed at ${price} by somebody else (${cause})`, { cause, qty, price })
    }
    case 'voided-fill.noticed':
      return voided(notice, about)
    case 'market-change.noticed':
      return marketChanged(notice, about)
    case 'position.cancelled':
      return ofPosition(notice.positionId, about, 'POSITION_CANCELLED', 'warning', `not opened: ${notice.reason}`, { reason: notice.reason })
    case 'position.quarantined':
      return ofPosition(notice.positionId, about, 'POSITION_QUARANTINED', 'urgent', `needs a person; its stop stays. ${notice.error}`, { error: notice.error })
    case 'stop-loss.failed':
      return ofPosition(notice.positionId, about, 'SL_PLACEMENT_FAILED', 'urgent', `no stop after ${notice.attempts} attempts, closing at market. ${notice.error}`, { attempts: notice.attempts, error: notice.error })
    case 'take-profit.failed':
      return ofPosition(notice.positionId, about, 'TP_PLACEMENT_FAILED', 'warning', `no take-profit yet, tried again later. ${notice.error}`, { error: notice.error })
    case 'close.failed':
      return ofPosition(notice.positionId, about, 'CLOSE_FAILED', 'urgent', `close attempt ${notice.attempts} failed, trying on. ${notice.error}`, { attempts: notice.attempts, error: notice.error })
    case 'order.unresolved-noticed':
      return ofPosition(notice.positionId, about, 'UNRESOLVED_ORDER', 'warning', `the fate of its ${notice.role} order is unknown, being asked`, { role: notice.role, client_order_id: notice.clientOrderId })
    case 'stray-fill.noticed':
      return ofPosition(notice.positionId, about, 'ORPHAN_POSITION', 'urgent', `a fill of ${notice.qty} came after it was closed; closing it`, { client_order_id: notice.clientOrderId, qty: notice.qty })
    case 'risk.noted':
    case 'risk.blocked': {
      const { scope, reason, symbol, strategy, accountLabel } = notice
      return { kind: 'RISK_BLOCK', severity: 'info', subject: scope, text: `${symbol} ${strategy}: ${reason}`, fields: { scope, reason, symbol, strategy, account_label: accountLabel } }
    }
    case 'reconciliation.found':
      return compared(notice.findings)
    case 'trading.changed':
      return tradingChanged(notice)
    case 'loss-limit.reached': {
      const { accountLabel, scope, reason } = notice
      return { kind: 'LOSS_LIMIT', severity: 'urgent', subject: `${accountLabel} ${scope}`, text: `${accountLabel}: ${reason}; no entries`, fields: { account_label: accountLabel, scope, reason } }
    }
    case 'position.overdue-noticed':
      return ofPosition(notice.positionId, about, 'ZOMBIE_POSITION', 'warning', `open for more than ${notice.hours} h`, { hours: notice.hours })
    case 'strategy.rated': {
      const { strategy, eligible, trades, net, profitFactor } = notice
      return { kind: 'TRADING_STATE', severity: 'warning', subject: strategy, text: `${strategy} ${eligible ? 'may open live again' : 'may no longer open live'}: ${trades} trades, net ${net}`, fields: { strategy, trades, net, profit_factor: profitFactor } }
    }
    case 'condition.raised': {
      const { kind, severity, subject, detail } = notice
      return { kind, severity, subject, text: detail, fields: { subject, state: 'raised' } }
    }
    case 'condition.cleared': {
      const { kind, subject } = notice
      return { kind, severity: 'info', subject: `${subject} cleared`, text: `${subject}: all right again`, fields: { subject, state: 'cleared' } }
    }
    case 'signal.answered':
    case 'position.moved':
    case 'position.protected':
    case 'position.retired':
    case 'fact.ignored':
      return null
    default:
      return assertNever(notice)
  }
}

function ofPosition(id: PositionId, about: AboutPosition, kind: Alert['kind'], severity: Alert['severity'], text: string, fields: Alert['fields']): Said {
  const known = about(id)
  const name = known ? `#${id} ${known.symbol} ${known.side}` : `#${id}`
  return { kind, severity, subject: `position ${id}`, text: `${name}: ${text}`, fields: { position_id: id, symbol: known?.symbol ?? null, ...fields } }
}

function tradingChanged({ accountLabel, from, to, reason, automatic }: TradingChanged): Said {
  const halted = to === 'halted'
  const who = automatic ? 'by a loss limit' : 'by a person'
  return { kind: halted ? 'KILL_SWITCH_LIVE' : 'TRADING_STATE', severity: halted ? 'urgent' : 'warning', subject: accountLabel, text: `${accountLabel}: ${from} → ${to} ${who}: ${reason}`, fields: { account_label: accountLabel, from, to, reason } }
}

const voided = ({ positionId, role, tradeId, qty, price }: VoidedFillNoticed, about: AboutPosition): Said =>
  ofPosition(positionId, about, 'FILL_VOIDED', 'urgent', `the exchange declared a trade void: ${qty} at ${price} (${role ?? 'not by LOMS'}); its books follow`, { role, trade_id: tradeId, qty, price })

function marketChanged(notice: MarketChangeNoticed, about: AboutPosition): Said {
  const { positionId, openQty, closable } = notice
  const changes = changesOf(notice)
  const rest = closable ? '' : `; the ${openQty} that are open do not fit: close the rest at the exchange`
  return ofPosition(positionId, about, 'MARKET_CHANGED', closable ? 'warning' : 'urgent', `its market changed: ${changes}${rest}`, { changes, open_qty: openQty })
}

/** `qtyStep 0.001 → 0.01, takesEntries true → false`. */
function changesOf({ from, to }: MarketChangeNoticed): string {
  const names = (Object.keys(to) as (keyof MarketTerms)[]).filter((name) => from[name] !== to[name])
  return names.map((name) => `${name} ${from[name]} → ${to[name]}`).join(', ')
}

/** What LOMS and the account disagree on; another set of findings is news, the same one a repeat. */
function compared(findings: readonly Finding[]): Said {
  if (findings.length === 0) return { kind: 'RECONCILIATION', severity: 'info', subject: 'agree', text: 'LOMS and the account agree again', fields: { findings: 0 } }
  const told = findings.map(({ kind, symbol, direction, positionId, expected, found }) => `${kind} ${symbol} ${direction}${positionId === null ? '' : ` (#${positionId})`}: here ${expected}, there ${found}`).join('; ')
  const kind = findings.some((finding) => finding.kind === 'orphan') ? 'ORPHAN_POSITION' : 'RECONCILIATION'
  const severity = findings.every((finding) => finding.kind === 'foreign-stop') ? 'warning' : 'urgent'
  return { kind, severity, subject: told, text: told, fields: { findings: findings.length } }
}

function opened({ positionId, symbol, direction, qty, entryPrice, stopPrice, targetPrice, strategy }: PositionOpened, orderId: number | null): Said {
  const target = targetPrice === null ? '' : `, tp ${targetPrice}`
  const order = orderId === null ? '' : `, order ${orderId}`
  return {
    kind: 'ORDER_OPENED', severity: 'info', subject: `position ${positionId}`,
    text: `#${positionId} ${symbol} ${direction} ${qty} at ${entryPrice}, sl ${stopPrice}${target}, ${strategy}${order}`,
    fields: { position_id: positionId, order_id: orderId, symbol, side: direction, qty, entry_price: entryPrice, sl_price: stopPrice, tp_price: targetPrice, strategy },
  }
}

function closed({ positionId, symbol, direction, entryPrice, closePrice, qty, pnl, fees, reason, durationMs }: PositionClosed): Said {
  const liquidated = reason === 'liquidation'
  const signed = pnl.startsWith('-') ? pnl : `+${pnl}`
  return {
    kind: liquidated ? 'LIQUIDATED' : 'POSITION_CLOSED', severity: liquidated ? 'urgent' : 'info', subject: `position ${positionId}`,
    text: `#${positionId} ${symbol} ${direction} ${reason}: ${entryPrice} → ${closePrice}, net ${signed} USDT`,
    fields: { position_id: positionId, symbol, side: direction, entry_price: entryPrice, close_price: closePrice, qty, pnl, fees, reason, duration_sec: durationMs / 1000 },
  }
}
