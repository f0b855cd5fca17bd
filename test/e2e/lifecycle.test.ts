/** Positions in LAB from entry to close, at prices the test pins (SPEC L, X-2, X-3, P-2, H-2, H-3). */
import { beforeAll, describe, expect, it } from 'vitest'
import { bounce, eventually, Loms, type Json } from './service-process.ts'

const SETTINGS = { AUTO_CLOSE_MIN_AGE_SEC: '0', MAX_OPEN_POSITIONS: '1000', MAX_OPEN_POSITIONS_PER_SYMBOL: '1000' }
let loms: Loms
beforeAll(async () => {
  loms = await Loms.start(SETTINGS)
  await loms.pin(100)
})

/** Opens at the pinned 100 and waits until stop and target rest. */
async function opened(service: Loms, changes: Json = {}): Promise<number> {
  await service.pin(100)
  const { position_id: id } = (await service.signal(bounce(changes))).body as { position_id: number }
  await eventually(async () => (await service.position(id))['state']).toBe('tp-placed')
  return id
}
const closed = (service: Loms, id: number): Promise<unknown> => eventually(() => service.position(id)).toMatchObject({ status: 'closed' })

describe('a position ends', () => {
  it.each<[what: string, changes: Json, price: number, reason: string, pnl: number]>([
    ['a long at its target', {}, 104.5, 'tp', 4.5],
    ['a long beyond its target, at the price seen', {}, 106.25, 'tp', 6.25],
    ['a long at its stop', {}, 98.5, 'sl', -1.5],
    ['a long beyond its stop', {}, 97.1, 'sl', -2.9],
    ['a short at its target', { side: 'short' }, 95.5, 'tp', 4.5],
    ['a short at its stop', { side: 'short' }, 101.5, 'sl', -1.5],
    ['a short beyond its stop', { side: 'short' }, 102.7, 'sl', -2.7],
    ['a long of 0.3, without binary noise', { qty: 0.3 }, 104.6, 'tp', 1.38],
    ['a long of 1000 pieces', { qty: 1000, tp_pct: 0.1 }, 100.1, 'tp', 100],
    ['a short with decimals', { side: 'short', qty: '0.001', sl_pct: 2 }, 102.3, 'sl', -0.0023],
  ])('%s', async (_, changes, price, reason, pnl) => {
    const id = await opened(loms, changes)
    await loms.pin(price)
    await closed(loms, id)
    expect(await loms.position(id)).toMatchObject({ state: 'closed', auto_close_reason: reason, close_price: price, entry_price: 100, pnl, fees: 0 })
  })

  it.each<[what: string, changes: Json, price: number]>([
    ['a long just short of its target', {}, 104.499],
    ['a long just above its stop', {}, 98.501],
    ['a short just above its target', { side: 'short' }, 95.501],
    ['a short just below its stop', { side: 'short' }, 101.499],
  ])('not: %s', async (_, changes, price) => {
    const id = await opened(loms, changes)
    await loms.pin(price)
    await eventually(async () => ((await loms.get('/market?symbol=BTCUSDT')).body as Json)['price']).toBe(price)
    expect(await loms.position(id)).toMatchObject({ status: 'open', pnl: null })
    await loms.post(`/positions/${id}/close`)
  })

  it('by hand, once: 200; an unknown one 404; again as it is; with a reason', async () => {
    const id = await opened(loms)
    await loms.pin(101)
    const first = await loms.post(`/positions/${id}/close`, { reason: 'news' })
    expect(first).toMatchObject({ status: 200, body: { id, status: 'closed', state: 'closed', auto_close_reason: 'manual', close_price: 101, pnl: 1 } })
    expect(await loms.post(`/positions/${id}/close`)).toMatchObject({ status: 200, body: first.body })
    expect((await loms.post('/positions/123456/close')).status).toBe(404)
    expect((await loms.position(id))['events']).toContainEqual(expect.objectContaining({ type: 'exit.requested', note: 'news' }))
  })

  it('by hand, by ten people at once: one close', async () => {
    const id = await opened(loms)
    const answers = await Promise.all(Array.from({ length: 10 }, () => loms.post(`/positions/${id}/close`)))
    expect(answers.map(({ status }) => status)).toEqual(new Array(10).fill(200))
    const fills = (await loms.get('/orders?role=close')).body as Json[]
    expect(fills.filter((order) => order['position_id'] === id && order['status'] === 'filled')).toHaveLength(1)
  })

  it('by hand right after the entry, whatever state it is in', async () => {
    await loms.pin(100)
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { position_id: id } = (await loms.signal(bounce())).body as { position_id: number }
        return loms.post(`/positions/${id}/close`)
      }),
    )
    for (const { status, body } of answers) expect([status, (body as Json)['status'], (body as Json)['pnl']]).toEqual([200, 'closed', 0])
  })
})

describe('an order by hand', () => {
  const order = { symbol: 'ETHUSDT', side: 'buy', qty: 2, entry_price: 100 }

  it('is created with its own levels, or the default stop and no target', async () => {
    const own = await loms.post('/orders', { ...order, side: 'sell', tp_price: 90, sl_price: 105 })
    expect(own).toMatchObject({ status: 201, body: { role: 'entry', symbol: 'ETHUSDT', side: 'sell', qty: 2, order_type: 'market', tp_price: 90, sl_price: 105 } })
    expect(own.headers.get('location')).toBe(`/orders/${String((own.body as Json)['id'])}`)
    expect(await loms.post('/orders', { ...order, sl_price: null })).toMatchObject({ status: 201, body: { tp_price: null, sl_price: 98.5 } })
    expect(await loms.get(own.headers.get('location') ?? '')).toMatchObject({ status: 200, body: { id: (own.body as Json)['id'] } })
  })

  it('goes through the same door: blocked with the same body', async () => {
    expect(await loms.post('/orders', { ...order, qty: 1001, account_label: 'by hand' })).toMatchObject({
      status: 200,
      body: { received: true, oms_enabled: true, risk_ok: false, risk_reason: 'max_size_per_position_exceeded (notional=100100.0000, limit=100000.0000)' },
    })
  })

  it('fills, and shows its fill', async () => {
    const { body } = await loms.post('/orders', order)
    await eventually(() => loms.get(`/orders/${String((body as Json)['id'])}`)).toMatchObject({ body: { status: 'filled', fills: [{ qty: 2, price: 100, fee: 0 }] } })
  })
})

it('is not decided before its minimum age; at that age the last price decides', async () => {
  const young = await Loms.start({ ...SETTINGS, AUTO_CLOSE_MIN_AGE_SEC: '0.6', AUTO_CLOSE_INTERVAL_SEC: '3600' })
  await young.pin(100)
  const { position_id: id } = (await young.signal(bounce())).body as { position_id: number }
  await young.pin(97)
  expect(await young.position(id)).toMatchObject({ status: 'open' })
  await closed(young, id)
  const { created_at, closed_at, close_price, auto_close_reason } = await young.position(id)
  expect([close_price, auto_close_reason]).toEqual([97, 'sl'])
  expect(Date.parse(closed_at as string) - Date.parse(created_at as string)).toBeGreaterThanOrEqual(600)
})

it('prices of the simulator: pinned, released, on its own', async () => {
  const free = await Loms.start({ AUTO_CLOSE_INTERVAL_SEC: '0.02', AUTO_CLOSE_MIN_AGE_SEC: '0', MAX_OPEN_POSITIONS: '100', MAX_OPEN_POSITIONS_PER_SYMBOL: '100' })
  await free.signal(bounce())
  await eventually(async () => (await free.position(1))['status']).toBe('closed')
  const price = (await free.get('/market/price')).body as { market_price: number }
  expect(price.market_price).toBeGreaterThanOrEqual(90)
  expect(price.market_price).toBeLessThanOrEqual(110)
  await free.pin(50)
  await free.signal(bounce({ price: 50 }))
  await eventually(() => free.get('/market/price')).toMatchObject({ body: { market_price: 50 } })
  expect((await free.request('DELETE', '/market/price')).status).toBe(200)
  await eventually(async () => (await free.position(2))['status']).toBe('closed')
})

describe('statistics', () => {
  it('are what a recount of the positions gives, in total and per group', async () => {
    const all = await loms.positions()
    await loms.signal(bounce())
    const positions = await loms.positions()
    expect(positions).toHaveLength(all.length + 1)
    expect(await loms.stats()).toMatchObject(recount(positions))
    for (const [group, field] of [['symbol', 'symbol'], ['strategy', 'strategy'], ['exchange', 'exchange'], ['account', 'account_label']] as const) {
      const { groups } = (await loms.stats(`?group_by=${group}`)) as { groups: Json }
      const names = [...new Set(positions.map((position) => position[field] as string))].sort()
      expect(Object.keys(groups).sort()).toEqual(names)
      for (const name of names) expect(groups[name]).toMatchObject(recount(positions.filter((position) => position[field] === name)))
    }
    const { groups } = (await loms.stats('?group_by=reason')) as { groups: Record<string, Json> }
    for (const reason of ['tp', 'sl', 'manual']) expect(groups[reason]).toMatchObject(recount(positions.filter((position) => position['auto_close_reason'] === reason)))
  })

  it('of nothing have no NaN', async () => {
    expect(await loms.stats('?symbol=NOSUCH')).toMatchObject({
      total_positions: 0, open_positions: 0, closed_positions: 0, winning_trades: 0, losing_trades: 0, tp_count: 0, sl_count: 0,
      total_pnl: 0, avg_pnl_per_trade: 0, avg_pnl_win: null, avg_pnl_loss: null, winrate: 0,
    })
  })
})

/** SPEC H-3 counted again from what `/positions` shows; exact, because every PnL here has at most 8 decimals. */
function recount(positions: readonly Json[]): Json {
  const finished = positions.filter((position) => position['status'] === 'closed')
  const pnls = finished.map((position) => position['pnl'] as number)
  const exact = (value: number): number => Number(value.toFixed(8))
  const sum = (values: readonly number[]): number => exact(values.reduce((total, value) => total + value, 0))
  const mean = (values: readonly number[]): number | null => (values.length === 0 ? null : exact(sum(values) / values.length))
  const [wins, losses] = [pnls.filter((pnl) => pnl > 0), pnls.filter((pnl) => pnl < 0)]
  return {
    total_positions: positions.length,
    open_positions: positions.filter((position) => position['status'] === 'open').length,
    closed_positions: finished.length,
    winning_trades: wins.length,
    losing_trades: losses.length,
    tp_count: finished.filter((position) => position['auto_close_reason'] === 'tp').length,
    sl_count: finished.filter((position) => position['auto_close_reason'] === 'sl').length,
    total_pnl: sum(pnls),
    avg_pnl_per_trade: mean(pnls) ?? 0,
    avg_pnl_win: mean(wins),
    avg_pnl_loss: mean(losses),
    winrate: finished.length === 0 ? 0 : exact((100 * wins.length) / finished.length),
  }
}
