/** Durable notices to whoever listens, and to the log under stable event names. */
import type { Notice } from '../domain/notices.ts'
import { toNumber } from '../domain/decimal.ts'
import type { PublishedNotice } from '../http/application.ts'
import type { Logger } from './logger.ts'

export class Publisher {
  readonly #logger: Logger
  readonly #listeners = new Set<(published: PublishedNotice) => void>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  publish(notice: Notice, seq: number, at: number): void {
    log(this.#logger, notice)
    if (this.#listeners.size === 0) return
    const published = { seq, at: new Date(at).toISOString(), notice }
    for (const listener of this.#listeners) {
      try {
        listener(published)
      } catch (error) {
        // A broken reader must not stop the release of commands.
        this.#logger.error('notice_listener_failed', { error: String(error) })
      }
    }
  }

  subscribe(listener: (published: PublishedNotice) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves with the first notice for which `matches` holds, or after `withinMs`. */
  when(matches: (notice: Notice) => boolean, withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        unsubscribe()
        resolve()
      }
      const timer = setTimeout(done, withinMs)
      const unsubscribe = this.subscribe(({ notice }) => {
        if (matches(notice)) done()
      })
    })
  }
}

/** What people look for in the logs; the rest is in the journal. */
function log(logger: Logger, notice: Notice): void {
  switch (notice.type) {
    case 'risk.blocked':
      return logger.warn('risk_block', { scope: notice.scope, reason: notice.reason, symbol: notice.symbol, strategy: notice.strategy, account_label: notice.accountLabel })
    case 'risk.noted':
      return logger.warn('risk_noted', { scope: notice.scope, reason: notice.reason, symbol: notice.symbol, strategy: notice.strategy, account_label: notice.accountLabel })
    case 'trading.changed':
      return logger[notice.to === 'halted' ? 'error' : 'warn']('trading_changed', { account_label: notice.accountLabel, from: notice.from, to: notice.to, reason: notice.reason, automatic: notice.automatic })
    case 'loss-limit.reached':
      return logger.error('loss_limit_reached', { account_label: notice.accountLabel, scope: notice.scope, reason: notice.reason })
    case 'position.overdue-noticed':
      return logger.warn('zombie_position', { id: notice.positionId, symbol: notice.symbol, hours: notice.hours })
    case 'strategy.rated':
      return logger.warn('strategy_rated', { strategy: notice.strategy, eligible: notice.eligible, trades: notice.trades, net: toNumber(notice.net), profit_factor: notice.profitFactor === null ? null : toNumber(notice.profitFactor) })
    case 'position.opened':
      return logger.info('position_opened', { id: notice.positionId, symbol: notice.symbol, side: notice.direction, qty: toNumber(notice.qty), entry_price: toNumber(notice.entryPrice) })
    case 'position.protected':
      return logger.info('position_protected', { id: notice.positionId, naked_ms: notice.nakedMs })
    case 'position.cancelled':
      return logger.warn('position_cancelled', { id: notice.positionId, reason: notice.reason })
    case 'position.reduced':
      return logger.info('position_reduced', { id: notice.positionId, role: notice.role, qty: toNumber(notice.qty), price: toNumber(notice.price), open_qty: toNumber(notice.openQty) })
    case 'reconciliation.found':
      return logger[notice.findings.length > 0 ? 'error' : 'info']('reconciliation', { findings: notice.findings })
    case 'position.reduced-externally':
      return logger.warn('position_reduced_externally', { id: notice.positionId, cause: notice.cause, qty: toNumber(notice.qty), price: toNumber(notice.price) })
    case 'market-change.noticed':
      return logger.warn('market_of_position_changed', { id: notice.positionId, before: notice.from, after: notice.to, closable: notice.closable })
    case 'voided-fill.noticed':
      return logger.error('fill_voided', { id: notice.positionId, role: notice.role, trade_id: notice.tradeId, qty: toNumber(notice.qty), price: toNumber(notice.price) })
    case 'position.closed':
      return logger.info('position_closed', {
        id: notice.positionId,
        symbol: notice.symbol,
        side: notice.direction,
        entry_price: toNumber(notice.entryPrice),
        close_price: toNumber(notice.closePrice),
        qty: toNumber(notice.qty),
        pnl: toNumber(notice.pnl),
        fees: toNumber(notice.fees),
        reason: notice.reason,
        duration_sec: notice.durationMs / 1000,
      })
    case 'position.quarantined':
      return logger.error('position_quarantined', { id: notice.positionId, error: notice.error })
    case 'stop-loss.failed':
      return logger.error('sl_placement_failed', { id: notice.positionId, attempts: notice.attempts, error: notice.error })
    case 'take-profit.failed':
      return logger.warn('tp_placement_failed', { id: notice.positionId, error: notice.error })
    case 'close.failed':
      return logger.error('close_failed', { id: notice.positionId, attempts: notice.attempts, error: notice.error })
    case 'order.unresolved-noticed':
      return logger.warn('order_unresolved', { id: notice.positionId, client_order_id: notice.clientOrderId, role: notice.role })
    case 'stray-fill.noticed':
      return logger.error('stray_fill', { id: notice.positionId, client_order_id: notice.clientOrderId, qty: toNumber(notice.qty) })
    case 'condition.raised':
      return logger[notice.severity === 'urgent' ? 'error' : 'warn']('condition_raised', { kind: notice.kind, subject: notice.subject, detail: notice.detail })
    case 'condition.cleared':
      return logger.info('condition_cleared', { kind: notice.kind, subject: notice.subject })
    case 'signal.answered':
    case 'position.moved':
    case 'position.retired':
    case 'fact.ignored':
      return
  }
}
