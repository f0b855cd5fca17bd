import { beforeEach, describe, expect, it } from 'vitest'
import { bodyOf, get, post, setup, SIGNAL, type ProblemBody, type Setup } from './stub-application.ts'

let at: Setup
beforeEach(() => {
  at = setup()
})

describe('addresses', () => {
  it('work with a trailing slash (H-4)', async () => {
    for (const path of ['/stats/', '/positions/', '/positions/7/', '/orders/', '/health/', '/market/', '/market/price/', '/livez/', '/openapi.json/', '/docs/', '/metrics/']) {
      expect([path, (await get(at, path)).status]).toEqual([path, 200])
    }
    expect((await post(at, '/signals/bounce/', SIGNAL)).status).toBe(200)
    expect((await post(at, '/positions/7/close/')).status).toBe(200)
    expect((await post(at, '/market/price/100/')).status).toBe(200)
  })

  it.each(['/nothing', '/signals', '/signals/open', '/positions/7/adopt', '/control/panick', '/positions/adopt/now', '/docs/../package.json', '/docs/%2e%2e%2fpackage.json', '/docs/none.js'])(
    '%s is 404 as a problem',
    async (path) => {
      for (const method of ['GET', 'POST']) {
        const response = await at.api.app.request(path, { method })
        expect([404, 405]).toContain(response.status)
        expect(response.headers.get('content-type')).toBe('application/problem+json')
      }
    },
  )

  it.each([
    ['DELETE', '/positions', 405, 'GET, HEAD, OPTIONS'],
    ['GET', '/signals/bounce', 405, 'POST, OPTIONS'],
    ['HEAD', '/signals/bounce', 405, 'POST, OPTIONS'],
    ['PUT', '/orders/', 405, 'POST, GET, HEAD, OPTIONS'],
    ['OPTIONS', '/orders', 204, 'POST, GET, HEAD, OPTIONS'],
    ['PATCH', '/market/price', 405, 'GET, DELETE, HEAD, OPTIONS'],
    ['GET', '/positions/7/close', 405, 'POST, OPTIONS'],
  ])('%s %s is %i', async (method, path, status, allow) => {
    const response = await at.api.app.request(path, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow])
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('HEAD is GET without a body', async () => {
    const response = await at.api.app.request('/positions', { method: 'HEAD' })
    expect([response.status, await response.text(), response.headers.get('x-total-count')]).toEqual([200, '', '42'])
    await at.api.app.request('/events', { method: 'HEAD' })
    expect(at.application.listeners.size).toBe(0)
  })
})

describe('every answer', () => {
  it.each(['/health', '/nothing', '/positions?limit=x', '/docs', '/'])('%s has safe headers and a request id', async (path) => {
    const { headers } = await get(at, path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*frame-ancestors 'none'/)
    expect(headers.get('content-security-policy')).not.toContain('http')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-\w+$/)
    expect(headers.get('x-powered-by')).toBeNull()
  })

  it('repeats a harmless request id and replaces any other', async () => {
    expect((await get(at, '/health', { 'x-request-id': 'bot-1.2:3' })).headers.get('x-request-id')).toBe('bot-1.2:3')
    for (const sent of ['', 'a b', '<script>', 'x'.repeat(129)]) {
      expect((await get(at, '/health', { 'x-request-id': sent })).headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-\w+$/)
    }
    const problem = await bodyOf<ProblemBody>(await get(at, '/nothing', { 'x-request-id': 'mine' }))
    expect(problem).toMatchObject({ type: 'about:blank', title: 'Not found', status: 404, code: 'not_found', request_id: 'mine' })
  })

  it('an unexpected error is 500 without detail, and is logged', async () => {
    at.application.fault = new Error('secret inside')
    const response = await post(at, '/signals/bounce', SIGNAL, { 'x-request-id': 'r1' })
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).not.toMatch(/secret inside|\.ts|at /)
    expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'internal_error', request_id: 'r1' })
    expect(at.logged).toMatchObject([{ message: 'http_error', fields: { requestId: 'r1', method: 'POST', path: '/signals/bounce', err: at.application.fault } }])
  })
})

describe('probes', () => {
  it('livez answers while readyz does not', async () => {
    at.application.isReady = false
    expect((await get(at, '/livez')).status).toBe(200)
    const response = await get(at, '/readyz')
    expect([response.status, response.headers.get('retry-after'), await bodyOf(response)]).toMatchObject([503, '1', { code: 'not_ready' }])
    at.application.isReady = true
    expect((await get(at, '/readyz')).status).toBe(200)
  })

  it('metrics are the application\'s', async () => {
    const response = await get(at, '/metrics')
    expect([response.headers.get('content-type'), await response.text()]).toEqual(['text/plain; version=0.0.4; charset=utf-8', 'loms_positions_open 1\n'])
  })
})

describe('pages', () => {
  it('need no other site', async () => {
    for (const path of ['/', '/docs', '/docs/start.js']) expect(await (await get(at, path)).text()).not.toMatch(/https?:\/\//)
    const html = await (await get(at, '/docs')).text()
    for (const [, file] of html.matchAll(/(?:src|href)="([^"]+)"/g)) expect([file, (await get(at, file as string)).status]).toEqual([file, 200])
    expect((await get(at, '/docs/swagger-ui-bundle.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  })
  it('the docs page may run scripts of this service only', async () => {
    expect((await get(at, '/docs')).headers.get('content-security-policy')).toContain("script-src 'self';")
  })
})
