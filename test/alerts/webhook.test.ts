/** The generic webhook: signature, repeats, and where requests may go. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Alert } from '../../src/alerts/alert.ts'
import { guardedLookup } from '../../src/alerts/guarded-lookup.ts'
import { Heartbeat } from '../../src/alerts/heartbeat.ts'
import { WebhookChannel, webhookSignature } from '../../src/alerts/webhook-channel.ts'
import { targetProblem } from '../../src/config/target.ts'

const ALERT: Alert = { seq: 12, at: 0, kind: 'CLOSE_FAILED', severity: 'urgent', subject: 'position 7', text: 'x', fields: { position_id: 7 } }
type Received = { readonly headers: Record<string, unknown>; readonly body: string; readonly url: string }

async function serving<T>(answer: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }, use: (url: string, received: Received[]) => Promise<T>): Promise<T> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push({ headers: request.headers, body, url: request.url ?? '' })
      response.writeHead(answer.status, answer.headers).end(answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
const channel = (url: string): WebhookChannel => new WebhookChannel({ url, secret: 'sixteen-characters', environment: 'dev', now: () => 1_700_000_000_000 })

describe('a webhook', () => {
  it('gets signed JSON that can be checked and told apart', async () => {
    await serving({ status: 204 }, async (url, received) => {
      expect(await channel(url).send([ALERT])).toEqual({ kind: 'delivered' })
      const [{ headers, body }] = received as [Received]
      expect(headers).toMatchObject({ 'x-loms-timestamp': '1700000000', 'idempotency-key': '12-1', 'x-loms-signature': webhookSignature('sixteen-characters', '1700000000', body) })
      expect(JSON.parse(body)).toMatchObject({ source: 'loms', environment: 'dev', alerts: [{ id: '12', seq: 12, kind: 'CLOSE_FAILED', severity: 'urgent', fields: { position_id: 7 } }] })
    })
  })
  it.each([
    [500, {}, { kind: 'later', afterMs: null }],
    [429, { 'retry-after': '7' }, { kind: 'later', afterMs: 7000 }],
    [401, {}, { kind: 'later' }],
    [422, {}, { kind: 'unacceptable' }],
    [302, { location: 'http://169.254.169.254/' }, { kind: 'later' }],
  ])('%s', (status, headers, outcome) => serving({ status, headers }, async (url) => expect(await channel(url).send([ALERT])).toMatchObject(outcome)))
  it('an answer without end is cut off', () => serving({ status: 200, body: 'x'.repeat(1_000_000) }, async (url) => expect(await channel(url).send([ALERT])).toEqual({ kind: 'delivered' })))
  it('nobody there', async () => expect(await channel('http://127.0.0.1:9/secret-path').send([ALERT])).toMatchObject({ kind: 'later', why: expect.not.stringContaining('secret-path') as string }))
})

describe('where requests may go', () => {
  it.each([
    ['https://example.org/x', undefined], ['http://127.0.0.1:9/x', undefined], ['http://localhost/x', undefined], ['https://10.0.0.1/x', undefined], ['http://[::1]:8/x', undefined],
    ['http://example.org/x', 'private address only'], ['https://169.254.169.254/latest', 'link-local'], ['http://[fe80::1]/', 'link-local'], ['ftp://example.org/', 'allowed is https:'],
    ['https://me:secret@example.org/', 'name and password'], ['nonsense', 'allowed is an address'],
  ])('%s', (url, problem) => (problem === undefined ? expect(targetProblem(url)).toBeUndefined() : expect(targetProblem(url)).toContain(problem)))

  const looked = (hostname: string, name: string): Promise<string> =>
    new Promise((resolve) => guardedLookup(hostname)(name, {}, (error, address) => resolve(error ? error.message : (address as string))))
  it('a name that leads home is refused, unless it was written so', async () => {
    expect(await looked('alerts.example.org', 'localhost')).toContain('private address')
    expect(await looked('localhost', 'localhost')).toMatch(/^(127\.0\.0\.1|::1)$/)
  })
})

describe('the heartbeat', () => {
  it('calls once a minute while all is well, and is silent otherwise', () =>
    serving({ status: 200 }, async (url, received) => {
      let well = true
      const heartbeat = new Heartbeat(url, () => well, () => {})
      for (let at = 0; at < 300_000; at += 5_000) {
        well = at < 180_000
        heartbeat.tick(at)
        await heartbeat.settled()
      }
      expect(received).toHaveLength(3)
    }))
})
