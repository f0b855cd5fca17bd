/** No entry leaves after the durable halt (I14): entries wait their turn, and a halt must overtake those too. */
import { describe, expect, it } from 'vitest'
import type { Fact } from '../../src/domain/facts.ts'
import { LiveWorld } from './live-world.ts'
import { VENUES } from './venues.ts'

const BURST = [
  { symbol: 'BTCUSDT' },
  { symbol: 'ETHUSDT', price: 3000, qty: 0.1 },
  { symbol: 'SOLUSDT', price: 150, qty: 1 },
]

describe.each(VENUES)('entries that wait for their turn at %s', (venue) => {
  it.each<[string, Fact]>([
    ['a halt', { type: 'trading.halted', accountLabel: null, reason: 'test' }],
    ['a pause', { type: 'trading.paused', accountLabel: null, reason: 'test' }],
  ])('do not leave after %s', async (_, order) => {
    const world = await LiveWorld.open({ venue, latencyMs: 20 })
    try {
      const ids = BURST.map((body) => world.signal(body))
      world.engine.accept(order)
      await world.until('every position over', () => ids.every((id) => ['cancelled', 'retired'].includes(world.state(id))), 15_000)
      expect(world.sent('entry')).toEqual([])
      expect(world.emulator.model.account('main').fills).toEqual([])
      expect(world.notices.filter(({ type }) => type === 'position.cancelled')).toHaveLength(BURST.length)
    } finally {
      await world.stop()
    }
  })
})
