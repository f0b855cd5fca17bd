import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limitedServer, listen, type Listening } from '../../src/http/server.ts'
import { setup, SIGNAL, type Setup } from './stub-application.ts'

let at: Setup
let server: Listening
beforeEach(async () => {
  at = setup()
  const started = await listen(at.api, '127.0.0.1', 0)
  if (!started.ok) throw new Error(started.message)
  server = started
})
afterEach(() => server.close())

/** Sends bytes as they are; everything that comes back until the other side closes or `until` matches. */
const raw = (text: string, until?: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (until?.test(received)) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
  })
const request = (line: string, headers: string[] = [], body = ''): string => [line, 'Host: localhost', 'Connection: close', ...headers, '', body].join('\r\n')

describe('over a socket', () => {
  it('takes a signal', async () => {
    const response = await fetch(`${server.url}/signals/bounce`, { method: 'POST', body: JSON.stringify(SIGNAL), headers: { 'Idempotency-Key': 'k1' } })
    expect([response.status, await response.json()]).toMatchObject([200, { order_id: 5 }])
    expect(at.application.entries).toMatchObject([{ idempotencyKey: 'k1', signal: { price: '100' } }])
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('reads a chunked body, and refuses a long one', async () => {
    const body = JSON.stringify(SIGNAL)
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
    const head = request('POST /signals/bounce HTTP/1.1', ['Transfer-Encoding: chunked'])
    expect(await raw(`${head}${chunk(body.slice(0, 9))}${chunk(body.slice(9))}0\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /)
    expect(await raw(`${head}${chunk(' '.repeat(70_000))}0\r\n\r\n`, /body_too_large/)).toMatch(/^HTTP\/1.1 413 /)
    expect(await raw(request('POST /signals/bounce HTTP/1.1', ['Content-Length: 100000000'], '{'), /body_too_large/)).toMatch(/^HTTP\/1.1 413 /)
    expect(at.application.entries).toHaveLength(1)
  })

  it.each([
    ['TRACE /positions HTTP/1.1', 405], ['HEAD /positions HTTP/1.1', 200], ['OPTIONS /positions HTTP/1.1', 204], ['BREW /positions HTTP/1.1', 400],
    ['GET //positions HTTP/1.1', 404], ['GET /docs/../positions HTTP/1.1', 200], ['GET /docs/..%2fpackage.json HTTP/1.1', 404], ['GET /docs\\..\\x HTTP/1.1', 400],
    ['GET /positions HTTP/9.9', 400], ['NONSENSE', 400],
  ])('%s is %i', async (line, status) => {
    expect(await raw(request(line))).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  it('survives headers that are too large and clients that leave', async () => {
    expect(await raw(request('GET /health HTTP/1.1', [`X: ${'x'.repeat(20_000)}`]))).toMatch(/^HTTP\/1.1 431 /)
    const socket = connect(server.port, '127.0.0.1', () => socket.write('POST /signals/bounce HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{', () => socket.destroy()))
    await new Promise((resolve) => socket.on('close', resolve))
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
    expect(at.logged).toEqual([])
  })
})

it('slow and many connections are limited, whatever Node\'s own limits are', () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections } = limitedServer(at.api, '127.0.0.1')
  expect({ headersTimeout, requestTimeout, keepAliveTimeout, maxConnections }).toEqual({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000, maxConnections: 1_024 })
})

describe('starting and stopping', () => {
  it('a port in use is told in one sentence', async () => {
    expect(await listen(at.api, '127.0.0.1', server.port)).toEqual({
      ok: false,
      message: `Port ${server.port} on 127.0.0.1 is in use, perhaps by another LOMS; stop that or set PORT to a free one`,
    })
  })

  it('an address of another machine is told in one sentence', async () => {
    expect(await listen(at.api, '192.0.2.1', 0)).toMatchObject({ ok: false, message: expect.stringContaining('HOST=192.0.2.1 is no address of this machine') as unknown })
  })

  it('closing ends event streams and kept connections', async () => {
    const events = await fetch(`${server.url}/events`)
    await (await fetch(`${server.url}/livez`)).text()
    const reading = events.text()
    await server.close()
    expect(await reading).toContain(': connected')
    await expect(fetch(`${server.url}/livez`)).rejects.toThrow()
  })
})
