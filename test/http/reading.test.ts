import { beforeEach, describe, expect, it } from 'vitest'
import { bodyOf, get, ORDER, POSITION, QUOTE, setup, STATS, type Setup } from './stub-application.ts'

let at: Setup
beforeEach(() => {
  at = setup()
})
const NO_FILTER = { status: undefined, symbol: undefined, strategy: undefined, exchange: undefined, accountLabel: undefined, from: undefined, to: undefined }

describe('GET /positions', () => {
  it('is a bare array with the total', async () => {
    const response = await get(at, '/positions')
    expect([response.status, response.headers.get('x-total-count'), response.headers.get('link'), await bodyOf(response)]).toEqual([200, '42', null, [POSITION]])
    expect(at.application.calls).toEqual([['positions', NO_FILTER, { limit: undefined, after: undefined }]])
  })

  it('hands every filter on', async () => {
    await get(at, '/positions?status=closed&symbol=BTCUSDT&strategy=s&exchange=bybit&account_label=a&from=2026-01-31&to=2026-02-01T00:00:00%2B01:00&limit=100000')
    expect(at.application.calls).toEqual([
      ['positions',
        { status: 'closed', symbol: 'BTCUSDT', strategy: 's', exchange: 'bybit', accountLabel: 'a', from: Date.UTC(2026, 0, 31), to: Date.UTC(2026, 0, 31, 23) },
        { limit: 100_000, after: undefined }],
    ])
  })

  it.each([
    ['from=1769860800123', 1769860800123],
    ['from=2026-01-31T12:00:00Z', Date.UTC(2026, 0, 31, 12)],
    ['from=2026-01-31%2012:00:00.5', Date.UTC(2026, 0, 31, 12, 0, 0, 500)],
    ['from=2026-01-31T12:00:00+02:00', Date.UTC(2026, 0, 31, 10)],
    ['from=', undefined],
  ])('%s', async (query, from) => {
    await get(at, `/positions?${query}`)
    expect(at.application.calls[0]?.[1]).toMatchObject({ from })
  })

  it('leads to the next page under the same filter', async () => {
    at.application.nextPage = 17
    const response = await get(at, '/positions?limit=1&status=open&symbol=BTC%2FUSDT')
    const link = response.headers.get('link') ?? ''
    expect(link).toMatch(/^<\/positions\?limit=1&status=open&symbol=BTC%2FUSDT&cursor=[\w-]+>; rel="next"$/)
    at.application.nextPage = null
    const last = await get(at, /<(.*)>/.exec(link)?.[1] ?? '')
    expect(last.headers.get('link')).toBeNull()
    expect(at.application.calls[1]).toEqual(['positions', { ...NO_FILTER, status: 'open', symbol: 'BTC/USDT' }, { limit: 1, after: 17 }])
  })

  it.each([
    ['status=pending', 'status'], ['status=OPEN', 'status'], ['limit=0', 'limit'], ['limit=100001', 'limit'], ['limit=-1', 'limit'], ['limit=1.5', 'limit'], ['limit=abc', 'limit'],
    ['from=yesterday', 'from'], ['to=2026-02-30T00:00:00', 'to'], ['cursor=abc', 'cursor'], ['cursor=..%2F..%2Fetc', 'cursor'], [`symbol=${'x'.repeat(129)}`, 'symbol'],
  ])('?%s is 422', async (query, field) => {
    const response = await get(at, `/positions?${query}`)
    expect([response.status, await bodyOf(response)]).toMatchObject([422, { errors: [{ field }] }])
    expect(at.application.calls).toEqual([])
  })
})

describe('single records', () => {
  it.each([
    ['/positions/7', 200], ['/positions/8', 404], ['/positions/0', 404], ['/positions/abc', 422], ['/positions/-1', 422], ['/positions/1e3', 422],
    ['/positions/9999999999999999999', 422], ['/orders/5', 200], ['/orders/6', 404], ['/orders/x', 422],
  ])('GET %s is %i', async (path, status) => {
    const response = await get(at, path)
    expect([path, response.status]).toEqual([path, status])
    if (status !== 200) expect(await bodyOf(response)).toMatchObject({ status })
  })

  it('a position comes with its orders and history', async () => {
    expect(await bodyOf(await get(at, '/positions/7'))).toEqual({ ...POSITION, orders: [ORDER], events: [{ seq: 1, at: POSITION.created_at, type: 'signal.received' }] })
  })
})

describe('GET /orders', () => {
  it.each([
    ['/orders', { role: 'entry', limit: 1000 }],
    ['/orders?role=stop-loss&limit=5', { role: 'stop-loss', limit: 5 }],
  ])('%s', async (path, filter) => {
    const response = await get(at, path)
    expect([response.headers.get('x-total-count'), await bodyOf(response)]).toEqual(['1', [ORDER]])
    expect(at.application.calls).toEqual([['orders', filter]])
  })
  it('an unknown role is 422', async () => {
    expect((await get(at, '/orders?role=sl')).status).toBe(422)
  })
})

describe('GET /stats', () => {
  it('takes filters and a group', async () => {
    expect(await bodyOf(await get(at, '/stats'))).toEqual(STATS)
    expect(await bodyOf(await get(at, '/stats?group_by=symbol&from=1000'))).toEqual({ ...STATS, groups: { BTCUSDT: STATS } })
    expect(at.application.calls).toEqual([['stats', NO_FILTER, undefined], ['stats', { ...NO_FILTER, from: 1000 }, 'symbol']])
    expect((await get(at, '/stats?group_by=colour')).status).toBe(422)
  })
})

describe('prices', () => {
  it.each<[string, number, unknown]>([
    ['/market?symbol=BTCUSDT', 200, QUOTE],
    ['/market', 200, [QUOTE]],
    ['/market?symbol=NONE', 404, { code: 'price_unavailable' }],
    ['/market/price', 200, { market_price: 100 }],
    ['/market/price?symbol=BTCUSDT', 200, { market_price: 100 }],
    ['/market/price?symbol=NONE', 404, { code: 'price_unavailable' }],
    ['/market/price?symbol=MARKLESS', 404, { code: 'price_unavailable' }],
  ])('GET %s is %i', async (path, status, body) => {
    const response = await get(at, path)
    expect(response.status).toBe(status)
    expect(await bodyOf(response)).toMatchObject(body as object)
  })
})

describe('an application that cannot read', () => {
  it.each(['/positions', '/positions/7', '/orders', '/orders/5', '/stats'])('GET %s is 503 with Retry-After', async (path) => {
    at.application.down = true
    const response = await get(at, path)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
  })
})
