/** Partial exits, moved levels and the further kinds of signals, against the running service. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bounce, eventually, Loms, type Json } from './service-process.ts'

let loms: Loms
beforeAll(async () => {
  loms = await Loms.start({ AUTO_CLOSE_MIN_AGE_SEC: '0', AUTO_CLOSE_INTERVAL_SEC: '0.05', MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '' })
  await loms.pin(100)
})
afterAll(async () => {
  await loms.stop()
})

/** Opens one and waits until it is protected and priced. */
async function open(changes: Json = {}): Promise<number> {
  const { position_id: id } = (await loms.signal(bounce(changes))).body as { position_id: number }
  await eventually(() => loms.position(id)).toMatchObject({ state: expect.stringMatching(/placed/) as string })
  await eventually(async () => (await loms.get('/market?symbol=BTCUSDT')).body).toMatchObject({ price: 100 })
  return id
}
let minute = 0
const event = (changes: Json = {}): Json => ({
  event_type: 'OPEN', strategy_name: 'runner', symbol: 'BTCUSDT', direction: 'LONG', entry_price: 100, quantity: 2, tp_price: 103, sl_price: 97, score: 0.8,
  timestamp: new Date(Date.UTC(2026, 5, 1) + 60_000 * minute++).toISOString(), market_regime: 'trend', exit_reason: null, exit_price: null, ...changes,
})

describe('take_profits', () => {
  it('each target fills its share, the stop ends the rest', async () => {
    const answered = await loms.signal(bounce({ qty: 4, take_profits: [{ share_pct: 25, pct: 3 }, { share_pct: 50, price: 102 }] }))
    expect(answered.body).toMatchObject({ tp_price: 102, sl_price: 98.5 })
    const { position_id: id } = answered.body as { position_id: number }
    await eventually(() => loms.position(id)).toMatchObject({ state: 'tp-placed' })
    await loms.pin(102)
    await eventually(() => loms.position(id)).toMatchObject({ status: 'open', open_qty: 2 })
    await loms.pin(103)
    await eventually(() => loms.position(id)).toMatchObject({ status: 'open', open_qty: 1, state: 'sl-placed' })
    await loms.pin(98.5)
    // 2·2 + 1·3 − 1·1.5
    await eventually(() => loms.position(id)).toMatchObject({ status: 'closed', auto_close_reason: 'sl', pnl: 5.5, open_qty: 0, qty: 4 })
    const { orders } = (await loms.position(id)) as unknown as { orders: { role: string; fills: { qty: number }[] }[] }
    const filled = (entry: boolean) => orders.filter(({ role }) => (role === 'entry') === entry).flatMap(({ fills }) => fills).reduce((sum, { qty }) => sum + qty, 0)
    expect([filled(true), filled(false)]).toEqual([4, 4])
    await loms.pin(100)
  })

  it('of an order by hand', async () => {
    const { status, body } = await loms.post('/orders', { symbol: 'BTCUSDT', side: 'sell', qty: 1, entry_price: 100, take_profits: [{ share_pct: 50, price: 90 }, { share_pct: 50, price: 95 }] })
    expect([status, body]).toMatchObject([201, { tp_price: 95 }])
  })
})

describe('by hand', () => {
  it('a part is closed when the answer comes', async () => {
    const id = await open({ qty: 3 })
    const { status, body } = await loms.post(`/positions/${id}/partial-close`, { qty: 1, reason: 'half time' })
    expect([status, body]).toMatchObject([200, { id, status: 'open', qty: 3, open_qty: 2 }])
    const more = await loms.post(`/positions/${id}/partial-close`, { qty: 2.5 })
    expect([more.status, more.body]).toMatchObject([422, { errors: [{ field: 'qty', message: 'is more than is open (2)' }] }])
    const rest = await loms.post(`/positions/${id}/partial-close`, { pct: 100 })
    expect([rest.status, rest.body]).toMatchObject([200, { status: 'closed', open_qty: 0, auto_close_reason: 'manual' }])
    const late = await loms.post(`/positions/${id}/partial-close`, { pct: 1 })
    expect([late.status, late.body]).toMatchObject([409, { code: 'position_finished' }])
    expect((await loms.post('/positions/4711/partial-close', { pct: 1 })).status).toBe(404)
  })

  it('levels move; a looser stop needs a reason', async () => {
    const id = await open()
    const moved = await loms.post(`/positions/${id}/levels`, { sl_price: 99, tp_price: 110 })
    expect([moved.status, moved.body]).toMatchObject([200, { dynamic_sl_price: 99, dynamic_tp_price: 110 }])
    expect(await loms.post(`/positions/${id}/levels`, { sl_price: 98 })).toMatchObject({ status: 422, body: { errors: [{ field: 'reason' }] } })
    expect(await loms.post(`/positions/${id}/levels`, { sl_price: 98, tp_price: null, reason: 'news' })).toMatchObject({ status: 200, body: { dynamic_sl_price: 98, tp_price: null } })
    await eventually(async () => (await loms.get('/orders?role=stop-loss')).body).toContainEqual(expect.objectContaining({ position_id: id, sl_price: 98, status: 'working' }))
  })
})

describe('by signal', () => {
  it('all that match are closed', async () => {
    const ids = [await open({ strategy: 'm' }), await open({ strategy: 'm' })]
    const other = await open({ strategy: 'n' })
    const answer = { received: true, matched: 2, positions: ids, refused: [] }
    expect((await loms.post('/signals/close', { symbol: 'BTCUSDT', strategy: 'm' })).body).toEqual(answer)
    for (const id of ids) await eventually(() => loms.position(id)).toMatchObject({ status: 'closed', auto_close_reason: 'signal' })
    expect((await loms.post('/signals/close', { symbol: 'BTCUSDT', strategy: 'm' })).body).toMatchObject({ matched: 0 })
    expect(await loms.position(other)).toMatchObject({ status: 'open' })
  })

  it('OPEN and CLOSE of a strategy runner', async () => {
    const opening = event()
    const opened = await loms.post('/signals/trade', opening)
    expect(opened).toMatchObject({ status: 200, body: { risk_ok: true, tp_price: 103, sl_price: 97 } })
    expect((await loms.post('/signals/trade', opening)).body).toEqual({ ...(opened.body as Json), duplicate: true })
    const { position_id: id } = opened.body as { position_id: number }
    await eventually(() => loms.position(id)).toMatchObject({ state: 'tp-placed', strategy: 'runner', qty: 2 })
    expect((await loms.post('/signals/trade', event({ event_type: 'Close', direction: 'short' }))).body).toMatchObject({ matched: 0 })
    expect((await loms.post('/signals/trade', event({ event_type: 'Close', exit_reason: 'ema crossed', exit_price: 100.2 }))).body).toMatchObject({ matched: 1, positions: [id] })
    await eventually(() => loms.position(id)).toMatchObject({ status: 'closed', auto_close_reason: 'signal' })
    expect(loms.audit().some(({ payload }) => (payload as Json)['event_type'] !== undefined)).toBe(false)
  })

  it('a repeated CLOSE does not close what was opened since; nor is a part closed twice, also after a crash', async () => {
    const { position_id: first } = (await loms.post('/signals/trade', event({ strategy_name: 'again' }))).body as { position_id: number }
    await eventually(() => loms.position(first)).toMatchObject({ state: 'tp-placed' })
    const closing = event({ strategy_name: 'again', event_type: 'CLOSE' })
    const closed = (await loms.post('/signals/trade', closing)).body as Json
    const { position_id: second } = (await loms.post('/signals/trade', event({ strategy_name: 'again' }))).body as { position_id: number }
    await eventually(() => loms.position(second)).toMatchObject({ state: 'tp-placed' })
    const part = { position_id: second, pct: 50, signal_id: 'part-1' }
    const parted = (await loms.post('/signals/partial-close', part, { 'Idempotency-Key': 'part-header' })).body as Json
    loms = await loms.killedAndStartedAgain()
    await loms.pin(100)
    await eventually(() => loms.position(second)).toMatchObject({ open_qty: 1 })
    expect((await loms.post('/signals/trade', closing)).body).toEqual({ ...closed, duplicate: true })
    expect((await loms.post('/signals/partial-close', part)).body).toEqual({ ...parted, duplicate: true })
    expect((await loms.post('/signals/partial-close', part, { 'Idempotency-Key': 'part-header' })).body).toEqual({ ...parted, duplicate: true })
    expect(await loms.position(second)).toMatchObject({ status: 'open', open_qty: 1 })
  })
})
