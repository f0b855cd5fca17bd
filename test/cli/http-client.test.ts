import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { LomsClient } from '../../src/cli/http-client.ts'
import { failureLines } from '../../src/cli/session.ts'
import { startFakeService } from './fake-service.ts'

let server: Server | undefined
afterEach(() => server?.close())

/** A port where `behave` decides what happens to a connection. */
async function port(behave: (socket: import('node:net').Socket) => void): Promise<string> {
  const started = (server = createServer(behave))
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  const address = started.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

describe('no answer', () => {
  it.each([
    ['silence', () => undefined, 'no answer within 0.05 s'],
    ['a connection that breaks', (socket: import('node:net').Socket) => void socket.once('data', () => socket.destroy()), ''],
  ])('%s: the request may have arrived', async (_, behave, cause) => {
    const url = await port(behave)
    const answer = await new LomsClient({ url, key: undefined, timeoutMs: 50 }).post('/signals/bounce', {})
    expect(answer).toMatchObject({ kind: 'unreachable', cause: expect.stringContaining(cause) as string, mayHaveArrived: true })
    if (answer.kind !== 'ok') expect(failureLines(url, answer)[1]).toContain('look with `loms positions` before you repeat it')
  })
})

describe('answers', () => {
  it('carry total and next page; the host of a link is not followed', async () => {
    const { url, stop } = await startFakeService({
      'GET /positions': { body: [], headers: { 'X-Total-Count': '12', Link: '<http://evil.example/positions?cursor=5>; rel="next"' } },
    })
    expect(await new LomsClient({ url, key: undefined }).get('/positions', 'array')).toMatchObject({ total: 12, next: '/positions?cursor=5' })
    await stop()
  })

  it('of another shape than promised are problems', async () => {
    const { url, stop } = await startFakeService({ 'GET /positions': { body: { positions: [] } }, 'GET /health': { body: [] } })
    const client = new LomsClient({ url, key: undefined })
    expect([(await client.get('/positions', 'array')).kind, (await client.get('/health', 'object')).kind]).toEqual(['problem', 'problem'])
    await stop()
  })

  it('name fields in either way of writing problem+json', async () => {
    const errors = [{ field: 'tp_pct', message: 'too small' }, { pointer: '#/sl_pct', detail: 'too large' }]
    const { url, stop } = await startFakeService({ 'POST /signals/bounce': { status: 422, body: { title: 'Invalid', errors } } })
    const answer = await new LomsClient({ url, key: undefined }).post('/signals/bounce', {})
    expect(answer.kind === 'ok' ? [] : failureLines(url, answer)).toEqual(['LOMS answered 422 Invalid', '  tp_pct: too small', '  sl_pct: too large'])
    await stop()
  })
})
