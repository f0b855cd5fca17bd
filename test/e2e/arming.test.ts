/** Real money is armed only on an account that fits the settings (SPEC R-4). */
import { expect, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import { EMULATOR_KEY } from '../../src/exchange-emulator/server.ts'
import { arm, AUTHORISED, enter, liveExchange, liveSettings } from './live-process.ts'
import { Loms, eventually } from './service-process.ts'

it('more money than MAX_ACCOUNT_EQUITY_USDT is not armed, and takes no entry', { timeout: 60_000 }, async () => {
  const emulator = await liveExchange({ venue: 'bybit', accounts: [{ id: 'main', balance: 151, keys: [EMULATOR_KEY] }] })
  const service = await Loms.start(liveSettings(emulator))
  const arm = async () => (await service.post('/control/arm', { reason: 'test' }, AUTHORISED)).body
  await eventually(arm).toMatchObject({ status: 409, code: 'account_not_fit', detail: expect.stringMatching(/it holds 151 USDT, more than MAX_ACCOUNT_EQUITY_USDT=150/) as string })
  expect((await enter(service, emulator)).body).toMatchObject({ oms_enabled: false, reason: expect.stringMatching(/^paused: live trading is not armed/) as string })
  expect(emulator.seen.filter(({ call }) => call === 'entry')).toEqual([])
  await service.stop()
})

it('a halt is lifted through the same door: an account that has grown above the limit stays halted', { timeout: 60_000 }, async () => {
  const emulator = await liveExchange({ venue: 'bybit' })
  const service = await Loms.start({ ...liveSettings(emulator), MAX_ACCOUNT_EQUITY_USDT: '100' })
  await arm(service)
  const control = (action: string): Promise<unknown> => service.post(`/control/${action}`, { reason: 'test' }, AUTHORISED).then(({ body }) => body)
  expect(await control('panic')).toMatchObject({ flat: true })
  emulator.model.account('main').balance = decimal('151')
  const refusal = { status: 409, code: 'account_not_fit', detail: expect.stringMatching(/it holds 151 USDT, more than MAX_ACCOUNT_EQUITY_USDT=100/) as string }
  await eventually(() => control('reset-kill-switch')).toMatchObject(refusal)
  await eventually(() => control('arm')).toMatchObject(refusal)
  expect((await enter(service, emulator)).body).toMatchObject({ oms_enabled: false, reason: 'halted: test' })
  emulator.model.account('main').balance = decimal('100')
  await eventually(() => control('reset-kill-switch')).toMatchObject({ state: 'active' })
  await service.stop()
})
