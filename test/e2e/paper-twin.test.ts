/** PAPER_TWIN: every live trade has a paper one beside it, and the report tells what differed (SPEC M-7). */
import fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { VENUES } from '../live/venues.ts'
import { decimal } from '../../src/domain/decimal.ts'
import { startEmulator, type Emulator } from '../../src/exchange-emulator/server.ts'
import { twinReport } from '../../src/reports/twin-report.ts'
import { eventually, Loms, type Json, type Settings } from './service-process.ts'

let emulator: Emulator | null = null
afterEach(async () => emulator?.stop())

const HEADERS = { authorization: 'Bearer the-key-of-the-test' }
const live = ({ venue, httpUrl, apiKey, secret, password }: Emulator): Settings => ({
  LOMS_PROFILE: 'semi-live', PRICE_EXCHANGE: venue, EXCHANGE_EMULATOR_URL: httpUrl, LIVE_TRADING: 'true', PAPER_TWIN: 'true', ACCOUNT_LABEL: 'semi_live',
  ...(venue === 'bybit' ? { BYBIT_API_KEY: apiKey, BYBIT_API_SECRET: secret } : { BITGET_API_KEY: apiKey, BITGET_API_SECRET: secret, BITGET_API_PASSPHRASE: password }),
  API_KEYS: 'the-key-of-the-test', LIVE_STRATEGIES: 'bounce_ema10_strict', LIVE_SYMBOLS: 'BTCUSDT',
  MAX_ACCOUNT_EQUITY_USDT: '20000', MAX_SIZE_PER_POSITION_USDT: '1000', MAX_DAILY_LOSS_USDT: '500', DEFAULT_NOTIONAL_USDT: '600',
})

it.each(VENUES)('M-7 on %s: gets every signal the live account opens on, fills it on paper in its own book, and is compared trade by trade', async (name) => {
  const venue = await startEmulator({ venue: name })
  emulator = venue
  const move = (last: number): boolean => venue.model.quote('BTCUSDT', { bid: decimal(last - 10), ask: decimal(last + 10), last: decimal(last), mark: decimal(last) }, venue.now())
  move(60_000)
  const loms = await Loms.start(live(venue))
  await eventually(async () => (await loms.post('/control/arm', { reason: 'test' }, HEADERS)).status).toBe(200)
  const signal = { symbol: 'BTCUSDT', side: 'long', price: 60_000, timestamp: new Date().toISOString(), tp_pct: 1, sl_pct: 1 }
  expect((await loms.signal({ ...signal, symbol: 'ETHUSDT', price: 3000 }, HEADERS)).body).toMatchObject({ risk_ok: false })
  expect((await loms.signal(signal, HEADERS)).body).toMatchObject({ risk_ok: true })
  expect((await loms.signal(signal, HEADERS)).body).toMatchObject({ duplicate: true })
  const position = async (): Promise<Json> => (await loms.get('/positions/1', HEADERS)).body as Json
  await eventually(async () => (await position())['state']).toBe('tp-placed')
  await eventually(() => twinReport(loms.dataDir, null)).toMatchObject({ report: { pairs: [{ twin: { status: 'open', entry_price: 60_010 } }] } })
  move(59_390)
  await eventually(async () => (await position())['status']).toBe('closed')
  await eventually(() => twinReport(loms.dataDir, null)).toMatchObject({ report: { pairs: [{ twin: { status: 'closed' } }] } })
  await loms.stop()
  expect(twinReport(loms.dataDir, null)).toMatchObject({
    ok: true,
    report: {
      pairs: [{ live: { id: 1, reason: 'sl', entry_price: 60_010, close_price: 59_380 }, twin: { id: 1, reason: 'sl', entry_price: 60_010, close_price: 59_380 }, entry_slippage_bps: 0, exit_slippage_bps: 0, same_exit: true }],
      live_only: [],
      twin_only: [],
    },
  })
  const audited = fs.readFileSync(join(loms.dataDir, 'twin', 'bounce_signals_live.jsonl'), 'utf8')
  expect(audited.trim().split('\n')).toHaveLength(1)
})
