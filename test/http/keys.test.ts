import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import type { Need } from '../../src/http/keys.ts'
import { ROUTES } from '../../src/http/routes.ts'
import { KNOWN, settingsWith } from '../signals/settings.ts'
import { ServiceWorld } from './service-world.ts'
import { bodyOf, get, post, setup, SIGNAL, StubApplication, type Setup } from './stub-application.ts'

const KEYS = { reader: 'read', bot: 'signal', trader: 'trade', boss: 'admin', owner: 'all' } as const
const API_KEYS = [...Object.entries(KEYS).map(([name, scope]) => `${name}:${scope}:secret-${name}`), 'bare-secret'].join(',')
const MAY: Record<string, readonly Need[]> = {
  'secret-reader': ['read'],
  'secret-bot': ['signal'],
  'secret-trader': ['read', 'signal', 'trade'],
  'secret-boss': ['read', 'admin'],
  'secret-owner': ['read', 'signal', 'trade', 'admin'],
  'bare-secret': ['read', 'signal', 'trade', 'admin'],
}
/** Its key is part of the address: `test/http/hooks.test.ts`. */
const HOOK = '/hooks/tradingview/{token}'
const OPEN = [HOOK, '/health', '/livez', '/readyz', '/openapi.json', '/docs', '/docs/{file}', '/', '/session', '/session', '/session', '/assets/{file}']

const ask = (at: Setup, { method, path }: { method: string; path: string }, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(at.api.app.request(path.replace('{id}', '7').replace('{value}', '100').replace('{file}', 'start.js'), { method, headers }))

describe('every route', () => {
  it('is a declared one, and nothing else is registered', () => {
    const { api } = setup()
    expect(api.app.routes.map(({ method, path }) => `${method} ${path}`)).toEqual(ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`))
    expect(ROUTES.filter(({ needs }) => needs === 'open').map(({ path }) => path)).toEqual(OPEN)
    expect(new Set(ROUTES.map(({ id }) => id)).size).toBe(ROUTES.length)
  })

  it.each(ROUTES.filter(({ path }) => path !== HOOK).map((route) => [`${route.method} ${route.path}`, route] as const))('%s: nobody without its scope', async (_, route) => {
    const at = setup({ API_KEYS })
    for (const headers of [{}, { 'x-api-key': 'wrong' }, { 'x-api-key': '' }, { authorization: 'Bearer secret-owne' }, { authorization: 'Basic secret-owner' }, { authorization: 'secret-owner' }]) {
      const response = await ask(at, route, headers)
      // A sign-in without a body and a file that is not built are refused, though nobody asks for a key.
      if (route.needs === 'open') expect(response.status).toBe(route.id === 'signIn' ? 400 : route.id === 'getAsset' ? 404 : 200)
      else {
        expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
        expect(response.headers.get('www-authenticate')).toBe('Bearer realm="loms"')
      }
      await response.body?.cancel()
    }
    for (const [key, scopes] of Object.entries(MAY)) {
      for (const headers of [{ 'x-api-key': key }, { authorization: `Bearer ${key}` }, { authorization: `bearer ${key}` }]) {
        const response = await ask(at, route, headers)
        expect([key, route.path, response.status === 403]).toEqual([key, route.path, route.needs !== 'open' && !scopes.includes(route.needs)])
        expect(response.status).not.toBe(401)
        await response.body?.cancel()
      }
    }
    at.api.endStreams()
  })

  it('has the same guard however its path is written', async () => {
    const at = setup({ API_KEYS })
    for (const path of ['/positions', '/positions/', '/%70ositions', '/positions?x=1', '/x/../positions', '/./positions', '/positions/7', '/positions/7/']) {
      expect([path, (await get(at, path)).status]).toEqual([path, 401])
    }
    for (const path of ['//positions', '/Positions', '/positions//', '/positions%2F7', '/positions;x']) expect([path, (await get(at, path)).status]).toEqual([path, 404])
    expect((await at.api.app.request('/positions', { method: 'HEAD' })).status).toBe(401)
    expect((await get(at, '/positions', { 'x-http-method-override': 'POST' })).status).toBe(401)
  })
})

describe('keys', () => {
  it('are never taken from the query', async () => {
    expect((await get(setup({ API_KEYS }), '/positions?api_key=bare-secret&key=bare-secret')).status).toBe(401)
  })
  it('are asked for before the body is read', async () => {
    expect((await post(setup({ API_KEYS }), '/signals/bounce', '{')).status).toBe(401)
  })
  it('a signal key posts signals and does nothing else', async () => {
    const at = setup({ API_KEYS })
    expect((await post(at, '/signals/bounce', SIGNAL, { 'x-api-key': 'secret-bot' })).status).toBe(200)
    const refused = await post(at, '/control/pause', { reason: 'x' }, { 'x-api-key': 'secret-bot' })
    expect([refused.status, await bodyOf(refused)]).toMatchObject([403, { detail: 'This needs a key with the scope admin; the key bot has signal.' }])
    expect(at.application.calls).toEqual([])
  })
  it('never appear in an answer or in the log', async () => {
    const at = setup({ API_KEYS })
    at.application.fault = new Error('boom')
    const texts = [await (await get(at, '/positions', { 'x-api-key': 'secret-bot' })).text(), await (await post(at, '/signals/bounce', SIGNAL, { 'x-api-key': 'bare-secret' })).text()]
    expect(texts.join() + JSON.stringify(at.logged)).not.toMatch(/secret-|bare-/)
  })
  it('without them only loopback may be served', () => {
    const settings = { ...settingsWith(), host: '0.0.0.0' }
    const make = () => createApp({ application: new StubApplication(), settings, knownExitStrategies: KNOWN, logger: { error: () => {} }, now: () => 0 })
    expect(make).toThrow('an address others can reach has API keys')
  })
})

describe('health', () => {
  it('shows all without keys in the settings; with keys only to who has one', async () => {
    expect(await bodyOf(await get(setup(), '/health'))).toMatchObject({ ok: true, service: 'CryptoNakCore LOMS', database_url: 'file:state/data/dev' })
    const at = setup({ API_KEYS })
    for (const headers of [{}, { 'x-api-key': 'wrong' }]) {
      expect(await bodyOf(await get(at, '/health', headers as Record<string, string>))).toEqual({ ok: true, service: 'CryptoNakCore LOMS', status: 'ok' })
    }
    expect(await bodyOf(await get(at, '/health', { 'x-api-key': 'secret-reader' }))).toHaveProperty('database_url')
  })
})

describe('pages of other sites', () => {
  it.each([
    ['https://evil.example', 403], ['http://evil.example:8000', 403], ['null', 403], ['http://127.0.0.1.evil.example', 403], ['http://localhost@evil.example', 403],
    ['http://127.0.0.1:8000', 200], ['http://localhost:5173', 200], ['http://[::1]:8000', 200],
  ])('a POST from %s is %i', async (origin, status) => {
    const at = setup()
    expect((await post(at, '/signals/bounce', SIGNAL, { origin, 'content-type': 'text/plain' })).status).toBe(status)
    expect(at.application.entries).toHaveLength(status === 200 ? 1 : 0)
  })
})

/** A site of somebody else lets its name lead to 127.0.0.1: a browser then reads what is open there, for that site. */
describe('names of other sites that lead here (DNS rebinding)', () => {
  const NAMES = [
    ['evil.example', 403], ['evil.example:8000', 403], ['127.0.0.1.evil.example:8000', 403], ['localhost.evil.example', 403], ['192.168.1.7:8000', 403], ['0.0.0.0:8000', 403], ['localhost@evil.example', 403], ['', 403],
    ['127.0.0.1:8000', 200], ['127.0.0.2', 200], ['localhost:9000', 200], ['LOCALHOST:9000', 200], ['[::1]:8000', 200],
  ] as const

  it.each(NAMES)('without keys a request for %j is %i, whatever it asks', async (host, status) => {
    for (const path of ['/positions', '/health', '/', '/events', '/livez']) {
      const at = setup()
      const response = await get(at, path, { host })
      expect([path, response.status]).toEqual([path, status])
      at.api.endStreams()
      const text = await response.text()
      if (status === 403) expect([JSON.parse(text), at.application.calls]).toMatchObject([{ code: 'foreign_host', detail: expect.stringContaining('set API_KEYS') as string }, []])
    }
    expect((await post(setup(), '/signals/bounce', SIGNAL, { host })).status).toBe(status)
  })

  it('with keys the name does not matter: the key decides', async () => {
    const at = setup({ API_KEYS })
    for (const [host] of NAMES) expect([(await get(at, '/positions', { host, 'x-api-key': 'secret-reader' })).status, (await get(at, '/positions', { host })).status]).toEqual([200, 401])
  })

  it('holds on the socket too', async () => {
    const world = await ServiceWorld.start({})
    for (const [host, status] of [['evil.example:8000', 403], ['127.0.0.1:8000', 200]] as const) expect((await world.ask({ method: 'GET', path: '/positions', headers: { host } })).status).toBe(status)
    await world.stop()
  })
})

describe('the rate limit', () => {
  const reach = (at: Setup, key: string) => get(at, '/stats', { 'x-api-key': key })

  it('is off on loopback', async () => {
    const at = setup({ API_KEYS })
    for (let n = 0; n < 150; n++) expect((await reach(at, 'secret-reader')).status).toBe(200)
  })

  it('else allows 100 a second per key', async () => {
    const at = setup({ API_KEYS, HOST: '0.0.0.0' })
    for (let n = 0; n < 100; n++) expect((await reach(at, 'secret-reader')).status).toBe(200)
    const refused = await reach(at, 'secret-reader')
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('content-type')]).toEqual([429, '1', 'application/problem+json'])
    expect((await reach(at, 'secret-owner')).status).toBe(200)
    expect((await get(at, '/health')).status).toBe(200)
    at.clock.now += 10
    expect((await reach(at, 'secret-reader')).status).toBe(200)
    expect((await reach(at, 'secret-reader')).status).toBe(429)
    at.clock.now += 60_000
    for (let n = 0; n < 100; n++) expect((await reach(at, 'secret-reader')).status).toBe(200)
    expect((await reach(at, 'secret-reader')).status).toBe(429)
  })

  it('counts wrong keys by address', async () => {
    const at = setup({ API_KEYS, HOST: '0.0.0.0' })
    const statuses = new Set<number>()
    for (let n = 0; n < 101; n++) statuses.add((await reach(at, `guess-${n}`)).status)
    expect([...statuses]).toEqual([401, 429])
  })
})
