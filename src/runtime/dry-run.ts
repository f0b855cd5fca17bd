/** What a signal would be answered: every check with its numbers, and nothing recorded. */
import { toNumber, type Decimal } from '../domain/decimal.ts'
import type { MarketMinimums } from '../domain/market.ts'
import type { DryRunOutcome, DryRunView, EntryRequest } from '../http/application.ts'
import { explain } from '../risk/risk-engine.ts'
import type { Core } from '../../machines/core.ts'
import { entriesRefused } from '../../machines/entry-answer.ts'
import type { Inspected } from './door.ts'

export type DryRunWorld = {
  readonly core: Core
  readonly inspected: Inspected
  readonly at: number
  readonly market: MarketMinimums | undefined
  /** What open positions are worth now, journaled or not. */
  readonly marks: ReadonlyMap<string, Decimal>
}

export function dryRun({ signal }: EntryRequest, { core, inspected, at, market, marks }: DryRunWorld): DryRunOutcome {
  if (!inspected.ok && inspected.outcome.kind !== 'invalid') return inspected.outcome
  const subject = core.riskSubject(signal, at, market, marks)
  const checks = explain(subject)
  const notTraded = entriesRefused(core.settings, core.ledger(signal.accountLabel).trading)
  const onlyNoted = core.settings.limits.alertLimitMode === 'log' ? ['alerts', 'symbol_alerts'] : []
  const blocked = checks.find(({ ok, scope }) => ok === false && !onlyNoted.includes(scope))
  const view: DryRunView = {
    received: true,
    dry_run: true,
    verdict: !inspected.ok ? 'invalid' : inspected.repeat ? 'repeat' : notTraded !== null ? 'not_traded' : blocked ? 'blocked' : 'open',
    oms_enabled: notTraded === null,
    risk_ok: notTraded === null && !blocked,
    reason: notTraded ?? blocked?.reason ?? null,
    problems: !inspected.ok && inspected.outcome.kind === 'invalid' ? inspected.outcome.problems : [],
    symbol: signal.symbol,
    side: signal.direction,
    account_label: signal.accountLabel,
    strategy: signal.strategy,
    price: toNumber(signal.price),
    qty: toNumber(signal.qty),
    notional: toNumber(subject.notional),
    tp_price: signal.targets[0] ? toNumber(signal.targets[0].price) : null,
    sl_price: toNumber(signal.slPrice),
    exit_strategy: signal.exitStrategy,
    equity: toNumber(subject.equity()),
    checks,
  }
  return { kind: 'ok', value: view }
}
