/** A repeat gets the first answer, for ever and across crashes; a key with other content is refused (SPEC S-4). */
import { beforeAll, describe, expect, it } from 'vitest'
import { bounce, Loms, type Answer, type Json } from './service-process.ts'

let loms: Loms
beforeAll(async () => {
  loms = await Loms.start({ MAX_OPEN_POSITIONS: '1000', MAX_OPEN_POSITIONS_PER_SYMBOL: '1000' })
  await loms.pin(100)
})

/** How a request is repeated: its headers, and the fields that make it the same one. */
type Key = { readonly what: string; readonly headers?: Record<string, string>; readonly fields: Json }
const key = (name: string): Record<string, string> => ({ 'Idempotency-Key': name })
const KEYS: readonly Key[] = [
  { what: 'natural key', fields: {} },
  { what: 'signal_id', fields: { signal_id: 'one' } },
  { what: 'Idempotency-Key', headers: key('one'), fields: {} },
]

async function openCount(service: Loms): Promise<number> {
  return (await service.positions()).length
}

describe('the same request again', () => {
  it('gets the first body with duplicate, opens nothing and is audited; also after a restart and after kill -9', async () => {
    const first = await Loms.start()
    await first.pin(100)
    const sent: { key: Key; body: Json; answer: Json }[] = []
    for (const key of KEYS) {
      const body = bounce(key.fields)
      sent.push({ key, body, answer: (await first.signal(body, key.headers)).body as Json })
    }
    expect(sent.map(({ answer }) => answer)).toMatchObject([1, 2, 3].map((id) => ({ risk_ok: true, position_id: id })))
    const repeatAll = async (service: Loms): Promise<void> => {
      for (const { key, body, answer } of sent) expect(await service.signal(body, key.headers), key.what).toMatchObject({ status: 200, body: { ...answer, duplicate: true } })
    }
    expect(JSON.stringify(sent)).not.toContain('duplicate')
    await repeatAll(first)
    await first.stop()
    const second = await first.again()
    await repeatAll(second)
    const third = await second.killedAndStartedAgain()
    await repeatAll(third)
    expect(await openCount(third)).toBe(3)
    expect(third.audit()).toHaveLength(12)
  })

  it('by 50 senders at once: one position', async () => {
    const before = await openCount(loms)
    const body = bounce()
    const answers = await Promise.all(Array.from({ length: 50 }, () => loms.signal(body)))
    expect(answers.filter((answer) => !(answer.body as Json)['duplicate'])).toHaveLength(1)
    expect(new Set(answers.map((answer) => (answer.body as Json)['position_id'])).size).toBe(1)
    expect(await openCount(loms)).toBe(before + 1)
  })

  it('after its position is closed: still the first body', async () => {
    const body = bounce()
    const original = (await loms.signal(body)).body as Json
    expect(await loms.post(`/positions/${String(original['position_id'])}/close`)).toMatchObject({ status: 200, body: { status: 'closed' } })
    expect((await loms.signal(body)).body).toEqual({ ...original, duplicate: true })
  })

  it.each<[what: string, first: Json, second: Json, same: boolean]>([
    ['other levels', { tp_pct: 4 }, { tp_pct: 9 }, true],
    ['another price', { price: 100 }, { price: 99 }, true],
    ['the side in another spelling', { side: 'long' }, { side: 'BUY' }, true],
    ['the default exchange written out', {}, { exchange: 'bitget' }, true],
    ['the time with another offset', { timestamp: '2025-05-01T10:00:00Z' }, { timestamp: '2025-05-01T12:00:00+02:00' }, true],
    ['another side', { side: 'long' }, { side: 'short' }, false],
    ['another symbol', {}, { symbol: 'ETHUSDT' }, false],
    ['another strategy', {}, { strategy: 'other' }, false],
    ['another exchange', {}, { exchange: 'bybit' }, false],
    ['another account', {}, { account_label: 'other' }, false],
    ['a millisecond later', { timestamp: '2025-05-01T10:00:01.000Z' }, { timestamp: '2025-05-01T10:00:01.001Z' }, false],
    ['a microsecond later', { timestamp: '2025-05-01T10:00:02.000001Z' }, { timestamp: '2025-05-01T10:00:02.000002Z' }, true],
  ])('with %s', async (_, first, second, same) => {
    const body = bounce()
    const original = (await loms.signal({ ...body, ...first })).body as Json
    const again = (await loms.signal({ ...body, ...second })).body as Json
    if (same) expect(again).toEqual({ ...original, duplicate: true })
    else expect(again).toMatchObject({ risk_ok: true, position_id: (original['position_id'] as number) + 1 })
  })
})

describe('what was not opened', () => {
  it('is judged again by its natural key and signal_id, but the header remembers it', async () => {
    const blockedBy = { account_label: 'full', qty: 1e9 }
    const body = bounce({ ...blockedBy, signal_id: 'blocked' })
    const first = await loms.signal(body, key('blocked'))
    expect(first.body).toMatchObject({ risk_ok: false })
    expect((await loms.signal(body, key('blocked'))).body).toEqual({ ...(first.body as Json), duplicate: true })
    expect((await loms.signal(body)).body).toEqual(first.body)
    expect((await loms.signal({ ...body, qty: 1 })).body).toMatchObject({ risk_ok: true })
  })

  it('stays remembered by the header across kill -9, also when the limit has gone', async () => {
    const first = await Loms.start({ MAX_SIZE_PER_POSITION_USDT: '1' })
    const body = bounce()
    const blocked = (await first.signal(body, key('k'))).body as Json
    expect(blocked).toMatchObject({ risk_ok: false })
    const second = await first.killedAndStartedAgain({})
    expect((await second.signal(body, key('k'))).body).toEqual({ ...blocked, duplicate: true })
    expect((await second.signal(body)).body).toMatchObject({ risk_ok: true })
  })

  it('is remembered by the header also while paused, and answered so after the pause', async () => {
    const first = await Loms.start()
    await first.post('/control/pause', { reason: 'test' })
    const body = bounce()
    const paused = (await first.signal(body, key('p'))).body as Json
    await first.post('/control/resume', { reason: 'test' })
    expect((await first.signal(body, key('p'))).body).toEqual({ ...paused, duplicate: true })
    expect((await first.signal(body)).body).toMatchObject({ risk_ok: true })
  })
})

describe('a key with other content', () => {
  const refused = async (request: Promise<Answer>, field: string): Promise<void> => {
    expect(await request).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused', errors: [{ field }] } })
  }

  it('is refused, not audited, and opens nothing', async () => {
    const body = bounce({ signal_id: 'reused' })
    await loms.signal(body, key('reused'))
    const before = [loms.audit().length, await openCount(loms)]
    await refused(loms.signal({ ...body, price: 101 }, key('reused')), 'Idempotency-Key')
    await refused(loms.signal({ ...body, price: 101 }), 'signal_id')
    await refused(loms.signal(bounce({ signal_id: 'reused' })), 'signal_id')
    await refused(loms.post('/orders', { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100 }, key('reused')), 'Idempotency-Key')
    expect([loms.audit().length, await openCount(loms)]).toEqual(before)
  })

  it('compares after validation: another spelling of the same is the same', async () => {
    const body = bounce({ timestamp: '2025-06-01T10:00:00Z', signal_id: 'spelling' })
    const first = (await loms.signal(body, key('spelling'))).body as Json
    const spelled = { ...body, side: 'BUY', price: '100.0', tp_pct: null, timestamp: '2025-06-01T10:00:00', sl_pct: 1.5, unknown: true }
    expect((await loms.signal(spelled, key('spelling'))).body).toEqual({ ...first, duplicate: true })
  })

  it('the header is looked up first: it repeats its own request whatever else the body repeats', async () => {
    const [one, two] = [bounce({ signal_id: 'A' }), bounce()]
    const first = (await loms.signal(one, key('header A'))).body as Json
    const second = (await loms.signal(two)).body as Json
    expect((await loms.signal(two, key('header new'))).body).toEqual({ ...second, duplicate: true })
    expect((await loms.signal(two, key('header new'))).body).toEqual({ ...second, duplicate: true })
    await refused(loms.signal(one, key('header new')), 'Idempotency-Key')
    expect((await loms.signal(one, key('header A'))).body).toEqual({ ...first, duplicate: true })
  })
})

describe('orders by hand', () => {
  it('repeat by Idempotency-Key only: two equal orders are two', async () => {
    const order = { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100 }
    const first = await loms.post('/orders', order, key('order'))
    expect(await loms.post('/orders', order, key('order'))).toMatchObject({ status: 201, body: { id: (first.body as Json)['id'], duplicate: true } })
    const second = (await loms.post('/orders', order)).body as { id: number }
    expect((await loms.post('/orders', order)).body).toMatchObject({ id: second.id + 1 })
  })
})
