/** What a bot gets for a signal (SPEC S-1, S-2, R-1, M-3, K-1). */
import { beforeAll, describe, expect, it } from 'vitest'
import { bounce, eventually, Loms, type Json } from './service-process.ts'

/** Limits are per account, so each case trades on its own. */
const LIMITS = { MAX_OPEN_POSITIONS: '5', MAX_OPEN_POSITIONS_PER_SYMBOL: '2', MAX_SIZE_PER_POSITION_USDT: '1000' }
let loms: Loms
beforeAll(async () => {
  loms = await Loms.start(LIMITS)
  await loms.pin(100)
})

const answers = (count: number, of: (number: number) => Json): Promise<unknown[]> =>
  Promise.all(Array.from({ length: count }, async (_, number) => (await loms.signal(of(number))).body))

describe('an open position', () => {
  const opened = { received: true, oms_enabled: true, risk_ok: true, tp_price: 104.5, sl_price: 98.5, exit_strategy: 'tp_sl_static', state: 'pending' }

  it('is answered with its ids and levels, and nothing else', async () => {
    const first = await loms.signal(bounce({ account_label: 'first' }))
    expect(first).toMatchObject({ status: 200, body: { ...opened, order_id: 1, position_id: 1 } })
    expect(Object.keys(first.body as Json)).toEqual(['received', 'oms_enabled', 'risk_ok', 'order_id', 'position_id', 'tp_price', 'sl_price', 'exit_strategy', 'state'])
    expect(first.headers.get('content-type')).toMatch(/^application\/json/)
    expect((await loms.signal(bounce({ account_label: 'first' }))).body).toMatchObject({ order_id: 2, position_id: 2 })
  })

  it.each<[what: string, changes: Json, levels: Json]>([
    ['a long with its own percentages', { tp_pct: 10, sl_pct: 2 }, { tp_price: 110, sl_price: 98 }],
    ['a short', { side: 'short' }, { tp_price: 95.5, sl_price: 101.5 }],
    ['buy, in any case', { side: 'BuY' }, { tp_price: 104.5, sl_price: 98.5 }],
    ['SELL', { side: 'SELL', tp_pct: 3, sl_pct: 1 }, { tp_price: 97, sl_price: 101 }],
    ['null percentages, as existing bots send them', { tp_pct: null, sl_pct: null }, { tp_price: 104.5, sl_price: 98.5 }],
    ['every optional field null', { tp_pct: null, sl_pct: null, exchange: null, timeframe_min: null, strategy: null, qty: null, signal_id: null, exit_strategy: null, exit_params: null }, { tp_price: 104.5 }],
    ['decimal strings', { price: '0.1', tp_pct: '4.5', sl_pct: '1.5' }, { tp_price: 0.1045, sl_price: 0.0985 }],
    ['levels without binary noise', { price: 0.3, tp_pct: 10, sl_pct: 10 }, { tp_price: 0.33, sl_price: 0.27 }],
    ['unknown fields', { ema10: 99.7, note: { any: ['thing'] } }, { tp_price: 104.5 }],
    ['Python isoformat without a zone', { timestamp: '2025-03-01T12:00:00.123456' }, { tp_price: 104.5 }],
    ['Python isoformat with a zone', { timestamp: '2025-03-01T12:00:00.123456+02:00' }, { tp_price: 104.5 }],
    ['a blank for the T and nanoseconds', { timestamp: '2025-03-02 12:00:00.123456789Z' }, { tp_price: 104.5 }],
  ])('%s', async (what, changes, levels) => {
    expect(await loms.signal(bounce({ account_label: `opened ${what}`, ...changes }))).toMatchObject({ status: 200, body: { received: true, risk_ok: true, ...levels } })
  })

  it('is shown with every field of the contract', async () => {
    const { body } = await loms.signal(bounce({ account_label: 'fields', qty: 2, strategy: 'mine', exchange: 'bybit', side: 'short' }))
    const { position_id: id } = body as { position_id: number }
    await eventually(async () => (await loms.position(id))['state']).toBe('tp-placed')
    const shown = await loms.position(id)
    expect(shown).toMatchObject({
      id, exchange: 'bybit', market_type: 'paper_sim', symbol: 'BTCUSDT', side: 'short', qty: 2, account_label: 'fields', strategy: 'mine',
      entry_price: 100, tp_price: 95.5, sl_price: 101.5, status: 'open', state: 'tp-placed', closed_at: null, close_price: null, pnl: null, fees: 0,
      auto_close_reason: null, exit_strategy: 'tp_sl_static', dynamic_tp_price: null, dynamic_sl_price: null, max_favorable_move: 0, exit_meta: {},
    })
    for (const name of ['external_order_id', 'external_position_ref', 'sl_order_id', 'tp_order_id', 'created_at']) expect(shown).toHaveProperty(name)
  })
})

describe('a limit', () => {
  it.each<[what: string, before: number, of: (number: number) => Json, reason: string, scope: string]>([
    ['of the total', 5, (number) => ({ symbol: `S${number % 5}USDT` }), 'max_total_open_reached (total=5, limit=5)', 'total'],
    ['of the symbol', 2, () => ({}), 'max_symbol_open_reached (symbol=BTCUSDT, count=2, limit=2)', 'symbol'],
    ['of the size', 0, () => ({ price: 60_000 }), 'max_size_per_position_exceeded (notional=60000.0000, limit=1000.0000)', 'size'],
    ['of the size, by qty', 0, () => ({ qty: '10.00001' }), 'max_size_per_position_exceeded (notional=1000.0010, limit=1000.0000)', 'size'],
    ['of the total before that of the size', 5, (number) => ({ symbol: `S${number}USDT`, price: number === 5 ? 60_000 : 100 }), 'max_total_open_reached (total=5, limit=5)', 'total'],
  ])('%s: blocked with its reason, nothing created, logged', async (what, before, of, reason, scope) => {
    const account = { account_label: `limit ${what}` }
    for (let number = 0; number < before; number++) expect((await loms.signal(bounce({ ...of(number), ...account }))).body).toMatchObject({ risk_ok: true })
    const blocked = await loms.signal(bounce({ ...of(before), ...account }))
    expect(blocked.status).toBe(200)
    expect(blocked.body).toEqual({ received: true, oms_enabled: true, risk_ok: false, risk_reason: reason })
    expect(await loms.positions(`&account_label=${encodeURIComponent(account.account_label)}`)).toHaveLength(before)
    await eventually(() => loms.log.filter(({ event }) => event === 'risk_block').at(-1)).toMatchObject({ scope, reason, account_label: account.account_label })
  })

  it('lets exactly what equals it through', async () => {
    expect((await loms.signal(bounce({ account_label: 'at the limit', qty: 10 }))).body).toMatchObject({ risk_ok: true })
  })

  it('of 5 opens exactly 5 of 1,000 concurrent signals', async () => {
    const all = await answers(1000, (number) => bounce({ account_label: 'crowd', symbol: `C${number}USDT` }))
    const open = all.filter((body) => (body as Json)['risk_ok'] === true)
    expect(open).toHaveLength(5)
    expect(new Set(open.map((body) => (body as Json)['position_id'])).size).toBe(5)
    expect(new Set(all.filter((body) => !open.includes(body)).map((body) => JSON.stringify(body)))).toEqual(
      new Set([JSON.stringify({ received: true, oms_enabled: true, risk_ok: false, risk_reason: 'max_total_open_reached (total=5, limit=5)' })]),
    )
    expect(await loms.positions('&account_label=crowd')).toHaveLength(5)
  })
})

describe('trading is off', () => {
  const closed = (reason: string): Json => ({ received: true, oms_enabled: false, risk_ok: false, reason })

  it('by OMS_ENABLED=false: audited and answered, nothing opened; positions are managed on', async () => {
    const on = await Loms.start({ AUTO_CLOSE_MIN_AGE_SEC: '0' })
    await on.pin(100)
    await on.signal(bounce())
    await on.stop()
    const off = await on.again({ AUTO_CLOSE_MIN_AGE_SEC: '0', OMS_ENABLED: 'false' })
    const before = off.audit().length
    const refused = await off.signal(bounce({ side: 'short' }))
    expect([refused.status, refused.body]).toEqual([200, closed('OMS disabled (OMS_ENABLED=false)')])
    expect(await off.post('/orders', { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100 })).toMatchObject({ status: 200, body: { oms_enabled: false, risk_ok: false } })
    expect(off.audit()).toHaveLength(before + 1)
    expect((await off.get('/health')).body).toMatchObject({ ok: true, oms_enabled: false })
    await off.pin(105)
    await eventually(() => off.position(1)).toMatchObject({ status: 'closed', auto_close_reason: 'tp' })
    expect(await off.positions()).toHaveLength(1)
  })

  it('by a pause: effective at once, survives kill -9, beats the environment, is lifted only with a reason', async () => {
    const first = await Loms.start()
    expect(await first.post('/control/pause', {})).toMatchObject({ status: 422, body: { errors: [{ field: 'reason' }] } })
    expect(await first.post('/control/pause', { reason: 'lunch' })).toMatchObject({ status: 200, body: { state: 'paused' } })
    const second = await first.killedAndStartedAgain({ OMS_ENABLED: 'true' })
    expect((await second.signal(bounce())).body).toEqual(closed('paused: lunch'))
    expect((await second.post('/orders', { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100 })).body).toEqual(closed('paused: lunch'))
    expect((await second.get('/health')).body).toMatchObject({ ok: true, status: 'ok', oms_enabled: false })
    expect(await second.post('/control/resume', {})).toMatchObject({ status: 422 })
    expect((await second.signal(bounce())).body).toEqual(closed('paused: lunch'))
    expect(await second.post('/control/resume', { reason: 'back' })).toMatchObject({ status: 200, body: { state: 'active' } })
    expect((await second.signal(bounce())).body).toMatchObject({ risk_ok: true, position_id: 1 })
    expect((await second.get('/health')).body).toMatchObject({ oms_enabled: true })
    const third = await second.killedAndStartedAgain()
    expect((await third.signal(bounce())).body).toMatchObject({ risk_ok: true, position_id: 2 })
  })

  it('by a pause: for every account, also one that trades later', async () => {
    const first = await Loms.start()
    await first.post('/control/pause', { reason: 'all' })
    expect((await first.signal(bounce({ account_label: 'never seen' }))).body).toEqual(closed('paused: all'))
  })
})
