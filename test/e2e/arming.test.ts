/** Real money is armed only on an account that fits the settings (SPEC R-4). */
import { expect, it } from 'vitest'
import { EMULATOR_KEY } from '../../src/exchange-emulator/server.ts'
import { AUTHORISED, enter, liveExchange, liveSettings } from './live-process.ts'
import { Loms, eventually } from './service-process.ts'

it('more money than MAX_ACCOUNT_EQUITY_USDT is not armed, and takes no entry', { timeout: 60_000 }, async () => {
  const emulator = await liveExchange({ venue: 'bybit', accounts: [{ id: 'main', balance: 151, keys: [EMULATOR_KEY] }] })
  const service = await Loms.start(liveSettings(emulator))
  const arm = async () => (await service.post('/control/arm', { reason: 'test' }, AUTHORISED)).body
  await eventually(arm).toMatchObject({ status: 409, code: 'account_not_fit', detail: expect.stringMatching(/it holds 151 USDT, more than MAX_ACCOUNT_EQUITY_USDT=150/) as string })
  expect((await enter(service, emulator)).body).toMatchObject({ oms_enabled: false, reason: expect.stringMatching(/^paused: live trading is not armed/) as string })
  // Lifting a halt lets entries begin as well.
  expect((await service.post('/control/panic', { reason: 'test' }, AUTHORISED)).status).toBe(200)
  expect((await service.post('/control/reset-kill-switch', { reason: 'test' }, AUTHORISED)).body).toMatchObject({ status: 409, code: 'account_not_fit', detail: expect.stringContaining('MAX_ACCOUNT_EQUITY_USDT=150') as string })
  expect((await enter(service, emulator)).body).toMatchObject({ oms_enabled: false, reason: 'halted: test' })
  expect(emulator.seen.filter(({ call }) => call === 'entry')).toEqual([])
  await service.stop()
})
