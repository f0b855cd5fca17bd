/** The address for alerts: who may post, what is done, what is said; and how wrong keys are slowed down. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bodyOf, get, post, setup, type ProblemBody } from './stub-application.ts'

const KEY = 'canary-key-of-the-hook-0123456789'
const ALERT = { ticker: 'BTCUSDT', side: 'buy', price: '100', time: '2026-01-31T12:00:00Z' }
const hashed = createHash('sha256').update(KEY).digest('hex')
const withKey = () => setup({ API_KEYS: `tv:signal:sha256-${hashed},reader:read:other-key` })

describe('POST /hooks/tradingview/{token}', () => {
  it('an alert opens as a signal does, whatever its content type', async () => {
    const world = withKey()
    const response = await post(world, `/hooks/tradingview/${KEY}`, JSON.stringify(ALERT), { 'content-type': 'text/plain' })
    expect([response.status, await bodyOf(response)]).toEqual([200, expect.objectContaining({ received: true, position_id: 7 })])
    expect(world.application.entries).toMatchObject([{ kind: 'bounce_signal', signal: { symbol: 'BTCUSDT', direction: 'long' } }])
  })
  it('with the token body the key stands in the alert, and is not kept', async () => {
    const world = withKey()
    expect((await post(world, '/hooks/tradingview/body', { ...ALERT, secret: KEY })).status).toBe(200)
    expect(JSON.stringify(world.application.entries)).not.toContain(KEY)
  })
  it('a reversal closes first; flat closes', async () => {
    const world = withKey()
    await post(world, `/hooks/tradingview/${KEY}`, { ...ALERT, prev_market_position: 'short', market_position: 'long' })
    await post(world, `/hooks/tradingview/${KEY}`, { ticker: 'BTCUSDT', side: 'sell', market_position: 'flat' })
    expect(world.application.calls.map(([name]) => name)).toEqual(['exit', 'exit'])
    expect(world.application.entries).toHaveLength(1)
  })
  it.each([['wrong'], ['other-key'], ['body']])('401 for %s', async (token) => expect((await post(withKey(), `/hooks/tradingview/${token}`, ALERT)).status).toBe(401))
  it('without keys the door stays shut', async () => expect((await post(setup(), '/hooks/tradingview/x', ALERT)).status).toBe(403))
  it('what cannot be read is shown, without the secret', async () => {
    const response = await post(withKey(), `/hooks/tradingview/${KEY}`, `{"price": {{close}}, "secret": "${KEY}"}`)
    const text = await response.text()
    expect([response.status, text.includes('{{close}}'), text.includes(KEY)]).toEqual([422, true, false])
  })
  it('a secret at the end of what is shown is masked as a whole', async () => {
    for (const length of [460, 480, 490, 499]) {
      const response = await post(withKey(), `/hooks/tradingview/${KEY}`, `${'x'.repeat(length)} ${KEY}`)
      expect([response.status, (await response.text()).includes(KEY.slice(0, 6))]).toEqual([422, false])
    }
  })
  it.each([
    ['deep objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['deep lists', `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['deep objects in a wrapper', `{"data":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`],
    ['a key that reaches prototypes', '{"__proto__":{"symbol":"BTCUSDT"}}'],
    ['a number without end', '{"price":1e999}'],
  ])('%s are refused', async (_, body) => {
    expect((await post(withKey(), `/hooks/tradingview/${KEY}`, body)).status).toBe(422)
    expect((await post(withKey(), '/hooks/tradingview/wrong', body)).status).toBe(401)
  })
  // Where reading took the square of the length, each of them stopped the whole service for seconds.
  it('long blanks are read at once', async () => {
    const blanks = ' '.repeat(65_000)
    const world = withKey()
    for (let times = 0; times < 15; times += 1) {
      for (const body of [`a${blanks}b`, `BTCUSDT${blanks},buy,1`, JSON.stringify({ ticker: `${blanks}x`, side: 'buy' }), JSON.stringify({ ticker: 'X', side: 'buy', price: `{{${blanks}` })]) {
        expect((await post(world, `/hooks/tradingview/${KEY}`, body)).status).toBe(422)
      }
    }
  })
  it.each([['in the address', KEY, {}], ['in the alert', 'body', { secret: KEY }]])('a known token may post 100 times in a second, also on loopback: %s', async (_, token, more) => {
    const world = setup({ API_KEYS: `tv:signal:sha256-${hashed},other:signal:another-key` })
    const alert = (): Promise<Response> => post(world, `/hooks/tradingview/${token}`, { ...ALERT, ...more })
    for (let times = 0; times < 100; times += 1) expect((await alert()).status).toBe(200)
    const refused = await alert()
    expect([refused.status, refused.headers.get('retry-after'), await bodyOf(refused)]).toMatchObject([429, '1', { code: 'too_many_requests' }])
    expect(world.application.entries).toHaveLength(100)
    expect((await post(world, '/hooks/tradingview/another-key', ALERT)).status).toBe(200)
    expect((await post(world, '/hooks/tradingview/wrong', ALERT)).status).toBe(401)
    world.clock.now += 10
    expect([(await alert()).status, (await alert()).status]).toEqual([200, 429])
  })
  it('an error inside names no token', async () => {
    const world = withKey()
    world.application.fault = new Error('boom')
    expect((await post(world, `/hooks/tradingview/${KEY}`, ALERT)).status).toBe(500)
    expect(JSON.stringify(world.logged)).not.toContain(KEY)
  })
})

describe('wrong keys', () => {
  it('after ten the address waits, longer each time; a right key ends it', async () => {
    const world = withKey()
    const attempt = async (key: string): Promise<number> => (await get(world, '/positions', { 'x-api-key': key })).status
    for (let times = 0; times < 10; times++) expect(await attempt(`guess-${times}`)).toBe(401)
    expect(await attempt('guess')).toBe(429)
    const refusal = await get(world, '/positions', { 'x-api-key': 'other-key' })
    expect([refusal.status, (await bodyOf<ProblemBody>(refusal)).code, refusal.headers.get('retry-after')]).toEqual([429, 'too_many_failures', '1'])
    world.clock.now += 1_000
    expect(await attempt('guess')).toBe(401)
    world.clock.now += 1_000
    expect(await attempt('guess')).toBe(429)
    world.clock.now += 1_000
    expect(await attempt('other-key')).toBe(200)
    expect(await attempt('guess')).toBe(401)
  })
  it('without a key nobody is counted, and open addresses stay open', async () => {
    const world = withKey()
    for (let times = 0; times < 30; times++) expect((await get(world, '/positions')).status).toBe(401)
    expect((await get(world, '/livez')).status).toBe(200)
  })
})
