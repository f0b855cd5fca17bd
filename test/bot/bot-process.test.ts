/** The example bot beside a service that answers with everything a bot may meet. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { problem, startFakeService } from '../cli/fake-service.ts'

const BOT = fileURLToPath(new URL('../../scripts/bot/ema-bounce-bot.ts', import.meta.url))
const START = Date.parse('2024-07-19T00:00:00.000Z')

it('sends a signal at every bounce and survives whatever LOMS answers', async () => {
  // Ten flat candles, then one bounce after another: every third price touches the average, every next closes above it.
  let asked = 0
  const price = () => (asked <= 20 ? 100 + asked / 10 : [102, 100, 104][asked % 3])
  const answers = [
    problem(503, 'Unavailable', 'recovering'),
    { body: 'no JSON at all' },
    { body: { received: true, oms_enabled: true, risk_ok: false, risk_reason: 'max_symbol_open_reached' } },
    { body: { received: true, oms_enabled: false, risk_ok: false, reason: 'paused: lunch' } },
    { body: { received: true, oms_enabled: true, risk_ok: true, order_id: 1, position_id: 1 } },
  ]
  const service = await startFakeService({
    'GET /market': () => {
      if (++asked === 1) return problem(404, 'Not found', 'no price yet')
      return { body: { ts: new Date(START + asked * 1_000).toISOString(), price: price() } }
    },
    'POST /signals/bounce': () => answers.shift() ?? { body: { received: true, oms_enabled: true, risk_ok: true, order_id: 2, position_id: 2 } },
  })
  const args = ['--url', service.url, '--candle-sec', '3', '--touch-pct', '3', '--tp', '0.05', '--sl', '0.05', '--poll-ms', '1']
  const bot = spawn(process.execPath, ['--import', 'tsx', BOT, ...args], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] })
  let lines = ''
  await new Promise<void>((resolve) => {
    bot.stdout.on('data', (chunk: Buffer) => {
      lines += chunk.toString()
      if (lines.includes('position 1 ')) resolve()
    })
    bot.once('exit', () => resolve())
  })
  bot.kill()
  const posted = service.seen.filter(({ method }) => method === 'POST')
  await service.stop()
  const events = lines.split('\n').map((line) => line.split(' ')[0])
  expect(events.filter((event) => event?.startsWith('loms_')).slice(0, 5)).toEqual([
    'loms_http_error',
    'loms_error',
    'loms_risk_reject',
    'loms_oms_disabled',
    'loms_order_created',
  ])
  const expected = { symbol: 'BTCUSDT', side: 'long', timeframe_min: 1, strategy: 'bounce_ema10_strict', tp_pct: 0.05, sl_pct: 0.05, qty: null }
  expect(posted[0]?.body).toMatchObject(expected)
  expect((posted[0]?.body as { timestamp: string }).timestamp).toMatch(/^2024-07-19T00:0/)
})
