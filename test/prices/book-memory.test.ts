import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import type { PriceQuote } from '../../src/domain/quote.ts'
import { createBook } from '../../src/prices/book.ts'
import type { PriceBook } from '../../src/prices/watch.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
/** Bytes in use, typed arrays included. */
function used(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const COUNT = 100_000
const quote = { symbol: 'X', ts: 1.5, bid: 99.5, ask: 100.5, last: 100.25, mark: 100.125, source: 'test', path: 'point' as const }

function open(book: PriceBook, from: number, count: number): void {
  for (let index = from; index < from + count; index++) {
    const id = index as PositionId
    // Thousands of different levels and entry prices on both sides of the market.
    const entry = 95 + (index % 10_000) / 1000
    book.set(id, { kind: 'level', key: 'stop', class: 'stop', lane: 'last', when: 'at-or-below', level: decimal(entry - 20) })
    book.set(id, { kind: 'level', key: 'target', class: 'target', lane: 'last', when: 'at-or-above', level: decimal(entry + 20) })
    book.follow(id, 'last', { high: decimal(entry), low: decimal(entry) })
  }
}

function close(book: PriceBook, from: number, count: number): void {
  for (let index = from; index < from + count; index++) {
    book.remove(index as PositionId, 'stop')
    book.remove(index as PositionId, 'target')
    book.unfollow(index as PositionId)
  }
}

/** The engine's own caches, of code and of number texts, stay: they are filled by another Book, before measuring. */
function warmUp(): void {
  const other = createBook('Y', () => {})
  open(other, 1, COUNT)
  close(other, 1, COUNT)
}

describe('memory', () => {
  it('100,000 positions with stop, target, high and low take at most 65 MB with the watches themselves, and leave nothing', () => {
    const book = createBook('X', () => {})
    open(book, 1, 10)
    warmUp()
    const before = used()
    open(book, 11, COUNT)
    book.quote(quote)
    expect(used() - before).toBeLessThan(65e6)
    close(book, 11, COUNT)
    expect(book.size()).toEqual({ watches: 20, followed: 10 })
    expect(used() - before).toBeLessThan(0.2e6)
  })

  it('opening and closing one position after another beside a long-lived one leaves nothing, on falling prices too', () => {
    const book = createBook('X', () => {})
    open(book, 1, 1)
    const trail = { kind: 'trail', key: 'trail', class: 'stop', lane: 'last', direction: 'long' } as const
    book.set(1 as PositionId, { ...trail, distancePct: decimal(0.001), peak: decimal(1) })
    const cycle = (count: number): void => {
      for (let index = 2; index < count; index++) {
        const id = index as PositionId
        const peak = decimal(1e6 - index)
        book.set(id, { ...trail, distancePct: decimal(50), peak })
        book.set(id, { ...trail, distancePct: decimal(51), peak })
        book.follow(id, 'mid', { high: peak, low: peak })
        book.remove(id, 'trail')
        book.unfollow(id)
      }
    }
    cycle(1000)
    const before = used()
    cycle(COUNT)
    expect(used() - before).toBeLessThan(0.1e6)
  })

  it('a quote that crosses nothing and moves no high or low allocates nothing', () => {
    const fired: unknown[] = []
    const book = createBook('X', (crossing) => fired.push(crossing))
    open(book, 1, 1000)
    book.set(1 as PositionId, { kind: 'level', key: 'mid', class: 'policy', lane: 'mid', when: 'at-or-above', level: decimal(1000) })
    const trail = { kind: 'trail', key: 'trail', class: 'policy', lane: 'trigger', direction: 'short' } as const
    book.set(1 as PositionId, { ...trail, distancePct: decimal(5), peak: decimal(99) })
    const reused: { -readonly [Field in keyof PriceQuote]: PriceQuote[Field] } = { ...quote }
    const feed = (count: number): void => {
      for (let index = 0; index < count; index++) {
        reused.ts += 0.5
        reused.last = 100 + (index % 100) / 64
        reused.mark = reused.last
        reused.bid += 1e-7
        book.quote(reused)
      }
    }
    book.quote({ ...quote, last: 94 })
    book.quote({ ...quote, last: 106 })
    feed(200_000)
    const before = process.memoryUsage().heapUsed
    feed(200_000)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000)
    expect(fired).toEqual([])
  })
})
