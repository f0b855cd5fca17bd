/** The journal as the inspector follows it: every record once, in order; a reader that does not read costs nothing and misses the middle. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RecordView } from '../../../src/http/page/page-port.ts'
import { pageSetup } from './stub-page.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const record = (seq: number): RecordView => ({ seq, at: seq, kind: 'fact', body: { type: 'order.filled', positionId: seq % 3 } })
type Event = { readonly type: string; readonly data: unknown }

function setup(durable: number) {
  const at = pageSetup()
  let read = 0
  const grow = (to: number): void => {
    for (let seq = at.page.journal.length + 1; seq <= to; seq += 1) at.page.journal.push(record(seq))
  }
  grow(durable)
  const { records } = at.page
  at.page.records = (from, to) => {
    const found = [...records(from, to)]
    read += found.length
    return found
  }
  return { ...at, grow, read: () => read }
}

async function open({ api }: ReturnType<typeof setup>, query = '') {
  const reader = ((await api.app.request(`/page/records${query}`)).body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  const next = async (): Promise<Event> => {
    for (;;) {
      const [, type, data] = /^event: ([\w-]+)\ndata: (.*)\n\n$/.exec(decoder.decode((await reader.read()).value)) ?? []
      if (type !== undefined) return { type, data: JSON.parse(data ?? 'null') as unknown }
    }
  }
  return { next, cancel: () => reader.cancel() }
}
const seqs = ({ data }: Event): number[] => (data as RecordView[]).map(({ seq }) => seq)
const span = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('the stream of records', () => {
  it('begins with the newest and goes on with every record, once, in order', async () => {
    const at = setup(1000)
    const reader = await open(at)
    expect(seqs(await reader.next())).toEqual(span(751, 1000))
    at.grow(1350)
    await vi.advanceTimersByTimeAsync(200)
    expect([...seqs(await reader.next()), ...seqs(await reader.next())]).toEqual(span(1001, 1350))
    at.api.endStreams()
  })

  it('of one position has its records only', async () => {
    const at = setup(9)
    const reader = await open(at, '?position=1')
    expect(seqs(await reader.next())).toEqual([1, 4, 7])
    at.grow(11)
    await vi.advanceTimersByTimeAsync(100)
    expect(seqs(await reader.next())).toEqual([10])
    at.api.endStreams()
  })

  it('reads nothing for a reader that does not read, and tells it afterwards what it missed', async () => {
    const at = setup(10)
    const reader = await open(at)
    for (let turn = 1; turn <= 500; turn += 1) {
      at.grow(10 + turn * 20)
      await vi.advanceTimersByTimeAsync(100)
    }
    const whileBlocked = at.read()
    expect(whileBlocked).toBeLessThan(200)
    const late: Event[] = []
    for (let turn = 0; turn < 20 && late.at(-1)?.type !== 'left-out'; turn += 1) {
      await vi.advanceTimersByTimeAsync(100)
      late.push(await reader.next())
    }
    const missed = (late.at(-1)?.data as { records: number }).records
    const next = await reader.next()
    const shown = late.filter(({ type }) => type === 'records').flatMap(seqs)
    expect(seqs(next)[0]).toBe((shown.at(-1) as number) + missed + 1)
    at.api.endStreams()
  })

  it('runs nothing while nobody looks, and takes no more than ten', async () => {
    const at = setup(10)
    const readers = await Promise.all(Array.from({ length: 10 }, () => open(at)))
    expect([vi.getTimerCount(), (await at.api.app.request('/page/records')).status]).toEqual([1, 503])
    for (const reader of readers) await reader.cancel()
    expect(vi.getTimerCount()).toBe(0)
    expect((await at.api.app.request('/page/records?position=x')).status).toBe(422)
  })
})
