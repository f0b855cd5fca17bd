/** `loms health`: is the service well, and what does it work with. */
import type { HealthView } from '../../http/application.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { duration, text } from '../format.ts'
import { printJson, reportFailure, type Session } from '../session.ts'
import { renderPairs } from '../table.ts'
import type { Colours } from '../terminal.ts'

/** Exit code 3 when any part is degraded, or the service answers but cannot tell. */
export async function showHealth(session: Session): Promise<ExitCode> {
  const { client, terminal, json } = session
  const answer = await client.get<Partial<HealthView>>('/health', 'object')
  if (answer.kind !== 'ok') return reportFailure(session, answer) === EXIT.unreachable ? EXIT.unreachable : EXIT.unhealthy
  if (json) printJson(terminal, answer.body)
  else terminal.out(renderHealth(answer.body, terminal.colours))
  return answer.body.ok === true ? EXIT.ok : EXIT.unhealthy
}

/** Fields that the service withholds (details without a key) are left out. */
export function renderHealth(health: Partial<HealthView>, colours: Colours): string {
  const name = ['LOMS', health.version].filter(Boolean).join(' ')
  const degraded = health.degraded ?? []
  const parts = degraded.length > 0 ? `: ${degraded.map(text).join(', ')}` : ''
  const headline = health.ok === true ? colours.green(`${name} is healthy`) : colours.red(`${name} is degraded${parts}`)
  const entries = health.oms_enabled === undefined ? undefined : health.oms_enabled ? 'entries on' : 'entries off'
  const trading = health.trading && (health.trading.reason === null ? health.trading.state : `${health.trading.state} (${health.trading.reason})`)
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['environment', joined([health.environment, health.broker_mode && `broker ${health.broker_mode}`, entries])],
    ['trading', trading],
    ['prices', joined([health.price_source && `${health.price_source}, mode ${health.price_mode}`, section(health.price_feed)])],
    ['executor', section(health.executor)],
    ['watcher', section(health.watcher)],
    ['store', joined([health.database_url, section(health.store)])],
    ['audit log', health.audit_log_path],
    ['supervisor', health.supervisor?.state],
    ['uptime', health.uptime_sec === undefined ? undefined : duration(health.uptime_sec)],
  ]
  return [headline, renderPairs(pairs.flatMap(([label, value]) => (value ? [[label, text(value)] as const] : [])))].join('\n')
}

const joined = (parts: readonly (string | undefined)[]): string | undefined => parts.filter(Boolean).join(', ') || undefined

/** `connected true, positions 3, kill switch armed false`: any section in one line. */
function section(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).flatMap(([key, inner]) => described(key.replaceAll('_', ' '), inner)).join(', ')
}

function described(name: string, value: unknown): readonly string[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.length === 0 ? [] : [`${name} ${JSON.stringify(value)}`]
  if (typeof value === 'object') return Object.entries(value).flatMap(([key, inner]) => described(`${name} ${key.replaceAll('_', ' ')}`, inner))
  return [`${name} ${text(value)}`]
}
