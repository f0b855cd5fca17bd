/** What the account does not hold any more while no fill says why (SPEC C-3): nothing is invented, and nothing is repeated. */
import { describe, it } from 'vitest'
import { d } from '../support/builders.ts'
import type { LiveWorld } from './live-world.ts'
import { play } from './scenario.ts'
import { VENUES } from './venues.ts'

/** Closes by hand what LOMS holds; nothing of it can be found. Its stop is removed with it. */
function vanish(world: LiveWorld): void {
  world.emulator.faults.add({ match: { call: 'fills' }, times: 'always', do: { kind: 'empty_list' } })
  world.byHand('sell', 0.01, { reduceOnly: true })
  const { model } = world.emulator
  for (const { id } of [...model.account('main').open.values()]) model.cancel('main', { id }, world.emulator.now())
}

const ordersSent = (world: LiveWorld): number => world.sent('stop').length + world.sent('close').length + world.sent('target').length
const held = (venue: 'bybit' | 'bitget', scene: (world: LiveWorld, expect: Parameters<Parameters<typeof play>[1]>[1]) => Promise<void>) => play({ venue, restWithinMs: 20_000 }, scene)

describe.concurrent.each(VENUES)('a position that vanished on %s', (venue) => {
  it('C-3, I25: held for a person: nothing is sent any more, nothing is invented; a fill that turns up ends it', () =>
    held(venue, async (world, expect) => {
      const id = await world.protectedPosition()
      vanish(world)
      await world.until('held', () => world.state(id) === 'quarantined', 15_000)
      const [sent, looks] = [ordersSent(world), world.looks]
      expect(sent).toBeLessThan(20)
      expect(world.findings).toMatchObject([{ kind: 'vanished', positionId: id, expected: '0.01', found: '0' }])
      expect(world.engine.requestExit(id, 'manual', null).outputs).toMatchObject([{ body: { type: 'fact.ignored', reason: 'the venue holds nothing of it' } }])
      await world.until('more looks', () => world.looks >= looks + 2, 15_000)
      expect([ordersSent(world), world.state(id)]).toEqual([sent, 'quarantined'])
      world.emulator.faults.clear()
      world.broker.look()
      expect(await world.closed(id)).toMatchObject({ reason: 'external', closePrice: '50000' })
    }))

  it('while it is being closed: the close is not repeated for ever', () =>
    held(venue, async (world, expect) => {
      const id = await world.protectedPosition()
      vanish(world)
      world.engine.requestExit(id, 'manual', null)
      await world.until('held', () => world.state(id) === 'quarantined', 15_000)
      const sent = world.sent('close').length
      const looks = world.looks
      await world.until('more looks', () => world.looks >= looks + 2, 15_000)
      expect(sent).toBeLessThan(10)
      expect(world.sent('close')).toHaveLength(sent)
      world.emulator.faults.clear()
      world.broker.look()
      expect(await world.closed(id)).toMatchObject({ reason: 'manual', closePrice: '50000' })
    }))

  it('a restart goes on holding it, and a price that a person states ends it', () =>
    play({ venue, restWithinMs: 20_000 }, async (world, expect) => {
      const id = await world.protectedPosition()
      vanish(world)
      await world.until('held', () => world.state(id) === 'quarantined', 15_000)
      await world.kill()
      await world.start()
      const sent = ordersSent(world)
      const looks = world.looks
      await world.until('looks', () => world.looks >= looks + 2, 15_000)
      expect([world.state(id), ordersSent(world)]).toEqual(['quarantined', sent])
      world.oracle.untold.add('BTCUSDT')
      world.engine.accept({ type: 'external.filled', positionId: id, venueOrderId: null, tradeId: `stated-${id}` as never, qty: d('0.01'), price: d(49_990), fee: d(0), liquidity: 'taker', cause: 'stated', note: 'the exchange’s history' })
      expect(await world.closed(id)).toMatchObject({ reason: 'external', closePrice: '49990' })
      world.emulator.faults.clear()
    }))

  it('an empty list of positions while the stop cannot be placed: held, and protected again once the account shows it', () =>
    play({ venue, restWithinMs: 20_000, unprotectable: 'the exchange shows no position and refuses every order for one' }, async (world, expect) => {
      const id = await world.protectedPosition()
      world.emulator.faults.add({ match: { call: 'positions' }, times: 'always', do: { kind: 'empty_list' } }, { match: { call: 'stop' }, times: 'always', do: { kind: 'code', when: 'before', code: venue === 'bybit' ? '110017' : '43023' } })
      for (const { id: order } of world.resting('stop-loss')) world.emulator.model.cancel('main', { id: order }, world.emulator.now())
      await world.until('held', () => world.state(id) === 'quarantined', 15_000)
      world.emulator.faults.clear()
      await world.until('a stop', () => world.resting('stop-loss').length === 1, 15_000)
      world.engine.requestExit(id, 'manual', null)
      expect(await world.closed(id)).toMatchObject({ reason: 'manual' })
    }))

  it('what somebody else opens there afterwards is his: told, and not touched', () =>
    held(venue, async (world, expect) => {
      const id = await world.protectedPosition()
      vanish(world)
      await world.until('held', () => world.state(id) === 'quarantined', 15_000)
      const sent = ordersSent(world)
      world.emulator.faults.clear()
      world.emulator.faults.add({ match: { call: 'fills' }, times: 'always', do: { kind: 'omit_rows', where: { side: venue === 'bybit' ? 'Sell' : 'sell' } } })
      world.byHand('buy', 0.01)
      const looks = world.looks
      await world.until('told', () => world.looks >= looks + 2 && world.findings.some(({ kind }) => kind === 'orphan'), 15_000)
      expect(world.findings.map(({ kind }) => kind)).toEqual(['orphan', 'vanished'])
      expect(ordersSent(world)).toBe(sent)
      world.emulator.faults.clear()
      world.broker.look()
      expect(await world.closed(id)).toMatchObject({ reason: 'external' })
      world.byHand('sell', 0.01, { reduceOnly: true })
    }))
})
