/** The positions and their actors: opened once, put to sleep, thrown out, restored. */
import { describe, expect, it } from 'vitest'
import { Registry, stateOf } from '../../machines/registry.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import type { ApprovedSignal } from '../../src/risk/risk-engine.ts'
import { JOURNAL, aSettings, aSignal } from '../support/builders.ts'
import { accepted, deadline } from './lines.ts'

const open = (registry: Registry, id: number) =>
  registry.open({ id: id as PositionId, orderId: id as never, journalId: JOURNAL, signal: aSignal() as ApprovedSignal, settings: aSettings(), at: 1000, strayFill: null })
const tell = (registry: Registry, id: number, fact: object) => registry.deliver(id as PositionId, { ...fact, positionId: id, seq: 1, at: 2000 } as never)

describe('a position', () => {
  it('is opened once', () => {
    const registry = new Registry()
    open(registry, 1)
    expect(() => open(registry, 1)).toThrow('position 1 is new')
    expect(() => tell(registry, 2, deadline('entry', 1))).toThrow('position 2 is in the registry')
  })

  it('that is retired is gone, and may be retired again', () => {
    const registry = new Registry()
    open(registry, 1)
    for (let time = 0; time < 2; time++) registry.retire(1 as PositionId)
    expect([registry.size, registry.get(1 as PositionId)]).toEqual([0, undefined])
  })

  it('among thousands goes on where it was, with an actor or without', () => {
    const registry = new Registry()
    for (let id = 1; id <= 1100; id++) open(registry, id)
    for (const id of [1, 76, 77, 1100]) {
      expect(tell(registry, id, deadline('entry', 31_000))).toMatchObject({ ok: true, before: 'pending', snapshot: { context: { outputs: [{ body: { type: 'order.cancel', positionId: id } }] } } })
      expect(tell(registry, id, deadline('entry', 31_000))).toMatchObject({ ok: true, snapshot: { context: { outputs: [{ body: { type: 'fact.ignored' } }] } } })
    }
    expect(registry.size).toBe(1100)
  })
})

describe('a fact that makes the machine throw', () => {
  it('is an error with its text, and leaves the position where it was', () => {
    const registry = new Registry()
    const before = open(registry, 1)
    const poison = { ...accepted('e1'), type: 'order.filled', tradeId: 't', qty: 'poison', price: '1', fee: '0' }
    expect(tell(registry, 1, poison)).toEqual({ ok: false, error: expect.stringContaining('Invalid number') as string })
    expect(registry.get(1 as PositionId)).toBe(before)
    expect(tell(registry, 1, accepted('e1'))).toMatchObject({ ok: true })
  })
})

describe('a checkpoint', () => {
  it('has the positions in the order of their ids, without what they said last', () => {
    const registry = new Registry()
    for (const id of [10, 9, 100]) open(registry, id)
    const dump = registry.dump()
    expect(dump.map(({ context }) => context.id)).toEqual([9, 10, 100])
    expect(dump.every(({ context }) => !('outputs' in context))).toBe(true)
    const restored = new Registry()
    restored.restore(JSON.parse(JSON.stringify(dump)) as typeof dump)
    expect([...restored.ids()].map((id) => [id, restored.get(id) && stateOf(restored.get(id) as never)])).toEqual([[9, 'pending'], [10, 'pending'], [100, 'pending']])
    expect(restored.dump()).toEqual(dump)
  })

  it('with a state of another version is not taken', () => {
    const registry = new Registry()
    open(registry, 1)
    expect(() => new Registry().restore(registry.dump().map((dump) => ({ ...dump, state: 'dreaming' as never })))).toThrow('state dreaming of position 1')
  })
})
