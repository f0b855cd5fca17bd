/** Signing in with a browser (H-6): a cookie stands for the key, a token for the page. */
import { describe, expect, it } from 'vitest'
import { pageSetup } from './stub-page.ts'

const API_KEYS = 'owner:all:secret-owner,viewer:read:secret-viewer,bot:signal:secret-bot'
const HERE = { host: 'loms.example:8000', origin: 'http://loms.example:8000' }
type Shown = { readonly signed_in: boolean; readonly token: string | null; readonly may: readonly string[]; readonly scope: string | null }

const at = (environment: Record<string, string> = { API_KEYS }) => {
  const setup = pageSetup(environment)
  const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    Promise.resolve(setup.api.app.request(`http://loms.example:8000${path}`, { method, headers: { ...HERE, ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }))
  const signIn = async (key: string, headers: Record<string, string> = {}) => {
    const response = await ask('POST', '/session', { key }, headers)
    const cookie = response.headers.get('set-cookie') ?? ''
    return { status: response.status, setCookie: cookie, cookie: cookie.split(';')[0] ?? '', body: (await response.json()) as Shown }
  }
  return { ...setup, ask, signIn }
}

describe('signing in', () => {
  it('gives an HttpOnly cookie of this site only, and the token to the page', async () => {
    const { signIn, ask } = at()
    const { status, setCookie, cookie, body } = await signIn('secret-owner')
    expect(status).toBe(200)
    expect(setCookie).toMatch(/^loms_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/)
    expect(setCookie + JSON.stringify(body)).not.toContain('secret-owner')
    expect((await ask('GET', '/positions', undefined, { cookie })).status).toBe(200)
    expect(await (await ask('GET', '/session', undefined, { cookie })).json()).toEqual(body)
  })
  it.each([
    ['a wrong key', { key: 'secret-owne' }, 401],
    ['no key', {}, 401],
    ['a key that may not read', { key: 'secret-bot' }, 403],
  ])('%s is refused', async (_, body, status) => {
    const response = await at().ask('POST', '/session', body)
    expect([response.status, response.headers.get('set-cookie')]).toEqual([status, null])
  })
  it('is refused to a page of another site', async () => {
    expect((await at().signIn('secret-owner', { origin: 'http://evil.example' })).status).toBe(403)
  })
  it('is slowed down after ten failures, for a minute', async () => {
    const { signIn, clock } = at()
    for (let attempt = 0; attempt < 10; attempt += 1) expect((await signIn('guess')).status).toBe(401)
    expect((await signIn('secret-owner')).status).toBe(429)
    clock.now += 60_000
    expect((await signIn('secret-owner')).status).toBe(200)
  })
  it('marks the cookie as secure behind a TLS proxy', async () => {
    expect((await at().signIn('secret-owner', { 'x-forwarded-proto': 'https' })).setCookie).toMatch(/; Secure$/)
  })
})

describe('a session', () => {
  it.each([
    ['the page\'s own request', (token: string) => ({ 'x-csrf-token': token }), 200],
    ['without the token', () => ({}), 403],
    ['with another token', () => ({ 'x-csrf-token': 'x'.repeat(43) }), 403],
    ['from another site, with the token', (token: string) => ({ 'x-csrf-token': token, origin: 'http://evil.example' }), 403],
    ['from another port of this host', (token: string) => ({ 'x-csrf-token': token, origin: 'http://loms.example:9000' }), 403],
  ])('changes something: %s', async (_, headers, status) => {
    const { ask, signIn, application } = at()
    const { cookie, body } = await signIn('secret-owner')
    const response = await ask('POST', '/control/pause', { reason: 'test' }, { cookie, ...headers(body.token ?? '') })
    expect(response.status).toBe(status)
    expect(application.calls.filter(([name]) => name === 'pause')).toHaveLength(status === 200 ? 1 : 0)
    if (status === 403) expect(await response.json()).toMatchObject({ code: 'csrf' })
  })
  it('may no more than its key', async () => {
    const { ask, signIn, application } = at()
    const { cookie, body } = await signIn('secret-viewer')
    expect(body).toMatchObject({ scope: 'read', may: ['read'] })
    for (const path of ['/control/pause', '/control/panic', '/positions/7/close', '/signals/bounce', '/market/price/1']) {
      expect([path, (await ask('POST', path, { reason: 'x' }, { cookie, 'x-csrf-token': body.token ?? '' })).status]).toEqual([path, 403])
    }
    expect(application.calls.filter(([name]) => name !== 'positions')).toEqual([])
  })
  it('ends when its owner says so, and after twelve hours', async () => {
    const { ask, signIn, clock } = at()
    const first = await signIn('secret-owner')
    const out = await ask('DELETE', '/session', undefined, { cookie: first.cookie })
    expect(out.headers.get('set-cookie')).toMatch(/^loms_session=; .*Max-Age=0/)
    expect((await ask('GET', '/positions', undefined, { cookie: first.cookie })).status).toBe(401)
    const second = await signIn('secret-owner')
    clock.now += 12 * 3_600_000
    expect((await ask('GET', '/positions', undefined, { cookie: second.cookie })).status).toBe(401)
  })
  it.each(['loms_session=', 'loms_session=x', 'other=1', `loms_session=${'a'.repeat(43)}`, `xloms_session=${'a'.repeat(43)}`])('is not made by the cookie %s', async (cookie) => {
    expect((await at().ask('GET', '/positions', undefined, { cookie })).status).toBe(401)
  })
  it('shows the details of /health', async () => {
    const { ask, signIn } = at()
    const { cookie } = await signIn('secret-viewer')
    expect(Object.keys((await (await ask('GET', '/health', undefined, { cookie })).json()) as object)).toContain('executor')
    expect(Object.keys((await (await ask('GET', '/health')).json()) as object)).toEqual(['ok', 'service', 'status'])
  })
})

describe('without keys', () => {
  it('nobody needs to sign in', async () => {
    const { ask } = at({})
    expect(await (await ask('GET', '/session', undefined, { host: '127.0.0.1:8000' })).json()).toEqual({ required: false, signed_in: true, name: null, scope: 'all', may: ['read', 'signal', 'trade', 'admin'], token: null })
  })
})
