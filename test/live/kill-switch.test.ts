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
      for (const body of BURST) world.signal(body)
      world.engine.accept(order)
      await world.until('every position over', () => world.notices.filter(({ type }) => type === 'position.cancelled').length === BURST.length, 15_000)
      expect(world.sent('entry')).toEqual([])
      expect(world.emulator.model.account('main').fills).toEqual([])
    } finally {
      await world.stop()
    }
  })
})

it('a process that dies right after the halt was recorded closes everything in its next life', async () => {
  const world = await LiveWorld.open({ venue: 'bybit', latencyMs: 20 })
  try {
    const id = await world.protectedPosition()
    const { seq } = world.engine.accept({ type: 'trading.halted', accountLabel: null, reason: 'test', closesApart: true })
    await world.engine.sequencer.whenDurable(seq)
    await world.kill()
    expect(world.emulator.model.account('main').positions.get('BTCUSDT')?.qty).toBe('0.01')
    await world.start()
    expect((await world.closed(id)).reason).toBe('panic')
    await world.until('nothing is left', () => world.emulator.model.account('main').open.size === 0)
    expect(world.emulator.model.account('main').positions.get('BTCUSDT')?.qty ?? '0').toBe('0')
  } finally {
    await world.stop()
  }
})
