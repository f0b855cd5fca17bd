/** Many positions ask the same of an account at the same time; the venue is asked little. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Gathered, shared, SharedBySymbol } from '../../../src/brokers/exchange-live/shared-reads.ts'

type Fill = { readonly symbol: string; readonly at: number }
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 5; turns += 1) await turn()
}

/** A venue that answers when it is told to. */
function venue(fills: readonly Fill[]) {
  const requests: string[] = []
  const answers: (() => void)[] = []
  const answer = (what: string, rows: readonly Fill[]): Promise<readonly Fill[]> =>
    new Promise((resolve) => {
      requests.push(what)
      answers.push(() => resolve(rows))
    })
  const reads = new SharedBySymbol<Fill>({
    one: (symbol, sinceMs) => answer(`${symbol} since ${sinceMs}`, fills.filter((fill) => fill.symbol === symbol && fill.at >= sinceMs)),
    all: (sinceMs) => answer(`all since ${sinceMs}`, fills.filter((fill) => fill.at >= sinceMs)),
    placeOf: (fill) => fill,
  })
  return { requests, answers, reads }
}
const FILLS = ['A', 'B', 'C', 'D'].flatMap((symbol) => [1, 2, 3].map((at) => ({ symbol, at })))

describe('what happened on a symbol', () => {
  it('few are read each for itself', async () => {
    const { requests, answers, reads } = venue(FILLS)
    const both = Promise.all([reads.read('A', 2), reads.read('B', 3)])
    await settle()
    for (const answer of answers) answer()
    expect(await both).toEqual([[{ symbol: 'A', at: 2 }, { symbol: 'A', at: 3 }], [{ symbol: 'B', at: 3 }]])
    expect(requests).toEqual(['A since 2', 'B since 3'])
  })

  it('many are one request, and each gets its own', async () => {
    const { requests, answers, reads } = venue(FILLS)
    const all = Promise.all([reads.read('A', 3), reads.read('B', 2), reads.read('C', 3), reads.read('X', 1)])
    await settle()
    expect(requests).toEqual(['all since 1'])
    for (const answer of answers) answer()
    expect(await all).toEqual([[{ symbol: 'A', at: 3 }], [{ symbol: 'B', at: 2 }, { symbol: 'B', at: 3 }], [{ symbol: 'C', at: 3 }], []])
  })

  it('one that hangs holds up nobody; two under way are enough, the others go together afterwards', async () => {
    const { requests, answers, reads } = venue(FILLS)
    void reads.read('A', 1)
    await settle()
    const second = reads.read('B', 3)
    await settle()
    const later = Promise.all(['A', 'C', 'D'].map((symbol) => reads.read(symbol, 3)))
    await settle()
    expect(requests).toEqual(['A since 1', 'B since 3'])
    answers[1]?.()
    expect(await second).toEqual([{ symbol: 'B', at: 3 }])
    await settle()
    expect(requests.slice(2)).toEqual(['all since 3'])
    answers[2]?.()
    expect((await later).flat().map(({ symbol }) => symbol)).toEqual(['A', 'C', 'D'])
  })
})

describe('reads that are never answered', () => {
  afterEach(() => void vi.useRealTimers())

  it('are given up after three seconds: who asks for another symbol meanwhile waits no longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { requests, reads } = venue(FILLS)
    const failures = ['A', 'B'].map((symbol) => reads.read(symbol, 1).then(() => 'read', (error: Error) => error.name))
    await settle()
    void reads.read('C', 1).catch(() => {})
    await settle()
    expect(requests).toHaveLength(2)
    vi.advanceTimersByTime(3000)
    expect(await Promise.all(failures)).toEqual(['OutOfTime', 'OutOfTime'])
    await settle()
    expect(requests.slice(2)).toEqual(['C since 1'])
  })

  it('of a list hold up nobody either', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let asked = 0
    const read = shared(() => new Promise<number>(() => void (asked += 1)))
    const first = read().catch((error: Error) => error.name)
    await settle()
    void read().catch(() => {})
    vi.advanceTimersByTime(3000)
    expect(await first).toBe('OutOfTime')
    await settle()
    expect(asked).toBe(2)
  })
})

describe('one list for everybody', () => {
  it('who asks while it is read gets the next one: no answer is older than the question', async () => {
    const answers: ((value: number) => void)[] = []
    const read = shared(() => new Promise<number>((resolve) => void answers.push(resolve)))
    const first = read()
    await settle()
    const [second, third] = [read(), read()]
    await settle()
    expect(answers).toHaveLength(1)
    answers[0]?.(1)
    expect(await first).toBe(1)
    await settle()
    expect(answers).toHaveLength(2)
    answers[1]?.(2)
    expect(await Promise.all([second, third])).toEqual([2, 2])
  })

  it('a failed read fails who asked for it, not the next', async () => {
    let reads = 0
    const read = shared(() => (++reads === 1 ? Promise.reject(new Error('down')) : Promise.resolve(reads)))
    const [first, again] = [read(), read()]
    await expect(first).rejects.toThrow('down')
    await expect(again).rejects.toThrow('down')
    expect(await read()).toBe(2)
  })
})

it('an answer of many that fails after their time is over ends nothing', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  try {
    const gathered = new Gathered<number, number>({
      one: (question) => Promise.resolve(question),
      many: (asked) => new Promise((resolve) => void setTimeout(() => resolve(asked.map((question) => Promise.reject(new Error(`late ${question}`)))), 3500)),
    })
    const answers = Promise.allSettled([1, 2, 3].map((question) => gathered.ask(question)))
    await vi.advanceTimersByTimeAsync(4000)
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await settle()
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
    vi.useRealTimers()
  }
})
