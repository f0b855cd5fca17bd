import { beforeEach, describe, expect, it } from 'vitest'
import { bodyOf, OPENED, ORDER, post, setup, SIGNAL, type ProblemBody, type Setup } from './stub-application.ts'

let at: Setup
beforeEach(() => {
  at = setup()
})
const ORDER_BODY = { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100 }

describe('POST /signals/bounce', () => {
  it('answers 200 with the application\'s answer, letter for letter', async () => {
    const response = await post(at, '/signals/bounce', SIGNAL)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await response.text()).toBe(
      '{"received":true,"oms_enabled":true,"risk_ok":true,"order_id":5,"position_id":7,"tp_price":104.5,"sl_price":98.5,"exit_strategy":"tp_sl_static","state":"pending"}',
    )
    expect(at.application.entries).toMatchObject([{ kind: 'bounce_signal', payload: SIGNAL, idempotencyKey: null, signal: { targets: [{ price: '104.5', sharePct: '100' }], slPrice: '98.5' } }])
  })

  it.each([
    { received: true, oms_enabled: true, risk_ok: false, risk_reason: 'max_total_open_reached (total=10, limit=10)' },
    { received: true, oms_enabled: false, risk_ok: false, reason: 'paused: maintenance' },
    { received: true, oms_enabled: true, risk_ok: false, risk_reason: 'x', duplicate: true },
  ] as const)('a refusal is no error: %j', async (answer) => {
    at.application.outcome = { kind: 'answered', answer }
    const response = await post(at, '/signals/bounce', SIGNAL)
    expect([response.status, await bodyOf(response)]).toEqual([200, answer])
  })

  it('hands the Idempotency-Key on', async () => {
    await post(at, '/signals/bounce', SIGNAL, { 'Idempotency-Key': 'abc 1' })
    expect(at.application.entries[0]?.idempotencyKey).toBe('abc 1')
  })

  it.each(['', 'x'.repeat(256), 'k\u00e9y', 'a\tb'])('refuses the Idempotency-Key %j', async (key) => {
    const response = await post(at, '/signals/bounce', SIGNAL, { 'Idempotency-Key': key })
    expect(response.status).toBe(422)
    expect(await bodyOf<ProblemBody>(response)).toMatchObject({ errors: [{ field: 'Idempotency-Key' }] })
    expect(at.application.entries).toEqual([])
  })

  it.each(['Idempotency-Key', 'signal_id'] as const)('%s with other content: 422 idempotency_key_reused', async (field) => {
    at.application.outcome = { kind: 'key_reused', field }
    const response = await post(at, '/signals/bounce', SIGNAL)
    expect([response.status, await bodyOf(response)]).toMatchObject([422, { code: 'idempotency_key_reused', errors: [{ field }] }])
  })

  it('what the application finds invalid is 422 with the field', async () => {
    at.application.outcome = { kind: 'invalid', problems: [{ field: 'timestamp', message: 'is older than 60 s' }] }
    const response = await post(at, '/signals/bounce', SIGNAL)
    expect([response.status, await bodyOf(response)]).toMatchObject([422, { errors: [{ field: 'timestamp', message: 'is older than 60 s' }] }])
  })

  it('an application that cannot take it is 503 with Retry-After', async () => {
    at.application.outcome = { kind: 'unavailable', message: 'The audit log cannot be written.' }
    const response = await post(at, '/signals/bounce', SIGNAL)
    expect([response.status, response.headers.get('retry-after'), await bodyOf(response)]).toMatchObject([503, '1', { detail: 'The audit log cannot be written.' }])
  })

  it('an invalid side also says received and invalid_side', async () => {
    const response = await post(at, '/signals/bounce', { ...SIGNAL, side: 'flat' })
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect([response.status, await bodyOf(response)]).toMatchObject([422, { received: true, error: 'invalid_side', errors: [{ field: 'side' }] }])
    expect(await bodyOf(await post(at, '/signals/bounce', { ...SIGNAL, side: 7 }))).not.toHaveProperty('error')
  })

  it('names every wrong field at once', async () => {
    const response = await post(at, '/signals/bounce', '{"price":1e309,"tp_pct":99,"__proto__":{}}')
    expect(response.status).toBe(422)
    const { errors } = await bodyOf<ProblemBody>(response)
    expect(errors?.map(({ field }) => field).sort()).toEqual(['__proto__', 'price', 'side', 'symbol', 'timestamp', 'tp_pct'])
  })

  it('a body with thousands of mistakes gets a short answer', async () => {
    const body = `{${Array.from({ length: 3000 }, (_, index) => `"k${index}":1e999`).join(',')}}`
    const text = await (await post(at, '/signals/bounce', body)).text()
    expect(text.length).toBeLessThan(10_000)
  })

  it('reads the body as JSON whatever the content type says', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
      expect((await post(at, '/signals/bounce', SIGNAL, { 'content-type': type })).status).toBe(200)
    }
  })

  it('of repeated keys the last one counts', async () => {
    await post(at, '/signals/bounce', `{"price":1,${JSON.stringify(SIGNAL).slice(1)}`)
    expect(at.application.entries[0]?.signal.price).toBe('100')
  })
})

describe('POST /orders', () => {
  it('answers 201 with the order', async () => {
    const response = await post(at, '/orders', ORDER_BODY)
    expect([response.status, response.headers.get('location'), await bodyOf(response)]).toEqual([201, '/orders/5', ORDER])
    expect(at.application.entries).toMatchObject([{ kind: 'manual_order', signal: { timestampMs: null, strategy: 'manual', slPrice: '98.5', targets: [] } }])
  })

  it('a repeat gets the order and duplicate', async () => {
    at.application.outcome = { kind: 'answered', answer: { ...(OPENED.kind === 'answered' && OPENED.answer.risk_ok ? OPENED.answer : ({} as never)), duplicate: true } }
    const response = await post(at, '/orders', ORDER_BODY)
    expect([response.status, await bodyOf(response)]).toEqual([201, { ...ORDER, duplicate: true }])
  })

  it.each([
    { received: true, oms_enabled: true, risk_ok: false, risk_reason: 'max_total_open_reached (total=10, limit=10)' },
    { received: true, oms_enabled: false, risk_ok: false, reason: 'halted: panic' },
  ] as const)('blocked is 200 with the body of a signal: %j', async (answer) => {
    at.application.outcome = { kind: 'answered', answer }
    const response = await post(at, '/orders', ORDER_BODY)
    expect([response.status, await bodyOf(response)]).toEqual([200, answer])
  })

  it('a stop or target on the wrong side is 422', async () => {
    const response = await post(at, '/orders', { ...ORDER_BODY, sl_price: 101, tp_price: 99 })
    expect([response.status, await bodyOf(response)]).toMatchObject([422, { errors: [{ field: 'sl_price' }, { field: 'tp_price' }] }])
  })
})

describe('bodies', () => {
  it.each([
    ['', 'is empty'], ['{', 'is not valid JSON'], ['{"a":NaN}', 'is not valid JSON'], ['\uFEFF{}', 'is not valid JSON'], ['AAPL,buy,150', 'is not valid JSON'],
    ['{} {}', 'is not valid JSON'], ['{"symbol":"BTC\u0000"}', 'is not valid JSON'], ["{'a':1}", 'is not valid JSON'],
  ])('%j is 400', async (body, message) => {
    const response = await post(at, '/signals/bounce', body)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const problem = await bodyOf<ProblemBody>(response)
    expect([response.status, problem.code, problem.errors?.[0]?.field]).toEqual([400, 'malformed_json', 'body'])
    expect(problem.errors?.[0]?.message).toContain(message)
  })

  it.each([
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['a lone surrogate in bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['a cut UTF-8 sequence', Buffer.from([0x22, 0xe2, 0x82, 0x22])],
  ])('%s is 400', async (_, body) => {
    expect((await at.api.app.request('/signals/bounce', { method: 'POST', body: new Uint8Array(body) })).status).toBe(400)
  })

  it('64 kB are read, one byte more is 413, announced or not', async () => {
    const padded = (length: number): string => JSON.stringify(SIGNAL).padEnd(length, ' ')
    expect((await post(at, '/signals/bounce', padded(65_536))).status).toBe(200)
    for (const headers of [{}, { 'content-length': '65537' }]) {
      const response = await post(at, '/signals/bounce', padded(65_537), headers)
      expect([response.status, await bodyOf(response)]).toMatchObject([413, { code: 'body_too_large' }])
    }
    expect(at.application.entries).toHaveLength(1)
  })

  it('an endless body is not read to its end', async () => {
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 1
        controller.enqueue(new Uint8Array(16_384))
      },
    })
    const response = await at.api.app.request('/signals/bounce', { method: 'POST', body, duplex: 'half' })
    expect(response.status).toBe(413)
    expect(sent).toBeLessThan(10)
  })

  it('20,000 levels deep is refused, not a crash', async () => {
    const response = await post(at, '/signals/bounce', `{"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)
    expect([response.status, await bodyOf(response)]).toMatchObject([422, { errors: expect.arrayContaining([{ field: 'x', message: 'must not be nested deeper than 32 levels' }]) as unknown }])
  })
})
