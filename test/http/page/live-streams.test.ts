/** The page's stream: what changes reaches every reader; one that does not read is left behind, not waited for. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PositionId } from '../../../src/domain/ids.ts'
import { POSITION } from '../stub-application.ts'
import { pageSetup } from './stub-page.ts'

type Event = { readonly type: string; readonly data: unknown }
type Reader = { readonly next: () => Promise<Event>; readonly until: (type: string) => Promise<Event>; readonly cancel: () => Promise<void> }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function open(at: ReturnType<typeof pageSetup>): Promise<Reader> {
  const response = await at.api.app.request('/page/live')
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  const next = async (): Promise<Event> => {
    for (;;) {
      const { value } = await reader.read()
      const [, type, data] = /^event: (\w+)\ndata: (.*)\n\n$/.exec(decoder.decode(value)) ?? []
      if (type !== undefined) return { type, data: JSON.parse(data ?? 'null') as unknown }
    }
  }
  const until = async (type: string): Promise<Event> => {
    for (;;) {
      const event = await next()
      if (event.type === type) return event
    }
  }
  return { next, until, cancel: () => reader.cancel() }
}

const moved = (seq: number, id = 7) => ({ seq, at: '2026-01-31T12:00:00.000Z', notice: { type: 'position.moved', positionId: id as PositionId, from: 'pending', to: 'entry-filled' } as const })

describe('the page\'s stream', () => {
  it('begins with status, prices and all open positions', async () => {
    const at = pageSetup()
    at.page.positions.set(7, POSITION)
    at.page.quotes = [['BTCUSDT', 100, 1]]
    const reader = await open(at)
    expect([await reader.next(), await reader.next(), await reader.next()]).toMatchObject([{ type: 'status', data: { mode: 'LAB' } }, { type: 'prices', data: [['BTCUSDT', 100, 1]] }, { type: 'snapshot', data: [{ id: 7 }] }])
    at.api.endStreams()
  })

  it('sends a position that changed once, with what changed at the same time', async () => {
    const at = pageSetup()
    at.page.positions.set(7, POSITION)
    const reader = await open(at)
    await reader.until('snapshot')
    at.page.positions.set(7, { ...POSITION, state: 'tp-placed' })
    const asked = at.page.viewsAsked
    for (const seq of [1, 2, 3]) at.page.listeners.forEach((listener) => listener(moved(seq)))
    await vi.advanceTimersByTimeAsync(25)
    expect(at.page.viewsAsked - asked).toBe(1)
    expect(await reader.until('positions')).toMatchObject({ data: [{ id: 7, state: 'tp-placed' }] })
    at.api.endStreams()
  })

  it('finds by itself what changed without a notice, a hundred positions per turn', async () => {
    const at = pageSetup()
    for (let id = 1; id <= 250; id += 1) at.page.positions.set(id, { ...POSITION, id })
    const reader = await open(at)
    await reader.until('snapshot')
    at.page.positions.set(249, { ...POSITION, id: 249, dynamic_sl_price: 99 })
    await vi.advanceTimersByTimeAsync(600)
    expect(await reader.until('positions')).toMatchObject({ data: [{ id: 249, dynamic_sl_price: 99 }] })
    at.api.endStreams()
  })

  it('leaves a reader behind that does not read, and gives it everything anew when it does', async () => {
    const at = pageSetup()
    at.page.positions.set(7, POSITION)
    const [slow, fast] = [await open(at), await open(at)]
    await vi.advanceTimersByTimeAsync(0)
    const seen: Event[] = []
    for (let seq = 1; seq <= 5_000; seq += 1) {
      at.page.listeners.forEach((listener) => listener(moved(seq)))
      if (seq % 10 === 0) for (let turn = 0; turn < 10; turn += 1) seen.push(await fast.next())
    }
    expect(seen.length).toBeGreaterThanOrEqual(4_990)
    const late: Event[] = []
    for (let turn = 0; turn < 60; turn += 1) late.push(await slow.next())
    expect(late.filter(({ type }) => type === 'notice').length).toBeLessThan(64)
    at.page.positions.set(7, { ...POSITION, open_qty: 0.5 })
    await vi.advanceTimersByTimeAsync(400)
    expect(await slow.until('snapshot')).toMatchObject({ data: [{ id: 7, open_qty: 0.5 }] })
    at.api.endStreams()
  })

  it('runs nothing while nobody looks', async () => {
    const at = pageSetup()
    const reader = await open(at)
    expect([at.page.listeners.size, vi.getTimerCount()]).toEqual([1, 2])
    await reader.cancel()
    expect([at.page.listeners.size, vi.getTimerCount()]).toEqual([0, 0])
  })
})

describe('the journal as the page reads it', () => {
  const at = pageSetup()
  at.page.journal = Array.from({ length: 5_000 }, (_, index) => ({ seq: index + 1, at: index, kind: 'notice', body: { type: index % 100 === 0 ? 'risk.blocked' : 'position.moved', positionId: index % 7 } }))
  const ask = async (query: string): Promise<{ records: { seq: number }[]; next: number | null; durable_seq: number }> => (await at.api.app.request(`/page/journal?${query}`)).json() as never

  it.each([
    ['limit=3', [5000, 4999, 4998], 4997],
    ['limit=2&to=10', [10, 9], 8],
    ['types=risk.blocked&limit=2', [4901, 4801], 4800],
    ['types=risk.blocked&to=50', [1], null],
    ['types=none', [], 3000],
    ['position=3&limit=1', [4995], 4994],
  ])('%s', async (query, seqs, next) => {
    const page = await ask(query)
    expect([page.records.map(({ seq }) => seq), page.next, page.durable_seq]).toEqual([seqs, next, 5000])
  })
  it('names a parameter that is wrong', async () => expect((await at.api.app.request('/page/journal?to=x')).status).toBe(422))
})
