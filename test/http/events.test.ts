import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PublishedNotice } from '../../src/http/application.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { get, setup, type Setup } from './stub-application.ts'

let at: Setup
beforeEach(() => {
  vi.useFakeTimers()
  at = setup()
})
afterEach(() => {
  at.api.endStreams()
  vi.useRealTimers()
})
const notice = (seq: number): PublishedNotice => ({ seq, at: '2026-01-31T12:00:00.000Z', notice: { type: 'position.retired', positionId: 7 as PositionId } })

async function open() {
  const response = await get(at, '/events')
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const read = async (): Promise<string | undefined> => {
    const { done, value } = await reader.read()
    return done ? undefined : new TextDecoder().decode(value)
  }
  return { response, reader, read }
}

describe('GET /events', () => {
  it('streams what becomes durable', async () => {
    const { response, read } = await open()
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect(await read()).toBe('retry: 2000\n: connected\n\n')
    at.application.publish(notice(9))
    expect(await read()).toBe('id: 9\nevent: position.retired\ndata: {"seq":9,"at":"2026-01-31T12:00:00.000Z","type":"position.retired","positionId":7}\n\n')
  })

  it('shows that it is alive', async () => {
    const { read } = await open()
    await read()
    vi.advanceTimersByTime(15_000)
    expect(await read()).toBe(': alive\n\n')
  })

  it('ends cleanly on shutdown, and no new one begins', async () => {
    const { read } = await open()
    await read()
    at.api.endStreams()
    expect(await read()).toBeUndefined()
    expect((await get(at, '/events')).status).toBe(503)
    expect([at.application.listeners.size, vi.getTimerCount()]).toEqual([0, 0])
  })

  it('forgets a reader that has gone', async () => {
    const one = await open()
    const other = await open()
    expect(at.application.listeners.size).toBe(1)
    await one.reader.cancel()
    await other.reader.cancel()
    expect([at.application.listeners.size, vi.getTimerCount()]).toEqual([0, 0])
    at.application.publish(notice(1))
  })

  it('cuts off a reader that does not keep up, and only that one', async () => {
    const slow = await open()
    const fast = await open()
    await fast.read()
    for (let seq = 1; seq <= 1_200; seq++) {
      at.application.publish(notice(seq))
      await fast.read()
    }
    let events = 0
    while ((await slow.read()) !== undefined) events += 1
    expect(events).toBeLessThanOrEqual(1_000)
    at.application.publish(notice(2_000))
    expect(await fast.read()).toContain('id: 2000')
  })

  it('has at most 100 readers', async () => {
    for (let n = 0; n < 100; n++) await open()
    expect((await get(at, '/events')).status).toBe(503)
  })
})
