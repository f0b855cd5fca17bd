/** A person decides about what LOMS did not open and about what vanished, with the real service against both venues. */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import type { Emulator } from '../../src/exchange-emulator/server.ts'
import type { OrderRequest } from '../../src/exchange-emulator/model/order.ts'
import { arm, atExchange, AUTHORISED, enter, liveExchange, liveSettings } from './live-process.ts'
import { eventually, Loms, type Answer, type Json } from './service-process.ts'

function byHand(emulator: Emulator, side: 'buy' | 'sell', qty: number, more: Partial<OrderRequest> = {}): void {
  const outcome = emulator.model.submit('main', { symbol: 'BTCUSDT', side, kind: 'market', qty: decimal(qty), clientId: `web-${crypto.randomUUID().slice(0, 8)}`, ...more }, emulator.now())
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
}

const adopt = (loms: Loms, body: Json): Promise<Answer> => loms.post('/positions/adopt', { symbol: 'BTCUSDT', side: 'long', reason: 'opened by hand', ...body }, AUTHORISED)
const price = (emulator: Emulator): number => Number(emulator.model.quoteOf('BTCUSDT')?.mark)
const positions = async (loms: Loms): Promise<readonly Json[]> => (await loms.get('/positions', AUTHORISED)).body as readonly Json[]
const reconciled = async (loms: Loms): Promise<Json> => (await loms.post('/control/reconcile', {}, AUTHORISED)).body as Json

describe.each(['bybit', 'bitget'] as const)('on %s', (venue) => {
  it('C-2: a position of somebody else is told, previewed, adopted with a stop, survives kill -9, and is closed like any other', { timeout: 120_000 }, async () => {
    const emulator = await liveExchange({ venue })
    const loms = await Loms.start(liveSettings(emulator))
    await arm(loms)
    byHand(emulator, 'buy', 0.001)
    byHand(emulator, 'buy', 0.001, { kind: 'limit', price: decimal(Math.round(price(emulator) * 0.5)) })
    await eventually(() => reconciled(loms)).toMatchObject({ findings: [{ kind: 'orphan', symbol: 'BTCUSDT', found: 0.001 }] })
    const sl_price = Math.round(price(emulator) * 0.95)
    expect(await adopt(loms, { sl_price: Math.round(price(emulator) * 1.05) })).toMatchObject({ status: 422, body: { errors: [{ field: 'sl_price' }] } })
    expect(await adopt(loms, { sl_price, side: 'short' })).toMatchObject({ status: 409, body: { code: 'no_orphan' } })
    expect(await adopt(loms, { sl_price, symbol: 'ETHUSDT' })).toMatchObject({ status: 409, body: { code: 'no_orphan' } })
    expect(await adopt(loms, { sl_price })).toMatchObject({ status: 200, body: { adopted: false, qty: 0.001, sl_price } })
    expect(await adopt(loms, { sl_price, confirm_qty: 0.002 })).toMatchObject({ status: 422, body: { errors: [{ field: 'confirm_qty' }] } })
    expect([await positions(loms), atExchange(emulator).own]).toEqual([[], []])

    expect(await adopt(loms, { sl_price, tp_price: Math.round(price(emulator) * 1.05), confirm_qty: 0.001 })).toMatchObject({ status: 201, body: { id: 1, qty: 0.001, sl_price, strategy: 'adopted' } })
    await eventually(() => atExchange(emulator).own.map((id) => id.slice(7))).toEqual(['1-s1', '1-t1'])
    await eventually(() => reconciled(loms)).toMatchObject({ agrees: true })
    expect(await adopt(loms, { sl_price, confirm_qty: 0.001 })).toMatchObject({ status: 409 })
    await loms.kill()
    const again = await loms.again()
    await eventually(async () => (await positions(again))[0]?.['state']).toBe('tp-placed')
    expect((await again.post('/positions/1/close', { reason: 'enough' }, AUTHORISED)).status).toBeLessThan(300)
    await eventually(() => atExchange(emulator)).toEqual({ held: {}, own: [] })
    await eventually(async () => (await positions(again))[0]).toMatchObject({ status: 'closed', auto_close_reason: 'manual', qty: 0.001 })
    expect([...emulator.model.account('main').open.values()].map(({ clientId }) => clientId.slice(0, 4))).toEqual(['web-'])
    await again.stop()
  })

  it('C-3: what vanished without a fill blocks entries until a person states its price; then it is closed with that', { timeout: 120_000 }, async () => {
    const emulator = await liveExchange({ venue })
    const loms = await Loms.start(liveSettings(emulator))
    await arm(loms)
    expect((await enter(loms, emulator)).body).toMatchObject({ risk_ok: true })
    await eventually(async () => (await positions(loms))[0]?.['state']).toBe('tp-placed')
    const state = (stated_price: number): Promise<Answer> => loms.post('/positions/1/close', { stated_price, reason: 'the history of the exchange' }, AUTHORISED)
    expect(await state(60_000)).toMatchObject({ status: 409, body: { code: 'not_vanished' } })
    emulator.faults.add({ match: { call: 'fills' }, times: 'always', do: { kind: 'empty_list' } })
    byHand(emulator, 'sell', 0.001, { reduceOnly: true })
    for (const { id } of [...emulator.model.account('main').open.values()]) emulator.model.cancel('main', { id }, emulator.now())
    await expect.poll(async () => (await positions(loms))[0], { timeout: 20_000 }).toMatchObject({ state: 'quarantined', status: 'open', pnl: null })
    expect(await enter(loms, emulator)).toMatchObject({ status: 503 })
    expect(await loms.post('/positions/1/close', { reason: 'try' }, AUTHORISED)).toMatchObject({ status: 409, body: { code: 'vanished' } })
    expect(await state(60_000)).toMatchObject({ status: 200, body: { status: 'closed', close_price: 60_000, auto_close_reason: 'external' } })
    await eventually(() => reconciled(loms)).toMatchObject({ agrees: true })
    await eventually(async () => (await enter(loms, emulator)).status).toBe(200)
    await loms.stop()
  })
})
