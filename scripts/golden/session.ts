/** A short session of one release, recorded as later releases will find it: two lives, a checkpoint, and a tail behind it. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startService, type ChildService } from '../kill-loop/child-service.ts'

type Json = { readonly [field: string]: unknown }
/** What the recording release itself said of its data at the end. */
export type GoldenAnswers = { readonly positions: readonly Json[]; readonly stats: Json }

const SETTINGS = { PORT: '0', AUTO_CLOSE_INTERVAL_SEC: '0.05', AUTO_CLOSE_MIN_AGE_SEC: '0', MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '' }
const QUIET_MS = 400

export type Session = { readonly command: readonly [string, ...string[]]; readonly directory: string; readonly settings?: Readonly<Record<string, string>> }

/** Starts a service over `directory/data`. */
async function start({ command, directory, settings }: Session): Promise<ChildService> {
  const started = await startService({ command, environment: { PATH: process.env['PATH'] ?? '', ...SETTINGS, ...settings, DATA_DIR: join(directory, 'data') }, cwd: directory })
  if (!started.ok) throw new Error(`the service did not start: ${started.exit.stderr}`)
  return started.service
}

/** Records; the last life ends with kill -9, so that there is a tail to fold. */
export async function recordSession(session: Session): Promise<GoldenAnswers> {
  const first = await start(session)
  await trade(first, 1)
  await first.stop()
  const second = await start(session)
  await trade(second, 5)
  const answers = await answersOf(second)
  await second.kill()
  return answers
}

/** What a service over a recording says of it. */
export async function readSession(session: Session): Promise<GoldenAnswers> {
  const service = await start(session)
  const answers = await answersOf(service)
  await service.kill()
  return answers
}

/** A target, a stop, a close by hand, a repeat, a pause; one position stays open. */
async function trade(service: ChildService, first: number): Promise<void> {
  const signal = (number: number, more: Json = {}): Promise<Json> =>
    post(service, '/signals/bounce', { symbol: number % 2 ? 'BTCUSDT' : 'ETHUSDT', side: number % 2 ? 'long' : 'short', price: 100, qty: 1, tp_pct: 3, sl_pct: 2, timestamp: new Date(Date.UTC(2026, 0, 1) + 60_000 * number).toISOString(), signal_id: `golden-${number}`, ...more })
  await post(service, '/market/price/100', {})
  await signal(first)
  await signal(first + 1)
  await signal(first)
  await sleep(QUIET_MS)
  await post(service, '/market/price/104', {})
  await sleep(QUIET_MS)
  await post(service, '/market/price/100', {})
  const { position_id: id } = await signal(first + 2)
  await sleep(QUIET_MS)
  await post(service, `/positions/${String(id)}/close`, { reason: 'golden' })
  await post(service, '/control/pause', { reason: 'golden' })
  await signal(first + 9)
  await post(service, '/control/resume', { reason: 'golden' })
  await signal(first + 3, { exit_strategy: 'tp_sl_trailing_v1' })
  await sleep(QUIET_MS)
}

async function answersOf({ url }: ChildService): Promise<GoldenAnswers> {
  const read = async (path: string): Promise<unknown> => (await fetch(url + path)).json()
  return { positions: (await read('/positions?limit=1000')) as readonly Json[], stats: (await read('/stats')) as Json }
}

async function post({ url }: ChildService, path: string, body: Json): Promise<Json> {
  const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  const answer = (await response.json()) as Json
  if (response.status >= 300) process.stderr.write(`${path} was answered ${response.status}: ${JSON.stringify(answer)}\n`)
  return answer
}
