/** `loms doctor`: is this machine ready to run LOMS with these settings? Changes nothing but a file it removes again. */
import fs from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Check } from '../cli/commands/checks.ts'
import type { LoadedSettings } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import { TelegramApi } from '../alerts/telegram-api.ts'
import { lockDirectory } from '../../state/lock.ts'
import { broken, held, judged, skipped } from './check.ts'

/** Checks that need an exchange: clock, keys, permissions, account. The live part hands them in. */
export type ExchangeChecks = (settings: Settings) => Promise<readonly Check[]>
export type DoctorOptions = {
  readonly loaded: LoadedSettings
  readonly nodeVersion: string
  /** Null: nothing is traded or watched on an exchange. */
  readonly exchange: ExchangeChecks | null
  readonly telegramOrigin?: string
}

const SYNCS = 5
const SLOW_SYNC_MS = 100
const LEAST_FREE_BYTES = 1024 ** 3
const MOST_SKEW_SEC = 2

export async function examine({ loaded, nodeVersion, exchange, telegramOrigin }: DoctorOptions): Promise<readonly Check[]> {
  const node = judged('Node.js', atLeastNode(nodeVersion), nodeVersion, '20.19 or newer')
  if (!loaded.ok) return [node, ...loaded.problems.map((problem) => broken('settings', problem))]
  const { settings, warnings } = loaded
  const config: readonly Check[] = warnings.length === 0 ? [held('settings', 'no mistakes')] : warnings.map((warning): Check => ({ name: 'settings', verdict: 'warning', figure: warning, wanted: '' }))
  return [
    node,
    ...config,
    access(settings),
    ...dataDirectory(settings.dataDir),
    auditLog(settings.auditLogPath),
    await port(settings.host, settings.port),
    await clock(),
    await telegram(settings, telegramOrigin),
    ...(exchange === null ? [skipped('exchange', `BROKER_MODE=${settings.brokerMode}, PRICE_SOURCE=${settings.priceSource}: none is used`)] : await exchange(settings)),
  ]
}

export function atLeastNode(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return major > 20 || (major === 20 && minor >= 19)
}

function access({ host, apiKeys }: Settings): Check {
  const short = apiKeys.filter(({ key, hashed }) => hashed !== true && key.length < 32).map(({ name }) => name)
  if (apiKeys.length === 0) return held('API keys', `none; ${host} is this machine only`)
  return judged('API keys', short.length === 0, short.length === 0 ? `${apiKeys.length}` : `short: ${short.join(', ')}`, '32 random characters or more', 'warning')
}

/** Writable, and does the disk really take what is synced? */
function dataDirectory(directory: string): readonly Check[] {
  const name = 'data directory'
  const existing = nearest(directory)
  try {
    fs.accessSync(existing, fs.constants.W_OK)
  } catch {
    return [broken(name, `${existing} is not writable by this user`, 'writable')]
  }
  const free = fs.statfsSync(existing)
  const freeBytes = free.bavail * free.bsize
  return [held(name, existing === directory ? directory : `${directory}, to be made in ${existing}`), running(directory), judged('free room', freeBytes >= LEAST_FREE_BYTES, `${(freeBytes / 1024 ** 3).toFixed(1)} GiB`, '1 GiB or more', 'warning'), syncing(existing)]
}

function syncing(directory: string): Check {
  const file = join(directory, `.loms-doctor-${process.pid}`)
  const fd = fs.openSync(file, 'w')
  try {
    const times = Array.from({ length: SYNCS }, () => {
      fs.writeSync(fd, 'x')
      const started = performance.now()
      fs.fdatasyncSync(fd)
      return performance.now() - started
    })
    const slowest = Math.max(...times)
    return judged('disk sync', slowest <= SLOW_SYNC_MS, `slowest of ${SYNCS}: ${slowest.toFixed(1)} ms`, `up to ${SLOW_SYNC_MS} ms`, 'warning')
  } catch (error) {
    return broken('disk sync', error instanceof Error ? error.message : String(error))
  } finally {
    fs.closeSync(fd)
    fs.rmSync(file, { force: true })
  }
}

function running(directory: string): Check {
  if (!fs.existsSync(join(directory, 'journal'))) return held('data in use', 'no data yet')
  const locking = lockDirectory(directory)
  if (locking.ok) locking.lock.release()
  return held('data in use', locking.ok ? 'by nobody' : 'a LOMS is running on it')
}

function auditLog(path: string): Check {
  const place = fs.existsSync(path) ? path : nearest(path)
  try {
    fs.accessSync(place, fs.constants.W_OK)
    return held('audit log', path)
  } catch {
    return broken('audit log', `${place} is not writable by this user`, 'writable')
  }
}

/** The directory itself, or the nearest one above that exists. */
function nearest(directory: string): string {
  let place = directory
  while (!fs.existsSync(place) && place !== join(place, '..')) place = join(place, '..')
  return place
}

function port(host: string, number: number): Promise<Check> {
  const where = `${host}:${number}`
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      resolve(taken ? { name: 'port', verdict: 'warning', figure: `${where} is in use, perhaps by a running LOMS`, wanted: 'free' } : broken('port', `${where}: ${error.message}`))
    })
    server.listen(number, host, () => server.close(() => resolve(held('port', `${where} is free`))))
  })
}

/** Against the kernel's own word, without asking anybody outside; an exchange's clock is compared by its own checks. */
async function clock(): Promise<Check> {
  const { execFile } = await import('node:child_process')
  return new Promise((resolve) => {
    execFile('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], { timeout: 3_000 }, (error, stdout) => {
      if (error) return resolve(skipped('clock', 'timedatectl is not here; make sure the machine keeps its time by NTP'))
      resolve(judged('clock', stdout.trim() === 'yes', stdout.trim() === 'yes' ? 'kept by NTP' : 'not kept by NTP', `within ${MOST_SKEW_SEC} s of true time`, 'warning'))
    })
  })
}

async function telegram({ alerts }: Settings, origin: string | undefined): Promise<Check> {
  if (alerts.telegramToken === null) return { name: 'Telegram', verdict: 'warning', figure: 'not set up: nobody is told when something goes wrong', wanted: 'TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_IDS' }
  const api = new TelegramApi(alerts.telegramToken, ...(origin === undefined ? [] : [origin]))
  const me = await api.call<{ readonly username?: string }>('getMe', {}, 10_000)
  if (me.kind !== 'ok') return broken('Telegram', me.kind === 'refused' ? `${me.code} ${me.description}` : me.why, 'a bot that answers')
  for (const chat of alerts.telegramChatIds) {
    const found = await api.call('getChat', { chat_id: chat }, 10_000)
    if (found.kind !== 'ok') return broken('Telegram', `chat ${chat}: ${found.kind === 'refused' ? found.description : found.why}`, 'the bot is a member of every chat')
  }
  return held('Telegram', `@${me.result.username ?? '?'}, ${alerts.telegramChatIds.length} chat(s), ${alerts.telegramUserIds.length} person(s) may send commands`)
}
