/** `GET /health`: what the service is doing, and what is wrong with it. */
import type { HealthView } from '../http/application.ts'
import { hasFill, isCovered, isFlat } from '../../machines/position.context.ts'
import { killSwitchView, riskView } from './risk-view.ts'
import type { Service } from './service.ts'

export function healthView(service: Service, store: { readonly kind: string; readonly segments: number; readonly bytes: number; readonly durableSeq: number }, auditFailure: string | null): HealthView {
  const { settings, engine, prices } = service
  const { core, sequencer } = engine
  const feed = prices.health()
  const counts = positionCounts(service)
  const trading = core.ledger(settings.core.accountLabel).trading
  const degraded = [
    ...(sequencer.state === 'open' && !sequencer.crowded ? [] : [`journal: ${service.closedReason()}`]),
    ...(auditFailure === null ? [] : [`audit log: ${auditFailure}`]),
    ...(counts.quarantined > 0 ? [`${counts.quarantined} position(s) in quarantine need a person`] : []),
    ...(counts.unprotected > 0 ? [`${counts.unprotected} position(s) without a confirmed stop`] : []),
    ...[prices.unavailable?.() ?? []].flat(),
    ...feed.stale.map((symbol) => `no price for ${symbol}`),
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
    executor: { broker: engine.broker.name, connected: true, positions: core.registry.size, unprotected_now: counts.unprotected, quarantined: counts.quarantined, kill_switch: killSwitchView(trading) },
    price_feed: { connected: feed.connected, quotes: feed.quotes, age_ms: feed.ageMs, stale: feed.stale },
    watcher: { ...service.metricsRegistry.watcher(), timers: engine.deadlines.size, ...engine.desk.size() },
    store: { ...store, state: sequencer.state },
    supervisor: { state: service.state },
    version: service.version,
    uptime_sec: Math.round((performance.now() - service.startedAt) / 1000),
  }
}

/** Counted when asked: health is asked rarely, positions change often. */
function positionCounts({ engine }: Service): { readonly unprotected: number; readonly quarantined: number } {
  let unprotected = 0
  let quarantined = 0
  for (const id of engine.core.registry.ids()) {
    const snapshot = engine.core.registry.get(id)
    if (!snapshot) continue
    if (snapshot.value === 'quarantined') quarantined += 1
    if (hasFill(snapshot.context) && !isFlat(snapshot.context) && !isCovered(snapshot.context)) unprotected += 1
  }
  return { unprotected, quarantined }
}
