/**
 * No secret of the settings is found in anything that a live session writes, answers, logs or prints (I22): with an exchange
 * that refuses, echoes and goes away, alerts that are refused, every command that writes, refused starts and a crash.
 */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { SETTINGS } from '../../src/config/schema.ts'
import type { Emulator } from '../../src/exchange-emulator/server.ts'
import { BotApi } from '../alerts/bot-api.ts'
import { liveExchange, liveSettings } from './live-process.ts'
import { COMMAND, eventually, Loms, refusedStart, temporaryDirectory, type Answer, type Json, type Settings } from './service-process.ts'

const API = { owner: 'canary-owner-key-1111111111111111111', hook: 'canary-hook-key-22222222222222222222' }
const EXCHANGE = { apiKey: 'canary-exchange-key-666666666666666', secret: 'canary-exchange-secret-777777777777', password: 'canary-passphrase-888888888888888888' }
const TELEGRAM = '123456789:canary-telegram-token-9999999999'
const WEBHOOK = { path: 'canary-webhook-path-333333333333333', secret: 'canary-webhook-secret-44444444444444', heartbeat: 'canary-heartbeat-path-5555555555555', model: 'canary-exit-model-path-0000000000' }
const CANARIES = [...Object.values(API), ...Object.values(EXCHANGE), TELEGRAM, ...Object.values(WEBHOOK)]
/** Every secret setting there is, and where its canary is. A new one is noticed. */
const COVERED = [
  'ALERT_WEBHOOK_SECRET', 'ALERT_WEBHOOK_URL', 'API_KEYS', 'BITGET_API_KEY', 'BITGET_API_PASSPHRASE', 'BITGET_API_SECRET', 'BYBIT_API_KEY', 'BYBIT_API_SECRET', 'EXIT_MODEL_URL', 'HEARTBEAT_URL', 'TELEGRAM_BOT_TOKEN',
]
const OWNER = { authorization: `Bearer ${API.owner}` }

const servers: { close(): unknown }[] = []
afterAll(() => servers.forEach((server) => void server.close()))

const filesUnder = (directory: string): string[] =>
  fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? filesUnder(join(directory, entry.name)) : [join(directory, entry.name)]))

/** Refuses every other alert. */
async function receiver(): Promise<string> {
  let received = 0
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead((received += 1) % 2 === 0 ? 200 : 500).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push({ close: () => (server.closeAllConnections(), server.close()) })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Runs in the service before its own code: Telegram is a server of this machine, and SIGUSR2 is a bug. */
const preload = (telegram: string): string =>
  `--import=data:text/javascript,${encodeURIComponent(`const f=globalThis.fetch;globalThis.fetch=(u,o)=>f(String(u).replace('https://api.telegram.org','${telegram}'),o);process.on('SIGUSR2',()=>{throw new Error('crash')})`)}`

async function settingsOf(emulator: Emulator): Promise<Settings> {
  const bot = new BotApi()
  bot.mode = { limited: 1 }
  const telegram = await bot.start()
  servers.push({ close: () => bot.stop() })
  const origin = await receiver()
  return {
    ...liveSettings(emulator), NODE_OPTIONS: preload(telegram), API_KEYS: `owner:all:${API.owner},tv:signal:${API.hook}`, TELEGRAM_BOT_TOKEN: TELEGRAM, TELEGRAM_CHAT_IDS: '1', TELEGRAM_USER_IDS: '2', LOG_LEVEL: 'trace',
    ALERT_WEBHOOK_URL: `${origin}/${WEBHOOK.path}`, ALERT_WEBHOOK_SECRET: WEBHOOK.secret, HEARTBEAT_URL: `${origin}/${WEBHOOK.heartbeat}`,
    EXIT_MODEL_URL: `${origin}/${WEBHOOK.model}`,
  }
}

const [NODE, ...MAIN] = COMMAND
const CLI = [...MAIN.slice(0, -1), (MAIN.at(-1) as string).replace(/main\.(ts|js)$/, 'cli/loms.$1')]
function loms(args: readonly string[], environment: Settings, cwd: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(NODE, [...CLI, ...args], { cwd, env: { PATH: process.env['PATH'] ?? '', ...environment } })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.on('close', () => resolve(text))
  })
}

const found = (texts: readonly (readonly [place: string, text: string])[]): readonly string[] =>
  texts.flatMap(([place, text]) => CANARIES.filter((canary) => text.includes(canary)).map((canary) => `${canary} in ${place}: …${text.slice(Math.max(0, text.indexOf(canary) - 300), text.indexOf(canary) + 60)}`))

it('every secret setting has a canary', () => {
  expect(SETTINGS.filter((setting) => 'secret' in setting && setting.secret).map(({ name }) => name).sort()).toEqual(COVERED)
})

it.each(['bybit', 'bitget'] as const)('a live session with %s', { timeout: 240_000 }, async (venue) => {
  const emulator = await liveExchange({ venue, accounts: [{ id: 'main', balance: 100, keys: [{ ...EXCHANGE, trade: true, withdraw: false, ips: [], environment: 'any' }] }] })
  const settings = await settingsOf(emulator)
  const service = await Loms.start(settings)
  const texts: (readonly [string, string])[] = []
  const kept = async (what: string, answer: Promise<Answer>): Promise<Answer> => {
    const { text, headers } = await answer
    texts.push([what, `${text} ${JSON.stringify([...headers])}`])
    return answer
  }
  await eventually(async () => (await service.post('/control/arm', { reason: 'test' }, OWNER)).status).toBe(200)
  const entering = (changes: Json): Promise<Answer> => {
    const price = Number(emulator.model.quoteOf('BTCUSDT')?.last)
    return service.signal({ symbol: 'BTCUSDT', side: 'long', price, qty: 0.001, tp_pct: 4, sl_pct: 2, timestamp: new Date().toISOString(), ...changes }, OWNER)
  }
  await kept('an entry', entering({ exit_strategy: 'external_model_v1', exit_params: { ask_every_sec: 1 } }))
  await eventually(async () => ((await service.get('/positions/1', OWNER)).body as Json)['state']).toBe('tp-placed')
  // The exchange refuses with everything it knows, answers with a page, breaks off.
  const echo = `invalid request of ${EXCHANGE.apiKey} signed with ${EXCHANGE.secret} ${EXCHANGE.password}`
  emulator.faults.add(
    { match: { call: 'balance' }, times: 3, do: { kind: 'code', when: 'before', code: venue === 'bybit' ? '10003' : '40006', message: echo } },
    { match: { call: 'positions' }, times: 3, do: { kind: 'raw', when: 'before', status: 502, body: `<html>${echo}</html>` } },
    { match: { call: 'open_orders' }, times: 2, do: { kind: 'reset', when: 'before' } },
    { match: { call: 'entry' }, times: 1, do: { kind: 'code', when: 'before', code: venue === 'bybit' ? '10001' : '40017', message: echo } },
  )
  await kept('reconcile', service.post('/control/reconcile', undefined, OWNER))
  await kept('a second entry', entering({ side: 'long', strategy: 'bounce_ema10_strict', signal_id: 'again' }))
  await kept('an alert', service.post(`/hooks/tradingview/${API.hook}`, `{"price": {{close}}, "token": "${API.hook}"}`))
  for (const path of ['/health', '/metrics', '/positions/1', '/orders', '/stats', '/page/status', '/page/settings', '/page/journal?limit=500', '/page/positions/1', '/session', '/openapi.json', '/nowhere']) await kept(path, service.get(path, OWNER))
  await kept('a session', service.post('/session', { key: API.owner }))
  const commands = { ...settings, DATA_DIR: service.dataDir, LOMS_BASE_URL: service.url, LOMS_API_KEY: API.owner }
  for (const args of [['daily', '--save', '--json'], ['doctor'], ['config', '--json'], ['health', '--json'], ['backup', '--to', 'backups'], ['bundle', '--position', '1', '--out', 'bundle.jsonl'], ['readiness'], ['positions', '--key', `${API.owner}x`]]) {
    texts.push([`loms ${args.join(' ')}`, await loms(args, commands, service.directory)])
  }
  await kept('a panic', service.post('/control/panic', { reason: 'test' }, OWNER))
  // Now the exchange is gone, and then the service crashes.
  await emulator.stop()
  await kept('reconcile without an exchange', service.post('/control/reconcile', undefined, OWNER))
  texts.push(['loms doctor without an exchange', await loms(['doctor', '--json'], commands, service.directory)])
  process.kill(service.pid, 'SIGUSR2')
  const exit = await service.exit()
  expect(exit.stderr).toContain('Error: crash')
  texts.push(['stderr of the crash', exit.stderr], ['the log', service.log.map((line) => JSON.stringify(line)).join('\n')])
  texts.push(['loms panic without a service', await loms(['panic', '--reason', 'test', '--yes', '--json'], commands, service.directory)])
  const files = filesUnder(service.directory)
  expect(files.map((file) => file.slice(service.directory.length)), texts.find(([what]) => what.startsWith('loms bundle'))?.[1]).toContain('/bundle.jsonl')
  texts.push(...files.map((file) => [file, fs.readFileSync(file, 'latin1')] as const))
  expect(texts.length).toBeGreaterThan(35)
  expect(service.log.some((line) => JSON.stringify(line).includes('****') || JSON.stringify(line).includes('invalid request of'))).toBe(true)
  expect(found(texts)).toEqual([])
})

it.each<[what: string, settings: Settings]>([
  ['an unknown scope', { API_KEYS: `owner:boss:${API.owner}` }],
  ['half an entry', { API_KEYS: `owner:${API.owner}` }],
  ['the same key twice', { API_KEYS: `${API.owner},x:read:${API.owner}` }],
  ['a token that is none', { TELEGRAM_BOT_TOKEN: API.owner, TELEGRAM_CHAT_IDS: '1' }],
  ['a token without a chat', { TELEGRAM_BOT_TOKEN: TELEGRAM }],
  ['an address that is none', { ALERT_WEBHOOK_URL: WEBHOOK.path, ALERT_WEBHOOK_SECRET: WEBHOOK.secret }],
  ['a public address without TLS', { ALERT_WEBHOOK_URL: `http://example.com/${WEBHOOK.path}`, ALERT_WEBHOOK_SECRET: WEBHOOK.secret }],
  ['an address with a password', { HEARTBEAT_URL: `https://user:${WEBHOOK.secret}@example.com/${WEBHOOK.heartbeat}` }],
  ['exchange keys without live trading', { LOMS_PROFILE: 'semi-live', BYBIT_API_KEY: EXCHANGE.apiKey, BYBIT_API_SECRET: EXCHANGE.secret }],
  ['a misspelt name', { LOMS_PROFILE: 'semi-live', BYBIT_API_SECRT: EXCHANGE.secret, BYBIT_API_KEY: EXCHANGE.apiKey, LIVE_TRADING: 'true' }],
  ['keys of the wrong exchange', { LOMS_PROFILE: 'semi-live', LIVE_TRADING: 'true', PRICE_EXCHANGE: 'bybit', BITGET_API_KEY: EXCHANGE.apiKey, BITGET_API_SECRET: EXCHANGE.secret }],
])('a start that is refused for %s repeats no secret', async (_, settings) => {
  const directory = temporaryDirectory()
  const { stderr, code } = await refusedStart(settings, directory)
  expect(code).toBe(1)
  expect(found([['stderr', stderr], ...filesUnder(directory).map((file) => [file, fs.readFileSync(file, 'latin1')] as const)])).toEqual([])
})

it('a line of .env that cannot be read is told without its content', async () => {
  const directory = temporaryDirectory()
  fs.writeFileSync(join(directory, '.env'), `API_KEYS ${API.owner}\nexport ${EXCHANGE.secret}\n"${WEBHOOK.secret}\n`)
  expect(found([['stderr', (await refusedStart({}, directory)).stderr]])).toEqual([])
})
