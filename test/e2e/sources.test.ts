/** Prices that are recorded, and a paper exchange with fees (SPEC M table, P-3, P-4, B-1). */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { bounce, eventually, Loms, refusedStart, type Json, type Settings } from './service-process.ts'

const TICKS = fileURLToPath(new URL('../data/binance-ticks.csv.gz', import.meta.url))
const CANDLES = fileURLToPath(new URL('../data/coinbase-btcusd-4h-2016-2025.csv.gz', import.meta.url))
const REPLAY: Settings = { PRICE_SOURCE: 'replay', REPLAY_FILES: TICKS, REPLAY_SPEED: 'max' }

describe('PRICE_SOURCE=replay', () => {
  it('plays all rows at full speed on the clock of the data, and the directory belongs to that clock', async () => {
    const loms = await Loms.start(REPLAY)
    await eventually(() => loms.log.find(({ event }) => event === 'price_source_ended')).toMatchObject({ source: 'replay', quotes: 80_000 })
    const market = (await loms.get('/market?symbol=BTCUSDT')).body as Json
    expect(market).toMatchObject({ symbol: 'BTCUSDT', source: 'replay' })
    expect(market['ts']).toMatch(/^2024-08-08/)
    const { position_id: id } = (await loms.signal(bounce({ price: market['price'] }))).body as { position_id: number }
    await eventually(async () => (await loms.position(id))['state']).toBe('tp-placed')
    expect((await loms.position(id))['created_at']).toMatch(/^2024-08-08/)
    expect((await loms.post(`/positions/${id}/close`)).body).toMatchObject({ status: 'closed', pnl: 0 })
    expect((await loms.post('/market/price/5')).status).toBe(409)
    await loms.stop()
    const refused = await refusedStart({}, loms.directory)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^LOMS cannot start: .*virtual time.*simulator.*real time; set DATA_DIR.*\n$/) as string })
  })

  it('a directory of real time is refused to a replay', async () => {
    const real = await Loms.start()
    await real.stop()
    expect(await refusedStart(REPLAY, real.directory)).toMatchObject({ code: 1, stderr: expect.stringMatching(/real time.*replay.*virtual time/) as string })
  })

  it('a position is managed while the data plays', async () => {
    // Four hours every 14 ms.
    const loms = await Loms.start({ ...REPLAY, REPLAY_FILES: CANDLES, REPLAY_SPEED: '1000000' })
    await eventually(async () => (await loms.get('/market?symbol=BTCUSD')).status).toBe(200)
    const { price } = (await loms.get('/market?symbol=BTCUSD')).body as { price: number }
    for (const side of ['long', 'short']) expect((await loms.signal(bounce({ symbol: 'BTCUSD', side, price, tp_pct: 0.05, sl_pct: 0.05 }))).body).toMatchObject({ risk_ok: true })
    await eventually(async () => (await loms.positions('&status=closed')).length).toBe(2)
    for (const position of await loms.positions()) expect(position['auto_close_reason']).toBeOneOf(['tp', 'sl'])
  })
})

describe('PAPER_BROKER=exchange with the dummy exchange', () => {
  const settings = { PRICE_SOURCE: 'exchange', PRICE_EXCHANGE: 'dummy', PAPER_BROKER: 'exchange', AUTO_CLOSE_INTERVAL_SEC: '0.02', PAPER_TAKER_FEE_PCT: '0.06', PAPER_MAKER_FEE_PCT: '0.02' }

  it('fills at prices of the market and books fees: entry and close as taker', async () => {
    const loms = await Loms.start(settings)
    const { position_id: id } = (await loms.signal(bounce({ qty: 10, tp_pct: 50, sl_pct: 50 }))).body as { position_id: number }
    await eventually(async () => (await loms.position(id))['state']).toBe('tp-placed')
    const { status, body } = await loms.post(`/positions/${id}/close`)
    expect([status, (body as Json)['market_type']]).toEqual([200, 'paper_exchange'])
    const closed = body as { entry_price: number; close_price: number; fees: number; pnl: number }
    const orders = (await loms.position(id))['orders'] as { role: string; fills: { fee: number; liquidity: string; price: number }[] }[]
    const fills = orders.flatMap(({ fills }) => fills)
    expect(fills.map(({ liquidity }) => liquidity)).toEqual(['taker', 'taker'])
    for (const { fee, price } of fills) expect(fee).toBeCloseTo(price * 10 * 0.0006, 10)
    expect(closed.fees).toBeCloseTo((closed.entry_price + closed.close_price) * 10 * 0.0006, 10)
    expect(closed.pnl).toBeCloseTo((closed.close_price - closed.entry_price) * 10 - closed.fees, 10)
    expect((await loms.stats())['total_pnl']).toBe(closed.pnl)
  })

  it('a target fills as maker at its limit', async () => {
    const loms = await Loms.start({ ...settings, MAX_OPEN_POSITIONS: '40', MAX_OPEN_POSITIONS_PER_SYMBOL: '40' })
    for (let number = 0; number < 20; number++) await loms.signal(bounce({ tp_pct: 0.5, sl_pct: 50, side: number % 2 ? 'long' : 'short' }))
    await eventually(async () => (await loms.positions('&status=closed')).length).toBeGreaterThan(0)
    const [target] = (await loms.positions('&status=closed')).filter((position) => position['auto_close_reason'] === 'tp')
    const { orders, tp_price, close_price } = (await loms.position(target?.['id'] as number)) as { orders: { role: string; fills: Json[] }[]; tp_price: number; close_price: number }
    expect(orders.find(({ role }) => role === 'take-profit')?.fills).toMatchObject([{ liquidity: 'maker', price: tp_price }])
    expect(close_price).toBe(tp_price)
  })
})
