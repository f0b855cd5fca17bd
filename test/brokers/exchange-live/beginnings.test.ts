/** When a position began, by which clock. */
import { describe, expect, it } from 'vitest'
import { Beginnings } from '../../../src/brokers/exchange-live/beginnings.ts'
import type { LivePosition } from '../../../src/brokers/exchange-live/live-world.ts'
import type { VenueFill } from '../../../src/brokers/exchange-live/venue-api.ts'
import type { PositionId, TradeId } from '../../../src/domain/ids.ts'
import type { OrderSide } from '../../../src/domain/signal.ts'

const HOUR = 3_600_000
const position = (createdAt: number, trades: readonly string[] = []): LivePosition => ({ id: 1 as PositionId, direction: 'long', createdAt, tradeIds: new Set(trades as TradeId[]) }) as unknown as LivePosition
const fill = (tradeId: string, at: number, side: OrderSide = 'buy'): VenueFill => ({ tradeId, at, side }) as unknown as VenueFill

describe('a position began', () => {
  it.each([
    ['at its creation, where both clocks agree', 10 * HOUR, 9 * HOUR, 9 * HOUR],
    ['an hour earlier, where this clock is ahead: it may have been when the position was made', 11 * HOUR, 9 * HOUR, 8 * HOUR],
    ['at its creation, where this clock is behind: it may have been right then', 9 * HOUR, 8 * HOUR, 8 * HOUR],
    ['now at the latest', 10 * HOUR, 12 * HOUR, 10 * HOUR],
  ])('%s', (_, ours, createdAt, began) => {
    expect(new Beginnings({ api: { now: () => 10 * HOUR }, clock: () => ours }).of(position(createdAt))).toBe(began)
  })

  it('with its own first fill, once the exchange has listed that', () => {
    const beginnings = new Beginnings({ api: { now: () => 10 * HOUR }, clock: () => 11 * HOUR })
    const held = position(9 * HOUR, ['entry', 'rest', 'part'])
    beginnings.listed([held], [fill('old', 8.5 * HOUR), fill('entry', 9 * HOUR + 7), fill('rest', 9 * HOUR + 9), fill('part', 9 * HOUR + 3, 'sell')])
    expect(beginnings.of(held)).toBe(9 * HOUR + 7)
    beginnings.retain(() => false)
    expect(beginnings.of(held)).toBe(8 * HOUR)
  })
})
