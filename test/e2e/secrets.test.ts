/** No secret of the settings is found in anything that LOMS writes or answers (canaries). */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { backUp } from '../../src/backup/backup.ts'
import { bounce, eventually, Loms, temporaryDirectory } from './service-process.ts'

const LOMS_CLI = fileURLToPath(new URL('../../src/cli/loms.ts', import.meta.url))
const HASHED = 'canary-hashed-key-000000000000000000'
const CANARIES = {
  owner: 'canary-owner-key-1111111111111111111', hook: 'canary-hook-key-22222222222222222222', webhookPath: 'canary-webhook-path-333333333333333', webhookSecret: 'canary-webhook-secret-44444444444444',
  heartbeat: 'canary-heartbeat-path-5555555555555', exchangeKey: 'canary-exchange-key-666666666666666', exchangeSecret: 'canary-exchange-secret-777777777777', passphrase: 'canary-passphrase-888888888888888888',
}

const filesUnder = (directory: string): string[] =>
  fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? filesUnder(join(directory, entry.name)) : [join(directory, entry.name)]))

it('files, logs, answers, config and backups hold none of them', async () => {
  let received = 0
  const receiver = createServer((request, response) => {
    received += 1
    request.resume()
    // Every other alert is refused, so that the refusal is logged too.
    response.writeHead(received % 2 === 0 ? 200 : 500).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  const settings = {
    API_KEYS: `owner:all:${CANARIES.owner},tv:signal:${CANARIES.hook},other:read:sha256-${createHash('sha256').update(HASHED).digest('hex')}`,
    ALERT_WEBHOOK_URL: `${origin}/${CANARIES.webhookPath}`, ALERT_WEBHOOK_SECRET: CANARIES.webhookSecret, HEARTBEAT_URL: `${origin}/${CANARIES.heartbeat}`,
    BITGET_API_KEY: CANARIES.exchangeKey, BITGET_API_SECRET: CANARIES.exchangeSecret, BITGET_API_PASSPHRASE: CANARIES.passphrase, LOG_LEVEL: 'trace',
  }
  const loms = await Loms.start(settings)
  const owner = { 'x-api-key': CANARIES.owner }
  const answers: string[] = []
  const kept = async (answer: Promise<{ readonly text: string }>): Promise<void> => void answers.push((await answer).text)
  await kept(loms.signal(bounce(), owner))
  await kept(loms.signal('{broken', owner))
  const alert = { ticker: 'ETHUSDT', side: 'buy', price: '100', time: '2026-01-31T12:00:00Z' }
  await kept(loms.post(`/hooks/tradingview/${CANARIES.hook}`, alert))
  await kept(loms.post('/hooks/tradingview/body', { ...alert, time: '2026-01-31T12:05:00Z', secret: CANARIES.hook }))
  await kept(loms.post(`/hooks/tradingview/${CANARIES.hook}`, `{"price": {{close}}, "token": "${CANARIES.hook}"}`))
  await kept(loms.post(`/hooks/tradingview/${CANARIES.hook}`, { ticker: 'X', password: CANARIES.hook }))
  for (const path of ['/health', '/metrics', '/positions', '/positions/1', '/orders', '/stats', '/openapi.json', '/nowhere']) await kept(loms.get(path, owner))
  await kept(loms.get('/health'))
  await kept(loms.get('/positions', { 'x-api-key': `${CANARIES.owner}x` }))
  expect(await loms.get('/positions', { 'x-api-key': HASHED })).toMatchObject({ status: 200 })
  await eventually(() => loms.log.some(({ event }) => event === 'alert_delayed' || event === 'heartbeat_failed')).toBe(true)
  const into = temporaryDirectory()
  expect(await backUp({ dataDir: loms.dataDir, auditLog: join(loms.dataDir, 'bounce_signals_dev.jsonl'), into, version: '1', at: new Date() })).toMatchObject({ ok: true })
  const exit = await loms.stop()
  receiver.closeAllConnections()
  receiver.close()
  const config = spawnSync(process.execPath, ['--import', 'tsx', LOMS_CLI, 'config', '--json'], { env: { PATH: process.env['PATH'] ?? '', ...settings }, encoding: 'utf8' })
  expect(config.stdout).toContain('ALERT_WEBHOOK_URL')

  const written: readonly (readonly [string, string])[] = [
    ...[...filesUnder(loms.dataDir), ...filesUnder(into)].map((file) => [file, fs.readFileSync(file, 'latin1')] as const),
    ['the log', JSON.stringify(loms.log)], ['stderr', exit.stderr], ['the answers', answers.join('\n')], ['loms config', config.stdout + config.stderr],
  ]
  expect(written.length).toBeGreaterThan(8)
  const found = written.flatMap(([place, text]) => Object.entries({ ...CANARIES, hashed: HASHED }).filter(([, canary]) => text.includes(canary)).map(([name]) => `${name} in ${place}`))
  expect(found).toEqual([])
})
