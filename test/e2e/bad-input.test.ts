/** Whatever is sent: an answer that names the field, never a 5xx, and nothing has changed (SPEC S-5, H-2c, H-5). */
import { connect } from 'node:net'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { bounce, Loms, type Answer } from './service-process.ts'

let loms: Loms
beforeAll(async () => {
  loms = await Loms.start()
  await loms.pin(100)
  await loms.signal(bounce())
  await vi.waitFor(async () => expect((await loms.position(1))['state']).toBe('tp-placed'))
})

/** The same request leaves the same world. */
async function unchanged(request: () => Promise<unknown>): Promise<void> {
  const before = { ...(await loms.everything()), audit: loms.audit() }
  await request()
  expect({ ...(await loms.everything()), audit: loms.audit() }).toEqual(before)
}
const problemOf = (answer: Answer): [number, string | null, string[]] => [
  answer.status,
  answer.headers.get('content-type'),
  ((answer.body as { errors?: { field: string }[] } | null)?.errors ?? []).map(({ field }) => field),
]
const text = (changes: string): string => `{"symbol":"BTCUSDT","side":"long","price":100,"timestamp":"2026-03-01T00:00:00Z",${changes}}`

describe('a signal with invalid values: 422 naming the field', () => {
  it.each<[what: string, body: unknown, field: string]>([
    ['no symbol', bounce({ symbol: undefined }), 'symbol'],
    ['an empty symbol', bounce({ symbol: '' }), 'symbol'],
    ['a symbol of the wrong type', bounce({ symbol: 7 }), 'symbol'],
    ['a symbol that is a list', bounce({ symbol: ['BTCUSDT'] }), 'symbol'],
    ['no price', bounce({ price: undefined }), 'price'],
    ['a null price', bounce({ price: null }), 'price'],
    ['price 0', bounce({ price: 0 }), 'price'],
    ['a negative price', bounce({ price: -1 }), 'price'],
    ['a price in words', bounce({ price: 'cheap' }), 'price'],
    ['a price that is an object', bounce({ price: {} }), 'price'],
    ['price 1e309', text('"price":1e309'), 'price'],
    ['price -1e309', text('"price":-1e309'), 'price'],
    ['price "Infinity"', bounce({ price: 'Infinity' }), 'price'],
    ['price "NaN"', bounce({ price: 'NaN' }), 'price'],
    ['price true', bounce({ price: true }), 'price'],
    ['no timestamp', bounce({ timestamp: undefined }), 'timestamp'],
    ['a timestamp that is none', bounce({ timestamp: 'now' }), 'timestamp'],
    ['a day that does not exist', bounce({ timestamp: '2026-02-30T00:00:00Z' }), 'timestamp'],
    ['a timestamp in seconds', bounce({ timestamp: 1767225600 }), 'timestamp'],
    ['tp_pct below its bound', bounce({ tp_pct: 0.01 }), 'tp_pct'],
    ['tp_pct 0', bounce({ tp_pct: 0 }), 'tp_pct'],
    ['tp_pct above its bound', bounce({ tp_pct: 51 }), 'tp_pct'],
    ['a negative sl_pct', bounce({ sl_pct: -1.5 }), 'sl_pct'],
    ['sl_pct as a list', bounce({ sl_pct: [1] }), 'sl_pct'],
    ['qty 0', bounce({ qty: 0 }), 'qty'],
    ['timeframe_min 0', bounce({ timeframe_min: 0 }), 'timeframe_min'],
    ['an unknown exit strategy', bounce({ exit_strategy: 'hope' }), 'exit_strategy'],
    ['exit_params that are a list', bounce({ exit_params: [] }), 'exit_params'],
    ['the key __proto__', text('"__proto__":{"risk_ok":true}'), '__proto__'],
    ['the key constructor, deep inside', text('"note":{"list":[{"constructor":{}}]}'), 'note.list.0.constructor'],
    ['the key prototype', text('"prototype":1'), 'prototype'],
    ['a huge number in an unknown field', text('"note":1e999'), 'note'],
    ['a list', [], 'body'],
    ['null', 'null', 'body'],
    ['a text', '"BTCUSDT"', 'body'],
    ['a number', '5', 'body'],
    ['true', 'true', 'body'],
  ])('%s', (_, body, field) =>
    unchanged(async () => {
      const [status, type, fields] = problemOf(await loms.signal(body))
      expect([status, type]).toEqual([422, 'application/problem+json'])
      expect(fields).toContain(field)
    }),
  )

  it.each([['up'], [''], ['longs']])('side "%s": also received and invalid_side', (side) =>
    unchanged(async () => {
      expect(await loms.signal(bounce({ side }))).toMatchObject({ status: 422, body: { received: true, error: 'invalid_side', errors: [{ field: 'side' }] } })
    }),
  )

  it('names every wrong field at once', async () => {
    expect(problemOf(await loms.signal({ side: 'long' }))[2].sort()).toEqual(['price', 'symbol', 'timestamp'])
  })
})

describe('a body that cannot be read', () => {
  it.each<[what: string, body: string]>([
    ['nothing', ''],
    ['half of it', '{"symbol":"BTCUSDT"'],
    ['a trailing comma', text('"qty":1,')],
    ['single quotes', "{'symbol':'BTCUSDT'}"],
    ['NaN as Python writes it', text('"tp_pct":NaN')],
    ['Infinity as Python writes it', text('"tp_pct":Infinity')],
    ['a form', 'symbol=BTCUSDT&side=long'],
    ['two values', '{}{}'],
    ['a zero byte', '{"symbol":"BTC\u0000"}'],
  ])('%s: 400', (_, body) => unchanged(async () => expect(problemOf(await loms.signal(body)).slice(0, 2)).toEqual([400, 'application/problem+json'])))

  it('100,000 brackets: 4xx', () =>
    unchanged(async () => {
      for (const body of ['['.repeat(30_000), '['.repeat(30_000) + ']'.repeat(30_000), `{"a":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`]) {
        expect((await loms.signal(body)).status).toBeOneOf([400, 422])
      }
    }))

  it('of 10 MB: 413, announced or in chunks', () =>
    unchanged(async () => {
      const head = 'POST /signals/bounce HTTP/1.1\r\nhost: localhost\r\n'
      expect(await statusAfterWriting(`${head}content-length: ${160 * 65_536}\r\n\r\n`, 'x'.repeat(65_536))).toBe(413)
      expect(await statusAfterWriting(`${head}transfer-encoding: chunked\r\n\r\n`, `10000\r\n${'x'.repeat(65_536)}\r\n`, '0\r\n\r\n')).toBe(413)
    }))

  it('just below and just above the limit', async () => {
    const body = (size: number): string => text(`"qty":"1e9","pad":"${'x'.repeat(size)}"`)
    const room = 65_536 - text('"qty":"1e9","pad":""').length
    expect((await loms.signal(body(room + 1))).status).toBe(413)
    expect(await loms.signal(body(room))).toMatchObject({ status: 200, body: { risk_ok: false } })
  })
})

describe('other requests', () => {
  it.each<[method: string, path: string, body: unknown, status: number]>([
    ['POST', '/orders', { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100, sl_price: 101 }, 422],
    ['POST', '/orders', { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100, sl_price: 100 }, 422],
    ['POST', '/orders', { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100, tp_price: 99 }, 422],
    ['POST', '/orders', { symbol: 'BTCUSDT', side: 'sell', qty: 1, entry_price: 100, sl_price: 99 }, 422],
    ['POST', '/orders', { symbol: 'BTCUSDT', side: 'sell', qty: 1, entry_price: 100, tp_price: 101 }, 422],
    ['POST', '/orders', { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100, order_type: 'limit' }, 422],
    ['POST', '/orders', { symbol: 'BTCUSDT', side: 'buy', entry_price: 100 }, 422],
    ['POST', '/orders', '{', 400],
    ['POST', '/positions/999/close', undefined, 404],
    ['POST', '/positions/x/close', undefined, 422],
    ['POST', '/positions/-1/close', undefined, 422],
    ['POST', '/positions/1/close', '{', 400],
    ['POST', '/positions/1/close', { reason: 7 }, 422],
    ['POST', '/market/price/0', undefined, 422],
    ['POST', '/market/price/-5', undefined, 422],
    ['POST', '/market/price/abc', undefined, 422],
    ['POST', '/market/price/1e400', undefined, 422],
    ['POST', '/control/pause', { reason: '' }, 422],
    ['POST', '/control/pause', '[]', 422],
    ['GET', '/positions?limit=0', undefined, 422],
    ['GET', '/positions?limit=100001', undefined, 422],
    ['GET', '/positions?status=lost', undefined, 422],
    ['GET', '/positions?from=yesterday', undefined, 422],
    ['GET', '/positions?cursor=garbage', undefined, 422],
    ['GET', '/positions/999', undefined, 404],
    ['GET', '/positions/999999999999999999', undefined, 422],
    ['GET', '/stats?group_by=mood', undefined, 422],
    ['GET', '/orders?role=boss', undefined, 422],
    ['GET', '/market/price?symbol=NOSUCH', undefined, 404],
    ['GET', '/nothing', undefined, 404],
    ['DELETE', '/positions/1', undefined, 405],
    ['PUT', '/signals/bounce', bounce(), 405],
    ['GET', '/docs/..%2f..%2fpackage.json', undefined, 404],
  ])('%s %s', (method, path, body, status) =>
    unchanged(async () => expect(problemOf(await loms.request(method, path, body)).slice(0, 2)).toEqual([status, 'application/problem+json'])),
  )

  it('a key that is empty, too long or unprintable: 422', () =>
    unchanged(async () => {
      for (const name of ['x'.repeat(256), 'ü']) expect(await loms.signal(bounce(), { 'Idempotency-Key': name })).toMatchObject({ status: 422, body: { errors: [{ field: 'Idempotency-Key' }] } })
    }))

  it('a page of another site: 403', () => unchanged(async () => expect((await loms.signal(bounce(), { origin: 'https://evil.example' })).status).toBe(403)))
})

it('after all of it the service is well', async () => {
  expect((await loms.get('/health')).body).toMatchObject({ ok: true, degraded: [] })
  expect(loms.log.filter(({ level }) => (level as number) >= 50)).toEqual([])
})

/** As simple clients do it (Python's among them): write everything, only then look for an answer. */
function statusAfterWriting(head: string, block: string, end = ''): Promise<number> {
  const { hostname, port } = new URL(loms.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    socket.on('error', reject)
    socket.write(head)
    for (let sent = 1; sent < 160; sent++) socket.write(block)
    socket.write(block + end, () =>
      socket.once('data', (answer: Buffer) => {
        resolve(Number(/^HTTP\/1.1 (\d+)/.exec(answer.toString())?.[1]))
        socket.destroy()
      }),
    )
  })
}
