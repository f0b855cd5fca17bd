import { afterEach, describe, expect, it } from 'vitest'
import { settleFunding } from '../../src/exchange-emulator/model/upkeep.ts'
import { decimal } from '../../src/domain/decimal.ts'
import { LiveWorld } from './live-world.ts'

let world: LiveWorld
afterEach(() => world.stop())

describe.each(['bybit', 'bitget'] as const)('funding on %s', (venue) => {
  it('is booked once and counts in the PnL', async () => {
    world = await LiveWorld.open({ venue })
    const id = world.signal()
    await world.until('tp-placed', () => world.state(id) === 'tp-placed')
    world.emulator.now()
    settleFunding(world.emulator.model.core, 'BTCUSDT', decimal('0.001'))
    world.engine.requestExit(id, 'manual', 'test')
    await world.until('closed', () => world.notice('position.closed') !== undefined)
    // 0.01 BTC at 50,000 and 0.1 %: 0.5 USDT, besides the fees.
    const closed = world.notice('position.closed')
    expect(world.context(id)?.funding?.paid).toBe('0.5')
    expect(Number(closed?.pnl)).toBeCloseTo(-0.5 - Number(closed?.fees), 10)
  })
})
