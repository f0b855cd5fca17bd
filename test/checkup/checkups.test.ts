/** Doctor, daily and readiness over real directories and a real service. */
import fs from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Check } from '../../src/cli/commands/checks.ts'
import { lookAtDay, saveDay, type Answers } from '../../src/checkup/daily.ts'
import { atLeastNode, examine } from '../../src/checkup/doctor.ts'
import { assessReadiness } from '../../src/checkup/readiness.ts'
import { loadSettings } from '../../src/config/load.ts'
import type { GroupedStats, PositionView } from '../../src/domain/wire.ts'
import { BotApi } from '../alerts/bot-api.ts'
import { TOKEN } from '../alerts/desk-world.ts'
import { bounce, Loms, temporaryDirectory } from '../e2e/service-process.ts'
import { settingsWith } from '../signals/settings.ts'

const verdict = (checks: readonly Check[], name: string): string => checks.filter((check) => check.name === name).map((check) => `${check.verdict}: ${check.figure}`).join('; ')

describe('loms doctor', () => {
  const doctor = (environment: Record<string, string>, more: { readonly telegramOrigin?: string } = {}) =>
    examine({ loaded: loadSettings({ environment, dotEnv: null }), nodeVersion: 'v20.20.0', exchange: null, ...more })

  it('a machine that is ready', async () => {
    const directory = temporaryDirectory()
    const checks = await doctor({ DATA_DIR: join(directory, 'data'), PORT: '0' })
    expect(checks.filter((check) => check.verdict === 'failed')).toEqual([])
    expect(verdict(checks, 'disk sync')).toContain('ok: slowest of 5')
    expect(fs.readdirSync(directory)).toEqual([])
  })
  it('every mistake of the settings', async () => expect(verdict(await doctor({ PORT: 'x', MAX_OPEN_POSITIONS: '0' }), 'settings')).toMatch(/failed: PORT=x.*failed: MAX_OPEN_POSITIONS=0/))
  it('a port that is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const checks = await doctor({ DATA_DIR: temporaryDirectory(), PORT: String((server.address() as AddressInfo).port) })
    expect(verdict(checks, 'port')).toContain('warning: 127.0.0.1')
    server.close()
  })
  it('a bot that does not answer, without its token', async () => {
    const checks = await doctor({ DATA_DIR: temporaryDirectory(), TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_CHAT_IDS: '42' }, { telegramOrigin: 'http://127.0.0.1:9' })
    expect(verdict(checks, 'Telegram')).toMatch(/^failed/)
    expect(JSON.stringify(checks)).not.toContain(TOKEN)
  })
  it('a bot that answers', async () => {
    const bot = new BotApi()
    const checks = await doctor({ DATA_DIR: temporaryDirectory(), TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_CHAT_IDS: '42' }, { telegramOrigin: await bot.start() })
    expect(verdict(checks, 'Telegram')).toMatch(/^ok.*1 chat/)
    await bot.stop()
  })
  it.each([['v20.18.9', false], ['v20.19.0', true], ['v22.0.0', true], ['v18.20.0', false]])('Node %s', (version, ok) => expect(atLeastNode(version)).toBe(ok))
})

describe('loms daily', () => {
  const NOW = new Date('2026-11-21T20:00:00Z')
  const settings = settingsWith({ DATA_DIR: temporaryDirectory() })
  const well: Answers = {
    health: { ok: true, environment: 'dev', broker_mode: 'paper', oms_enabled: true, price_feed: { stale: [], age_ms: { BTCUSDT: 1200 } } },
    open: [{ id: 7, symbol: 'BTCUSDT', created_at: '2026-11-21T12:00:00.000Z' } as PositionView],
    week: { closed_positions: 12, winrate: 50 } as GroupedStats,
  }
  const day = (changes: Partial<Answers>): readonly Check[] => lookAtDay({ settings, zombieAgeHours: 24, answers: { ...well, ...changes }, now: NOW })
  const health = (changes: object): Partial<Answers> => ({ health: { ...well.health, ...changes } })

  it.each([
    ['service', {}, /^ok/],
    ['service', { health: null }, /^failed: it does not answer/],
    ['service', health({ ok: false, degraded: ['no price for X'] }), /^failed: no price for X/],
    ['environment', health({ environment: 'live' }), /^failed: live/],
    ['broker', health({ broker_mode: 'live' }), /^failed: live/],
    ['entries', health({ oms_enabled: false }), /^failed: false/],
    ['prices', health({ price_feed: { stale: ['BTCUSDT'] } }), /^failed: none for BTCUSDT/],
    ['prices', {}, /^ok: oldest 1.2 s/],
    ['open positions', { open: [{ id: 7, symbol: 'BTCUSDT', created_at: '2026-11-20T12:00:00.000Z' } as PositionView] }, /^warning: 1, of them too old: #7 BTCUSDT/],
    ['win rate of a week', { week: { closed_positions: 12, winrate: 100 } as GroupedStats }, /^failed/],
    ['win rate of a week', { week: { closed_positions: 3, winrate: 0 } as GroupedStats }, /^ok/],
    ['journal', {}, /^failed.*no folder journal/],
  ])('%s', (name, changes, expected) => expect(verdict(day(changes), name)).toMatch(expected))

  it('reads the journal beside the service, and keeps the day', async () => {
    const loms = await Loms.start()
    await loms.signal(bounce())
    const now = new Date()
    const own = settingsWith({ DATA_DIR: loms.dataDir })
    const checks = lookAtDay({ settings: own, zombieAgeHours: 24, answers: well, now })
    expect(verdict(checks, 'last signal')).toMatch(/^ok: 0.0 h ago, 1 in/)
    expect(verdict(checks, 'errors of the day')).toBe('ok: none')
    const file = await saveDay(loms.dataDir, now, { checks })
    expect(file).toContain(now.toISOString().slice(0, 10))
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toHaveProperty('checks')
    await loms.stop()
  })
})

describe('loms readiness', () => {
  const thresholds = { minTrades: 2, minShadowDays: 1, minWinratePct: 40, maxDrawdownPct: 10 }
  it('every criterion with figure and verdict', async () => {
    const loms = await Loms.start({ AUTO_CLOSE_MIN_AGE_SEC: '0', PAPER_BROKER: 'exchange', PAPER_TAKER_FEE_PCT: '0', PAPER_MAKER_FEE_PCT: '0' })
    const times: string[] = []
    for (const price of [105, 90]) {
      await loms.pin(100)
      const signal = bounce()
      times.push(signal['timestamp'] as string)
      await loms.signal(signal)
      await expect.poll(async () => (await loms.positions('&status=open')).some(({ state }) => state === 'tp-placed')).toBe(true)
      await loms.pin(price)
      await expect.poll(async () => (await loms.positions('&status=open')).length).toBe(0)
    }
    await loms.stop()
    const csv = join(loms.directory, 'trades.csv')
    fs.writeFileSync(csv, `symbol,side,timestamp,pnl\nBTCUSDT,long,${times[0]},4.5\nBTCUSDT,long,${times[1]},-1.5\n`)
    const outcome = assessReadiness({ source: loms.dataDir, botCsv: csv, settings: thresholds })
    if (!outcome.ok) throw new Error(outcome.message)
    expect(outcome.checks.map((check) => [check.name, check.verdict])).toEqual([
      ['paper operations', 'ok'], ['shadow days', 'ok'], ['win rate', 'ok'], ['drawdown', 'ok'], ['critical faults', 'ok'], ['replay', 'ok'], ["the bot's own results", 'ok'],
    ])
    fs.writeFileSync(csv, `symbol,side,timestamp,pnl\nBTCUSDT,long,${times[0]},-4.5\nETHUSDT,long,${times[1]},-1.5\n`)
    const strict = assessReadiness({ source: loms.dataDir, botCsv: csv, settings: { minTrades: 200, minShadowDays: 5, minWinratePct: 60, maxDrawdownPct: 0.01 } })
    expect(strict.ok && strict.checks.filter((check) => check.verdict === 'failed').map(({ name }) => name)).toEqual(['paper operations', 'shadow days', 'win rate', 'drawdown', "the bot's own results"])
  })
})
