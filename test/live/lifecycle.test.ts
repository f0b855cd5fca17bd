import { afterEach, describe, expect, it } from 'vitest'
import { LiveWorld } from './live-world.ts'

let world: LiveWorld
afterEach(() => world.stop())

describe.each(['bybit', 'bitget'] as const)('a position on %s', (venue) => {
  it('is opened, protected, given a target and closed by its stop', async () => {
    world = await LiveWorld.open({ venue, latencyMs: 50 })
    const id = world.signal()
    await world.until('tp-placed', () => world.state(id) === 'tp-placed')
    expect(world.findings).toEqual([])
    world.price('BTCUSDT', { last: 48_900 })
    await world.until('closed', () => world.notice('position.closed') !== undefined)
    expect(world.notice('position.closed')).toMatchObject({ reason: 'sl', entryPrice: '50000', qty: '0.01' })
    await world.until('retired', () => world.state(id) === 'retired')
    expect(world.emulator.truth().accounts[0]).toMatchObject({ positions: [] })
  })
})
