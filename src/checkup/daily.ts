/** `loms daily`: one look before going to bed. Asks the service, reads the journal beside it. */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { Check } from '../cli/commands/checks.ts'
import type { Settings } from '../config/settings.ts'
import type { GroupedStats, PositionView } from '../domain/wire.ts'
import type { HealthView } from '../http/application.ts'
import { readJournal } from '../../state/journal-reading.ts'
import { ensureDirectory, nodeIo, placeFile } from '../../state/io.ts'
import { broken, held, judged, skipped } from './check.ts'

/** What the service answered; null: it did not. */
export type Answers = { readonly health: Partial<HealthView> | null; readonly open: readonly PositionView[] | null; readonly week: GroupedStats | null }
export type DailyOptions = { readonly settings: Settings; readonly zombieAgeHours: number; readonly answers: Answers; readonly now: Date }

const SIGNAL_AGE_HOURS = 24
/** Fewer closed positions say nothing about a win rate. */
const LEAST_FOR_WIN_RATE = 10
const HOUR_MS = 3_600_000

/** Notices that nobody wants to find in a day. */
const ERRORS: ReadonlySet<string> = new Set(['stop-loss.failed', 'close.failed', 'position.quarantined', 'stray-fill.noticed', 'voided-fill.noticed', 'take-profit.failed', 'order.unresolved-noticed'])

export function lookAtDay({ settings, zombieAgeHours, answers, now }: DailyOptions): readonly Check[] {
  return [...service(settings, answers.health), ...positions(answers, zombieAgeHours, now), ...records(settings, now), writable('data directory', settings.dataDir), writable('audit log', settings.auditLogPath)]
}

function service(settings: Settings, health: Partial<HealthView> | null): readonly Check[] {
  if (health === null) return [broken('service', 'it does not answer', 'running')]
  if (health.environment === undefined) return [broken('service', 'it hides its details', 'an API key with the scope read (--key)')]
  const expected = (name: string, found: unknown, wanted: string): Check => judged(name, String(found) === wanted, String(found), wanted)
  const stale = health.price_feed?.['stale']
  return [
    judged('service', health.ok === true, health.ok === true ? 'healthy' : (health.degraded ?? []).join('; '), 'healthy'),
    expected('environment', health.environment, settings.environment),
    expected('broker', health.broker_mode, settings.brokerMode),
    expected('entries', health.oms_enabled, String(settings.core.omsEnabled)),
    judged('prices', !Array.isArray(stale) || stale.length === 0, Array.isArray(stale) && stale.length > 0 ? `none for ${stale.join(', ')}` : feedAge(health), `none older than ${settings.priceStaleSec} s`),
  ]
}

function feedAge(health: Partial<HealthView>): string {
  const ages = Object.values((health.price_feed?.['age_ms'] ?? {}) as Readonly<Record<string, unknown>>).filter((age) => typeof age === 'number')
  return ages.length === 0 ? 'nothing is watched' : `oldest ${(Math.max(...ages) / 1000).toFixed(1)} s`
}

function positions({ open, week }: Answers, zombieAgeHours: number, now: Date): readonly Check[] {
  if (open === null || week === null) return [skipped('positions', 'the service did not say')]
  const old = open.filter(({ created_at }) => now.getTime() - Date.parse(created_at) > zombieAgeHours * HOUR_MS)
  const { closed_positions: closed, winrate } = week
  const stuck = closed >= LEAST_FOR_WIN_RATE && (winrate === 0 || winrate === 100)
  return [
    judged('open positions', old.length === 0, old.length === 0 ? `${open.length}` : `${open.length}, of them too old: ${old.map(({ id, symbol }) => `#${id} ${symbol}`).join(', ')}`, `none older than ${zombieAgeHours} h`, 'warning'),
    judged('win rate of a week', !stuck, `${winrate.toFixed(2)} % of ${closed}`, 'not stuck at 0 or 100'),
  ]
}

/** From the journal itself, so also of a service that is down. */
function records(settings: Settings, now: Date): readonly Check[] {
  const opened = readJournal(settings.dataDir)
  if (!opened.ok) return [broken('journal', opened.message)]
  const { records: read, durableSeq } = opened.journal
  const dayStart = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate())
  const from = Math.min(dayStart, now.getTime() - SIGNAL_AGE_HOURS * HOUR_MS)
  let [signals, lastSignal] = [0, 0]
  const errors = new Map<string, number>()
  for (const record of read(firstSince(read, durableSeq, from))) {
    if (record.kind === 'fact' && record.body.type === 'signal.received') [signals, lastSignal] = [signals + 1, record.at]
    if (record.kind === 'notice' && record.at >= dayStart && ERRORS.has(record.body.type)) errors.set(record.body.type, (errors.get(record.body.type) ?? 0) + 1)
  }
  const age = lastSignal === 0 ? `none in ${SIGNAL_AGE_HOURS} h` : `${((now.getTime() - lastSignal) / HOUR_MS).toFixed(1)} h ago, ${signals} in ${SIGNAL_AGE_HOURS} h or today`
  const found = [...errors].map(([type, count]) => `${type} ${count}`).join(', ')
  return [judged('last signal', lastSignal > 0, age, `within ${SIGNAL_AGE_HOURS} h`, 'warning'), judged('errors of the day', errors.size === 0, found === '' ? 'none' : found, 'none')]
}

/** The first record not older than `at`, by halving. */
function firstSince(read: (from: number) => Iterable<{ readonly at: number }>, durableSeq: number, at: number): number {
  let [low, high] = [1, durableSeq + 1]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [record] = read(middle)
    if (record && record.at < at) low = middle + 1
    else high = middle
  }
  return low
}

function writable(name: string, path: string): Check {
  try {
    fs.accessSync(fs.existsSync(path) ? path : dirname(path), fs.constants.W_OK)
    return held(name, 'writable')
  } catch {
    return broken(name, `${path} is not writable`, 'writable')
  }
}

/** Keeps the day as `<DATA_DIR>/daily/2026-11-21.json`; a second look replaces the first. */
export async function saveDay(dataDir: string, now: Date, day: object): Promise<string> {
  const file = join(dataDir, 'daily', `${now.toISOString().slice(0, 10)}.json`)
  ensureDirectory(nodeIo, dirname(file))
  await placeFile(nodeIo, file, Buffer.from(`${JSON.stringify(day, null, 2)}\n`))
  return file
}
