/** Rules of SPEC B, M-2, R and L that belong to the whole service, with real processes against both venues. */
import { describe, expect, it } from 'vitest'
import { arm, atExchange, AUTHORISED, enter, liveExchange, liveSettings, STILL } from './live-process.ts'
import { eventually, Loms, type Answer, type Json } from './service-process.ts'

const tryToArm = (loms: Loms): Promise<Answer> => loms.post('/control/arm', { reason: 'test' }, AUTHORISED)
const position = async (loms: Loms): Promise<Json> => (await loms.get('/positions/1', AUTHORISED)).body as Json
const refused = (reason: RegExp) => ({ status: 409, text: expect.stringMatching(reason) as string })

describe.each(['bybit', 'bitget'] as const)('on %s', (venue) => {
  it('B-4, R-4: an account in hedge mode, or with more equity than it may hold, is not armed', { timeout: 120_000 }, async () => {
    const emulator = await liveExchange({ venue })
    const account = emulator.model.account('main')
    account.positionMode = 'hedge'
    const hedged = await Loms.start(liveSettings(emulator))
    await eventually(() => tryToArm(hedged)).toMatchObject(refused(/hedge mode; switch it to one-way mode/))
    await hedged.stop()
    account.positionMode = 'one_way'
    const rich = await hedged.again({ ...liveSettings(emulator), MAX_ACCOUNT_EQUITY_USDT: '50' })
    await eventually(() => tryToArm(rich)).toMatchObject(refused(/it holds 100 USDT, more than MAX_ACCOUNT_EQUITY_USDT=50/))
    expect((await enter(rich, emulator)).body).toMatchObject({ oms_enabled: false, reason: expect.stringMatching(/^paused: live trading is not armed/) as string })
    expect(emulator.seen.filter(({ call }) => call === 'entry')).toEqual([])
    await rich.stop()
  })

  it('M-2, B-3, B-4, B-7, L-8: disarmed at first; only what is named opens; a symbol is mapped; a restart keeps position, orders and leverage; the close is on record', { timeout: 120_000 }, async () => {
    const emulator = await liveExchange({ venue })
    const settings = { ...liveSettings(emulator), LIVE_SYMBOLS: 'BTCUSDT.P' }
    const leverageSet = (): number => emulator.seen.filter(({ call }) => call === 'leverage').length
    const loms = await Loms.start(settings)
    await eventually(async () => (await enter(loms, emulator, { symbol: 'BTCUSDT.P' })).body).toMatchObject({ oms_enabled: false })
    await arm(loms)
    expect((await enter(loms, emulator, { symbol: 'BTCUSDT.P', strategy: 'other' })).body).toMatchObject({ risk_ok: false, risk_reason: 'not_allowed_live (strategy=other)' })
    expect((await enter(loms, emulator, { symbol: 'ETHUSDT', price: 3000, qty: 0.01 })).body).toMatchObject({ risk_ok: false, risk_reason: 'not_allowed_live (symbol=ETHUSDT)' })
    expect((await enter(loms, emulator, { symbol: 'NOSUCHUSDT' })).status).toBe(422)
    expect((await enter(loms, emulator, { symbol: 'BTCUSDT.P' })).body).toMatchObject({ risk_ok: true })
    await eventually(async () => (await position(loms))['state']).toBe('tp-placed')
    const before = atExchange(emulator)
    expect([before.held, before.own.length, leverageSet()]).toEqual([{ BTCUSDT: '0.001' }, 2, 1])
    await loms.stop()
    expect(atExchange(emulator)).toEqual(before)
    const again = await loms.again({ ...settings, LEVERAGE: '3' })
    await eventually(() => again.log.map(({ event }) => event)).toContain('leverage_left_alone')
    await expect.poll(async () => (await again.get('/readyz')).status, { timeout: 40_000 }).toBe(200)
    expect([atExchange(emulator), leverageSet()]).toEqual([before, 1])
    await again.post('/positions/1/close', { reason: 'enough' }, AUTHORISED)
    await eventually(() => again.log.find(({ event }) => event === 'position_closed')).toMatchObject({ id: 1, symbol: 'BTCUSDT.P', side: 'long', qty: 0.001, reason: 'manual', ...Object.fromEntries(['entry_price', 'close_price', 'pnl', 'fees', 'duration_sec'].map((name) => [name, expect.any(Number)])) })
    await eventually(() => atExchange(emulator)).toEqual({ held: {}, own: [] })
    await again.stop()
  })

  it('R-3: at −5 % of the balance at arming everything stops, over a restart, until a person resets it', { timeout: 120_000 }, async () => {
    const emulator = await liveExchange({ venue }, STILL)
    const loms = await Loms.start({ ...liveSettings(emulator), MAX_DAILY_LOSS_USDT: '50', MAX_SESSION_LOSS_PCT: '0.05' })
    await arm(loms)
    expect((await enter(loms, emulator)).body).toMatchObject({ risk_ok: true })
    await eventually(async () => (await position(loms))['state']).toBe('tp-placed')
    await loms.post('/positions/1/close', { reason: 'a small loss: two fees' }, AUTHORISED)
    await eventually(async () => ((await loms.get('/health', AUTHORISED)).body as { trading: Json }).trading).toMatchObject({ state: 'halted', reason: expect.stringMatching(/^max_session_loss_reached/) as string })
    await loms.kill()
    const again = await loms.again()
    await eventually(async () => (await enter(again, emulator)).body).toMatchObject({ oms_enabled: false, reason: expect.stringMatching(/^halted: max_session_loss_reached/) as string })
    expect((await again.post('/control/resume', { reason: 'x' }, AUTHORISED)).status).toBe(409)
    expect((await again.post('/control/reset-kill-switch', { reason: 'looked into it' }, AUTHORISED)).status).toBe(200)
    expect((await enter(again, emulator)).body).toMatchObject({ risk_ok: true })
    await eventually(() => atExchange(emulator).own.length).toBe(2)
    await again.stop()
  })
})
