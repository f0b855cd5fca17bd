/** The hard kill switch is on record before anything else happens, however much is open (SPEC K-1, I14). */
import { describe, expect, it } from 'vitest'
import { haltAndClose } from '../../src/runtime/halt.ts'
import { replay } from '../../state/replay.ts'
import { EngineWorld } from '../support/engine-world.ts'

const POSITIONS = 25
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function worldWithPositions(): EngineWorld {
  const world = new EngineWorld({ MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '' })
  for (let index = 0; index < POSITIONS; index += 1) world.open({ symbol: `S${index}USDT` })
  return world
}
const records = (world: EngineWorld) => [...world.store.read(1, world.engine.sequencer.durableSeq)]

describe('a halt', () => {
  it('is a batch of its own: no command of any position is in it', async () => {
    const world = worldWithPositions()
    const seq = haltAndClose(world.engine, null, 'fire')
    expect(world.engine.sequencer.nextSeq - seq).toBe(2)
    world.settle()
    const batch = records(world).at(-1)?.batch
    expect(records(world).filter((record) => record.batch === batch).map(({ body }) => body.type)).toEqual(['trading.halted', 'trading.changed'])
    expect(world.engine.core.ledger('lab_dev').trading).toEqual({ state: 'halted', reason: 'fire' })
    for (let turns = 0; turns < 10; turns += 1) {
      await turn()
      world.settle()
    }
    expect(world.engine.core.registry.size).toBe(0)
    expect(world.notices.filter((notice) => notice.type === 'position.closed' && notice.reason === 'panic')).toHaveLength(POSITIONS)
    const again = replay({ records: () => world.store.read(1, world.engine.sequencer.durableSeq), until: {} })
    expect([again.outputDifferences, again.core.dump()]).toEqual([[], world.engine.core.dump()])
  })

  it('asks nobody to leave before it is durable, and not those who came after a reset', async () => {
    const world = worldWithPositions()
    const seq = haltAndClose(world.engine, null, 'fire')
    await turn()
    expect(world.engine.sequencer.nextSeq - seq).toBe(2)
    world.settle()
    world.engine.accept({ type: 'kill-switch.armed', accountLabel: null, balance: null, reason: 'over' })
    const later = world.open({ symbol: 'LATERUSDT' })
    for (let turns = 0; turns < 10; turns += 1) {
      await turn()
      world.settle()
    }
    expect([...world.engine.core.registry.ids()]).toEqual([later])
  })

  it('of one account leaves the positions of another', async () => {
    const world = new EngineWorld()
    world.open({ account_label: 'one' })
    const other = world.open({ account_label: 'two' })
    haltAndClose(world.engine, 'one', 'fire')
    world.settle()
    await turn()
    world.settle()
    expect([...world.engine.core.registry.ids()]).toEqual([other])
  })
})
