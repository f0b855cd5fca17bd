/** What readers get: filters, pages, histories, and the service's own figures (SPEC H-1, H-2b, H-4, H-5, H-7). */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { bounce, eventually, Loms, type Json } from './service-process.ts'

const OPEN = { MAX_OPEN_POSITIONS: '1000', MAX_OPEN_POSITIONS_PER_SYMBOL: '1000', AUTO_CLOSE_MIN_AGE_SEC: '0' }
let loms: Loms
/** Closes a position once its stop and target rest. */
async function closeProtected(id: number): Promise<void> {
  await vi.waitFor(async () => expect((await loms.position(id))['state']).toBe('tp-placed'))
  await loms.post(`/positions/${id}/close`)
}
/** 23 positions of three symbols and two strategies; every third is closed. */
beforeAll(async () => {
  loms = await Loms.start(OPEN)
  await loms.pin(100)
  for (let number = 1; number <= 23; number++) {
    const symbol = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'][number % 3]
    await loms.signal(bounce({ symbol, strategy: number % 2 ? 'odd' : 'even', exchange: number > 20 ? 'bybit' : 'bitget', account_label: number > 22 ? 'second' : null }))
    if (number % 3 === 0) await closeProtected(number)
  }
})
const ids = (body: unknown): number[] => (body as Json[]).map(({ id }) => id as number)
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

describe('/positions', () => {
  it.each<[query: string, of: (id: number) => boolean]>([
    ['', () => true],
    ['status=open', (id) => id % 3 !== 0],
    ['status=closed', (id) => id % 3 === 0],
    ['status=cancelled', () => false],
    ['symbol=ETHUSDT', (id) => id % 3 === 1],
    ['strategy=odd', (id) => id % 2 === 1],
    ['exchange=bybit', (id) => id > 20],
    ['account_label=second', (id) => id > 22],
    ['account_label=lab_dev&strategy=even&status=closed', (id) => id % 6 === 0],
    ['from=2000-01-01&to=2001-01-01', () => false],
    ['from=2000-01-01', () => true],
    ['symbol=', () => true],
  ])('?%s', async (query, of) => {
    const answer = await loms.get(`/positions?${query}`)
    const expected = upTo(23).filter(of)
    expect(ids(answer.body)).toEqual(expected)
    expect(answer.headers.get('x-total-count')).toBe(String(expected.length))
    expect(answer.headers.get('link')).toBeNull()
  })

  it('from is inclusive and to is exclusive, on created_at', async () => {
    const { created_at: at } = await loms.position(12)
    const mine = (await loms.positions()).filter((position) => position['created_at'] === at).map(({ id }) => id)
    const later = new Date(Date.parse(at as string) + 1).toISOString()
    expect(ids(await loms.positions(`&from=${String(at)}&to=${later}`))).toEqual(mine)
    expect(ids(await loms.positions(`&from=${String(at)}&to=${String(at)}`))).toEqual([])
  })

  it.each([1, 2, 7, 22, 23, 100])('in pages of %i, from the oldest to the newest, each once', async (limit) => {
    const seen: number[] = []
    let pages = 0
    for (let next: string | undefined = `/positions?limit=${limit}`; next !== undefined; pages++) {
      const page = await loms.get(next)
      expect(page.headers.get('x-total-count')).toBe('23')
      expect(ids(page.body).length).toBeLessThanOrEqual(limit)
      seen.push(...ids(page.body))
      next = /^<(.*)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual(upTo(23))
    expect(pages).toBe(Math.ceil(23 / limit))
  })

  it('in pages, under a filter', async () => {
    const first = await loms.get('/positions?limit=3&strategy=odd&status=open')
    expect(ids(first.body)).toEqual([1, 5, 7])
    const next = /^<(.*)>/.exec(first.headers.get('link') ?? '')?.[1] as string
    expect(ids((await loms.get(next)).body)).toEqual([11, 13, 17])
  })

  it('in pages, while the world changes: nothing twice, nothing left out', async () => {
    const other = await Loms.start(OPEN)
    await other.pin(100)
    for (let number = 0; number < 10; number++) await other.signal(bounce())
    const first = await other.get('/positions?limit=4')
    await other.post('/positions/2/close')
    await other.post('/positions/6/close')
    await other.signal(bounce())
    const rest = await other.get(`${(/^<(.*)>/.exec(first.headers.get('link') ?? '')?.[1] as string).replace('limit=4', 'limit=100')}`)
    expect([...ids(first.body), ...ids(rest.body)]).toEqual(upTo(11))
  })
})

describe('orders', () => {
  it('entries are newest first, other roles on demand', async () => {
    expect(ids((await loms.get('/orders')).body)).toEqual(upTo(23).reverse())
    expect(ids((await loms.get('/orders?limit=2')).body)).toEqual([23, 22])
    const closes = (await loms.get('/orders?role=close')).body as Json[]
    expect(closes.map((order) => order['position_id'])).toEqual([21, 18, 15, 12, 9, 6, 3])
  })
})

describe('/positions/{id}', () => {
  it('tells its history in order, from the signal to the end', async () => {
    const { events } = (await loms.position(3)) as { events: { seq: number; at: string; type: string }[] }
    expect(events.map(({ seq }) => seq)).toEqual([...new Set(events.map(({ seq }) => seq))].sort((a, b) => a - b))
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort())
    const types = events.map(({ type }) => type)
    expect(types[0]).toBe('signal.received')
    const story = ['signal.received', 'signal.answered', 'order.submit', 'order.filled', 'position.opened', 'order.accepted', 'position.protected', 'exit.requested', 'position.closed']
    expect(types.filter((type, index) => story.includes(type) && types.indexOf(type) === index)).toEqual(story)
  })
})

describe('addresses', () => {
  it.each(['/positions', '/orders', '/stats', '/health', '/market', '/livez', '/readyz', '/positions/1'])('%s works with a slash at its end', async (path) => {
    const [plain, slashed] = [await loms.get(path), await loms.get(`${path}/`)]
    expect(slashed.status).toBe(200)
    if (path !== '/health' && path !== '/market') expect(slashed.body).toEqual(plain.body)
  })

  it('the description is OpenAPI 3.1, and every address in it answers', async () => {
    const { body } = await loms.get('/openapi.json')
    const { openapi, paths } = body as { openapi: string; paths: Record<string, Record<string, { responses: Json }>> }
    expect(openapi).toMatch(/^3\.1\./)
    const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { responses }]) => ({ path, method, responses })))
    expect(operations.length).toBeGreaterThan(18)
    for (const { path, method, responses } of operations) {
      if (path === '/events') continue
      const answer = await loms.request(method.toUpperCase(), path.replace('{id}', '1').replace('{value}', '100'), method === 'post' ? {} : undefined)
      expect(Object.keys(responses), `${method} ${path}`).toContain(String(answer.status))
      expect(answer.status, `${method} ${path}`).toBeLessThan(500)
    }
    await loms.post('/control/resume', { reason: 'after the tour' })
  })

  it('pages are there without a network', async () => {
    for (const path of ['/', '/docs']) {
      const page = await loms.get(path)
      expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)])
      expect(page.text.match(/(?:src|href)="https?:/g)).toBeNull()
    }
  })

  it('an answer carries the request id that was sent, or one of its own', async () => {
    expect((await loms.get('/stats', { 'x-request-id': 'mine-1' })).headers.get('x-request-id')).toBe('mine-1')
    expect((await loms.get('/stats')).headers.get('x-request-id')).toMatch(/./)
  })
})

describe('the service about itself', () => {
  it('/health has every field of the contract', async () => {
    expect((await loms.get('/health')).body).toMatchObject({
      ok: true, service: 'CryptoNakCore LOMS', status: 'ok', environment: 'dev', broker_mode: 'paper', oms_enabled: true,
      database_url: `file:${loms.dataDir}`, audit_log_path: `${loms.dataDir}/bounce_signals_dev.jsonl`, price_source: 'simulator', price_mode: 'last',
      degraded: [], executor: { connected: true, unprotected_now: 0 }, price_feed: { connected: true }, store: { state: 'open' }, supervisor: { state: 'running' },
    })
    expect((await loms.get('/livez')).status).toBe(200)
    expect((await loms.get('/readyz')).status).toBe(200)
  })

  it('/metrics count what happened', async () => {
    const { text, status } = await loms.get('/metrics')
    expect(status).toBe(200)
    const value = (name: string): number => Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (.*)$`, 'm').exec(text)?.[1])
    expect(value('loms_open_positions')).toBe((await loms.positions('&status=open')).length)
    expect(value('loms_positions_closed_total{reason="manual"}')).toBe(((await loms.stats('?group_by=reason'))['groups'] as Record<string, Json>)['manual']?.['closed_positions'])
    expect(value('time_to_protect_count')).toBe((await loms.stats())['total_positions'])
    const { executor } = (await loms.get('/health')).body as { executor: { time_to_protect: { count: number; sum_ms: number; within_ms: { ms: number | null; count: number }[] } } }
    expect([executor.time_to_protect.count, executor.time_to_protect.sum_ms / 1000]).toEqual([value('time_to_protect_count'), value('time_to_protect_sum')])
    expect(executor.time_to_protect.within_ms.find(({ ms }) => ms === 1000)?.count).toBe(value('time_to_protect_bucket{le="1"}'))
    expect(executor.time_to_protect.within_ms.at(-1)).toEqual({ ms: null, count: executor.time_to_protect.count })
    expect(value('loms_ready')).toBe(1)
  })

  it('/events tells what happens to a position, in order', async () => {
    const stop = new AbortController()
    const stream = await fetch(`${loms.url}/events`, { signal: stop.signal })
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/)
    let text = ''
    const reading = (async () => {
      for await (const chunk of stream.body as ReadableStream<Uint8Array>) text += Buffer.from(chunk).toString()
    })().catch(() => undefined)
    await eventually(() => text).toContain('connected')
    const { position_id: id } = (await loms.signal(bounce())).body as { position_id: number }
    await closeProtected(id)
    await eventually(() => text).toContain('event: position.retired')
    stop.abort()
    await reading
    const events = [...text.matchAll(/^id: (\d+)\nevent: (\S+)\ndata: (.*)$/gm)].map(([, seq, type, data]) => ({ seq: Number(seq), type, data: JSON.parse(data as string) as Json }))
    const own = events.filter(({ data }) => data['positionId'] === id).map(({ type }) => type)
    expect(own.filter((type) => type !== 'position.moved')).toEqual(['position.opened', 'position.protected', 'position.closed', 'position.retired'])
    expect(events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq).sort((a, b) => a - b))
    expect(events.filter(({ type }) => type === 'position.moved').map(({ data }) => data['to'])).toEqual(['pending', 'entry-filled', 'sl-placed', 'tp-placed', 'closing', 'closed'])
  })
})

describe('with API keys', () => {
  it('nothing is seen or changed without one; scopes hold; /health shows no details', async () => {
    const keyed = await Loms.start({ API_KEYS: 'eye:read:sees-a-lot,bot:signal:sends-signals,boss' })
    const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })
    expect((await keyed.get('/positions')).status).toBe(401)
    expect((await keyed.signal(bounce())).status).toBe(401)
    expect((await keyed.get('/positions', bearer('wrong'))).status).toBe(401)
    expect((await keyed.get('/positions', { 'x-api-key': 'sees-a-lot' })).status).toBe(200)
    expect((await keyed.signal(bounce(), bearer('sees-a-lot'))).status).toBe(403)
    expect((await keyed.signal(bounce(), bearer('sends-signals'))).status).toBe(200)
    expect((await keyed.get('/positions', bearer('sends-signals'))).status).toBe(403)
    expect((await keyed.post('/control/pause', { reason: 'x' }, bearer('sends-signals'))).status).toBe(403)
    expect((await keyed.post('/control/pause', { reason: 'x' }, bearer('boss'))).status).toBe(200)
    expect(Object.keys((await keyed.get('/health')).body as Json)).toEqual(['ok', 'service', 'status'])
    expect((await keyed.get('/health', bearer('boss'))).body).toHaveProperty('audit_log_path')
    expect([(await keyed.get('/livez')).status, (await keyed.get('/readyz')).status]).toEqual([200, 200])
    expect(JSON.stringify(keyed.log)).not.toMatch(/sees-a-lot|sends-signals/)
  })
})
