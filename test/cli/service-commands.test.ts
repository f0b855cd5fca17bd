import { afterEach, describe, expect, it } from 'vitest'
import { positionView, problem, startFakeService, type FakeService } from './fake-service.ts'
import { run } from './run.ts'

let service: FakeService | undefined
afterEach(async () => {
  await service?.stop()
  service = undefined
})
const serving = async (...args: Parameters<typeof startFakeService>) => (service = await startFakeService(...args))

const HEALTHY = {
  ok: true, service: 'CryptoNakCore LOMS', status: 'ok', environment: 'dev', broker_mode: 'paper', oms_enabled: true,
  database_url: 'file:state/data/dev', audit_log_path: 'state/data/dev/bounce_signals_dev.jsonl', price_source: 'simulator', price_mode: 'last',
  degraded: [], trading: { state: 'active', reason: null }, executor: { connected: true, positions: 3, unprotected_now: 0 },
  price_feed: { symbols: { BTCUSDT: { age_ms: 200 } } }, watcher: { runs: 12 }, store: { kind: 'file' }, supervisor: { state: 'running' },
  version: '1.0.0', uptime_sec: 3725,
}

describe('health', () => {
  it('sums up a healthy service and exits 0', async () => {
    const { url } = await serving({ 'GET /health': { body: HEALTHY } })
    const { code, out } = await run(['health'], { url })
    expect(code).toBe(0)
    expect(out).toContain('LOMS 1.0.0 is healthy')
    expect(out).toContain('dev, broker paper, entries on')
    expect(out).toContain('connected true, positions 3, unprotected now 0')
    expect(out).toContain('1 h 02 min')
  })

  it('names the degraded parts and exits 3', async () => {
    const { url } = await serving({ 'GET /health': { body: { ...HEALTHY, ok: false, status: 'degraded', degraded: ['price_feed', 'store'] } } })
    const { code, out } = await run(['health'], { url })
    expect(code).toBe(3)
    expect(out).toContain('is degraded: price_feed, store')
  })

  it('prints the body with --json, and still exits 3 when degraded', async () => {
    const body = { ...HEALTHY, ok: false, status: 'degraded' }
    const { url } = await serving({ 'GET /health': { body } })
    const { code, out } = await run(['health', '--json'], { url })
    expect(code).toBe(3)
    expect(JSON.parse(out)).toEqual(body)
  })

  it('lives with the short form that a service with keys gives to strangers', async () => {
    const { url } = await serving({ 'GET /health': { body: { ok: true, status: 'ok', service: 'CryptoNakCore LOMS' } } })
    const { code, out } = await run(['health'], { url })
    expect(code).toBe(0)
    expect(out).toContain('LOMS is healthy')
    expect(out).not.toContain('undefined')
  })

  it('exits 4 and says how to start the service when nobody listens', async () => {
    const { url, stop } = await startFakeService({})
    await stop()
    const { code, out, err } = await run(['health'], { url })
    expect(code).toBe(4)
    expect(out).toBe('')
    expect(err).toContain(`cannot reach LOMS at ${url}`)
    expect(err).toContain('start it with `npm start` (or `loms serve`)')
    expect(err).not.toContain('may have arrived')
  })
})

describe('where the service is, and the key', () => {
  it('come from the options before the environment', async () => {
    const { url, seen } = await serving({ 'GET /health': { body: HEALTHY } })
    await run(['health', '--key', 'k-option'], { url, environment: { baseUrl: 'http://127.0.0.1:1', apiKey: 'k-environment' } })
    await run(['health'], { environment: { baseUrl: `${url}/`, apiKey: 'k-environment' } })
    expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer k-option', 'Bearer k-environment'])
  })

  it.each([
    [['health', '--url', 'localhost:8000'], {}, 'http://127.0.0.1:8000'],
    [['health'], { baseUrl: 'ftp://x' }, 'LOMS_BASE_URL is invalid'],
    [['health'], { apiKey: 'two words' }, 'LOMS_API_KEY is invalid'],
  ])('%j with %j is a usage error', async (args, environment, message) => {
    const { code, err } = await run(args, { environment })
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  it('is asked for when the service wants a key', async () => {
    const { url } = await serving({ 'GET /positions': problem(401, 'Unauthorized', 'An API key is required.') })
    const { code, err } = await run(['positions'], { url })
    expect(code).toBe(1)
    expect(err).toContain('LOMS_API_KEY or --key')
  })

  it('is not believed when it answers with something else than LOMS', async () => {
    const { url } = await serving({ 'GET /positions': { body: '<html>hello</html>' } })
    const { code, err } = await run(['positions'], { url })
    expect(code).toBe(1)
    expect(err).toContain('Is this address really LOMS?')
  })
})

describe('positions', () => {
  it('shows four decimals, `-` for none, and leaves empty columns out', async () => {
    const open = positionView({ id: 2, state: 'tp-placed', status: 'open', pnl: null, close_price: null, auto_close_reason: null, tp_price: null })
    const { url } = await serving({ 'GET /positions': { body: [positionView(), open], headers: { 'X-Total-Count': '2' } } })
    const { code, out, err } = await run(['positions'], { url })
    expect(code).toBe(0)
    expect(err).toBe('')
    const [head, first, second] = out.split('\n').map((line) => line.trim().split(/\s{2,}/))
    expect(head?.join('|')).toBe('ID|OPENED (UTC)|SYMBOL|SIDE|QTY|ENTRY|STOP|TARGET|STATE|EXIT|PNL|REASON|STRATEGY')
    expect(first?.slice(0, 7)).toEqual(['1', '2026-11-21 10:00:00', 'BTCUSDT', 'long', '1.0000', '64000.0000', '63040.0000'])
    expect(first?.slice(7)).toEqual(['66880.0000', 'closed', '66880.0000', '2880.0000', 'tp', 'bounce_ema10_strict'])
    expect(second?.slice(7)).toEqual(['-', 'tp-placed', '-', '-', '-', 'bounce_ema10_strict'])
  })

  it('passes the filters on and keeps the newest --limit', async () => {
    const body = [1, 2, 3].map((id) => positionView({ id }))
    const { url, seen } = await serving({ 'GET /positions': { body, headers: { 'X-Total-Count': '3' } } })
    const { out, err } = await run(['positions', '--status', 'closed', '--symbol', 'BTCUSDT', '--strategy', 's', '--limit', '2', '--json'], { url })
    expect(seen[0]?.query).toEqual({ status: 'closed', symbol: 'BTCUSDT', strategy: 's' })
    expect((JSON.parse(out) as { id: number }[]).map(({ id }) => id)).toEqual([2, 3])
    expect(err).toBe('')
  })

  it('walks all pages for a limit above 1,000 and keeps the newest', async () => {
    const page = (query: Readonly<Record<string, string>>) =>
      Array.from({ length: 800 }, (_, index) => positionView({ id: Number(query.cursor ?? 0) + index + 1 }))
    const { url, seen } = await serving({
      'GET /positions': ({ query }) => ({
        body: page(query),
        headers: query.cursor === '1600' ? {} : { Link: `</positions?limit=100000&cursor=${Number(query.cursor ?? 0) + 800}>; rel="next"` },
      }),
    })
    const { out } = await run(['positions', '--limit', '1500', '--json'], { url })
    const ids = (JSON.parse(out) as { id: number }[]).map(({ id }) => id)
    expect([seen.length, ids.length, ids[0], ids.at(-1)]).toEqual([3, 1500, 901, 2400])
  })

  it('says that there are none, and that there are more', async () => {
    const { url } = await serving({
      'GET /positions': ({ query }) => ({ body: query.symbol === 'X' ? [] : [positionView()], headers: { 'X-Total-Count': '7' } }),
    })
    expect((await run(['positions', '--symbol', 'X'], { url })).out).toBe('no positions')
    expect((await run(['positions'], { url })).err).toContain('the newest 1 of 7')
  })

  it('never lets foreign text drive the terminal', async () => {
    const { url } = await serving({ 'GET /positions': { body: [positionView({ strategy: 'x\u001b[2Jy' })] } })
    const { out } = await run(['positions'], { url })
    expect(out).toContain('x·[2Jy')
    expect(out).not.toContain('\u001b')
  })

  it.each([[['--status', 'opened']], [['--limit', '0']], [['--limit', '100001']], [['--bogus']], [['extra']]])('%j is a usage error', async (args) => {
    expect((await run(['positions', ...args])).code).toBe(2)
  })
})

describe('orders', () => {
  it('shows fills with their average price', async () => {
    const fill = { trade_id: 't', fee: 0, liquidity: 'taker', at: '2026-11-21T10:00:00.000Z' }
    const order = {
      id: 1, position_id: 1, role: 'entry', symbol: 'BTCUSDT', side: 'buy', qty: 3, order_type: 'market', tp_price: 66880, sl_price: 63040,
      status: 'filled', created_at: '2026-11-21T10:00:00.000Z', client_order_id: 'abcdef-1-e1', external_order_id: 'v',
      fills: [{ ...fill, qty: 1, price: 100 }, { ...fill, qty: 2, price: 103 }],
    }
    const { url, seen } = await serving({ 'GET /orders': { body: [order] } })
    const { code, out } = await run(['orders', '--role', 'entry'], { url })
    expect([code, seen[0]?.query]).toEqual([0, { role: 'entry' }])
    expect(out.split('\n')[1]).toMatch(/filled\s+3\.0000\s+102\.0000\s+abcdef-1-e1/)
  })
})

describe('stats', () => {
  const stats = {
    total_positions: 4, open_positions: 1, closed_positions: 3, winning_trades: 2, losing_trades: 1, tp_count: 2, sl_count: 1, total_pnl: 7.5,
    avg_pnl_per_trade: 2.5, avg_pnl_win: 4.5, avg_pnl_loss: -1.5, winrate: 66.66666667, max_drawdown: 1.5, profit_factor: null, expectancy: 2.5, avg_duration_sec: 61, trades_per_day: 3,
  }

  it('shows totals and groups', async () => {
    const { url, seen } = await serving({ 'GET /stats': { body: { ...stats, groups: { BTCUSDT: stats } } } })
    const { code, out } = await run(['stats', '--group-by', 'symbol', '--from', '2026-11-01', '--to', '2026-11-21 10:30'], { url })
    expect(code).toBe(0)
    expect(seen[0]?.query).toEqual({ group_by: 'symbol', from: '2026-11-01T00:00:00.000Z', to: '2026-11-21T10:30:00.000Z' })
    expect(out).toMatch(/win rate +66\.67 %/)
    expect(out).toMatch(/profit factor +-/)
    expect(out).toMatch(/average loss +-1\.5000/)
    expect(out).toMatch(/SYMBOL +TOTAL/)
    expect(out).toMatch(/BTCUSDT +4 +1 +3 +2 +1 +66\.67 % +7\.5000/)
  })

  it('refuses a time that is none', async () => {
    expect(await run(['stats', '--from', 'yesterday'])).toMatchObject({ code: 2, err: expect.stringContaining('2026-11-21T10:30:00Z') as string })
  })
})

describe('signal', () => {
  const ARGS = ['signal', '--symbol', 'BTCUSDT', '--side', 'LONG', '--price', '100', '--tp', '4.5', '--sl', '1.5']
  const OPENED = {
    received: true, oms_enabled: true, risk_ok: true, order_id: 1, position_id: 1, tp_price: 104.5, sl_price: 98.5, exit_strategy: 'tp_sl_static', state: 'pending',
  }

  it('sends what was given and leaves the rest to the service', async () => {
    const { url, seen } = await serving({ 'POST /signals/bounce': { body: OPENED } })
    const given = [...ARGS, '--timestamp', '2026-11-21T10:00:00+01:00', '--id', 's-1', '--timeframe', '5']
    const { code, out } = await run(given, { url })
    expect(code).toBe(0)
    expect(out).toBe('position 1 opened (order 1), stop 98.5000, target 104.5000, tp_sl_static, pending')
    expect(seen[0]?.body).toEqual({
      symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: '2026-11-21T09:00:00.000Z', timeframe_min: 5, tp_pct: 4.5, sl_pct: 1.5, signal_id: 's-1',
    })
  })

  it.each([
    [
      { received: true, oms_enabled: true, risk_ok: false, risk_reason: 'max_total_open_reached (total=10, limit=10)' },
      'blocked by risk: max_total_open_reached (total=10, limit=10)',
    ],
    [{ received: true, oms_enabled: false, risk_ok: false, reason: 'paused: lunch' }, 'not traded: paused: lunch'],
  ])('exits 1 when nothing was opened', async (body, message) => {
    const { url } = await serving({ 'POST /signals/bounce': { body } })
    expect(await run(ARGS, { url })).toMatchObject({ code: 1, out: '', err: message })
  })

  it('renders a refusal field by field', async () => {
    const fields = [{ field: 'tp_pct', message: 'must be at least 0.05' }]
    const { url } = await serving({ 'POST /signals/bounce': problem(422, 'Invalid values', 'tp_pct must be at least 0.05', fields) })
    const { code, err } = await run(ARGS, { url })
    expect(code).toBe(1)
    expect(err).toBe('LOMS answered 422 Invalid values\n  tp_pct: must be at least 0.05')
  })

  it.each([[['--price', '0']], [['--price', '1e5']], [['--side', 'up']], [['--qty', '-1']], [['--timeframe', '1.5']]])('%j is a usage error', async (extra) => {
    expect((await run([...ARGS, ...extra])).code).toBe(2)
  })

  it('needs symbol, side and price', async () => {
    expect(await run(['signal', '--side', 'long', '--price', '1'])).toMatchObject({ code: 2, err: expect.stringContaining('--symbol') as string })
  })
})
