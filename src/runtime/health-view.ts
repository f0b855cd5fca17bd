/** `GET /health`: what the service is doing, and what is wrong with it. */
import { toNumber } from '../domain/decimal.ts'
import type { JsonObject } from '../domain/signal.ts'
import type { HealthView } from '../http/application.ts'
import { hasFill, hasVanished, isCovered, isFlat } from '../../machines/position.context.ts'
import { stallText } from './loop-watch.ts'
import { reconciliationView } from './reconcile.ts'
import { killSwitchView, riskView } from './risk-view.ts'
import type { Service } from './service.ts'

export function healthView(service: Service, store: { readonly kind: string; readonly segments: number; readonly bytes: number; readonly durableSeq: number }, auditFailure: string | null): HealthView {
  const { settings, engine, prices } = service
  const { core, sequencer } = engine
  const feed = prices.health()
  const counts = positionCounts(service)
  const trading = core.ledger(settings.core.accountLabel).trading
  const degraded = [
    ...[service.journalTrouble ?? []].flat().map((trouble) => `journal: ${trouble}`),
    ...(auditFailure === null ? [] : [`audit log: ${auditFailure}`]),
    ...(counts.quarantined > 0 ? [`${counts.quarantined} position(s) in quarantine need a person`] : []),
    ...(counts.unprotected > 0 ? [`${counts.unprotected} position(s) without a confirmed stop`] : []),
    ...[prices.unavailable?.() ?? []].flat(),
    ...liveProblems(service),
    ...feed.stale.map((symbol) => `no price for ${symbol}`),
    ...[service.eventLoop?.recentStall() ?? []].flat().map(stallText),
  ]
  const ok = degraded.length === 0
  return {
    ok,
    service: 'CryptoNakCore LOMS',
    status: ok ? 'ok' : 'degraded',
    environment: settings.environment,
    broker_mode: settings.brokerMode,
    oms_enabled: settings.core.omsEnabled && trading.state === 'active',
    database_url: settings.databaseUrl,
    audit_log_path: settings.auditLogPath,
    price_source: settings.priceSource,
    price_mode: settings.priceMode,
    degraded,
    trading: { state: trading.state, reason: trading.reason },
    risk: riskView(service),
    executor: { ...liveView(service), broker: engine.broker.name, positions: core.registry.size, unprotected_now: counts.unprotected, time_to_protect: service.metricsRegistry.timeToProtect(), quarantined: counts.quarantined, kill_switch: killSwitchView(trading) },
    price_feed: { connected: feed.connected, quotes: feed.quotes, age_ms: feed.ageMs, stale: feed.stale },
    watcher: { ...service.metricsRegistry.watcher(), timers: engine.deadlines.size, ...engine.desk.size(), ...(service.eventLoop ? { event_loop: service.eventLoop.view() } : {}) },
    store: { ...store, state: sequencer.state },
    supervisor: { state: service.state },
    version: service.version,
    uptime_sec: Math.round((performance.now() - service.startedAt) / 1000),
  }
}

/** The account at the exchange; with paper there is none to lose. */
function liveView({ live }: Service): JsonObject {
  if (!live) return { connected: true }
  const { connected, streams, equity, lookedAt, findings, failure, refusals, positions } = live.view()
  return {
    connected,
    streams_connected: streams,
    equity: equity === null ? null : toNumber(equity),
    looked_at: lookedAt === null ? null : new Date(lookedAt).toISOString(),
    failure,
    refusals,
    reconciliation: reconciliationView(findings),
    venue_positions: positions.map(({ symbol, direction, qty }) => ({ symbol, side: direction, qty: toNumber(qty) })),
  }
}

function liveProblems({ live }: Service): readonly string[] {
  if (!live) return []
  const { connected, findings, failure, refusals } = live.view()
  return [
    ...refusals.map((refusal) => `account: ${refusal}`),
    ...(connected ? [] : [`exchange: ${failure ?? 'not looked at yet'}`]),
    ...findings.map((finding) => `reconciliation: ${finding.symbol} ${finding.direction} ${finding.kind} (expected ${finding.expected}, found ${finding.found})`),
  ]
}

/** Counted when asked: health is asked rarely, positions change often. */
function positionCounts({ engine }: Service): { readonly unprotected: number; readonly quarantined: number } {
  let unprotected = 0
  let quarantined = 0
  for (const id of engine.core.registry.ids()) {
    const snapshot = engine.core.registry.get(id)
    if (!snapshot) continue
    if (snapshot.value === 'quarantined') quarantined += 1
    if (hasFill(snapshot.context) && !isFlat(snapshot.context) && !isCovered(snapshot.context) && !hasVanished(snapshot.context)) unprotected += 1
  }
  return { unprotected, quarantined }
}
