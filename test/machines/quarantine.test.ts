/** A position whose machine throws is set aside; nobody else notices, and every later fold is the same. */
import { describe, expect, it } from 'vitest'
import type { Applied } from '../../machines/applied.ts'
import { Core } from '../../machines/core.ts'
import { stateOf } from '../../machines/registry.ts'
import type { Decimal } from '../../src/domain/decimal.ts'
import type { Fact, Stamped } from '../../src/domain/facts.ts'
import type { ClientOrderId, PositionId, TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import { stateHash } from '../../state/canonical.ts'
import { JOURNAL, aSettings, aSignal, d } from '../support/builders.ts'

/** A core fed as the sequencer does it: a failure becomes the next fact. */
class Fed {
  readonly core = new Core()
  readonly facts: Stamped[] = []
  readonly said: string[] = []

  take(fact: Fact): Applied {
    const stamped: Stamped = { ...fact, seq: this.facts.length + 1, at: 1000 + this.facts.length }
    this.facts.push(stamped)
    const applied = this.core.apply(stamped)
    for (const { body } of applied.outputs) if ('positionId' in body) this.said.push(`${body.positionId} ${body.type}`)
    for (const { positionId, error } of applied.failures) this.take({ type: 'fact.failed', failedSeq: stamped.seq, positionId, error })
    return applied
  }

  state(id: number): string | undefined {
    const snapshot = this.core.registry.get(id as PositionId)
    return snapshot && stateOf(snapshot)
  }
}

const order = (id: number, role: string): ClientOrderId => `${JOURNAL}-${id}-${role}` as ClientOrderId
const signal = (timestampMs: number): Fact => ({ type: 'signal.received', kind: 'bounce_signal', signal: aSignal({ timestampMs }), payload: {}, idempotencyKey: null, duplicateOf: null })
const accepted = (id: number, role: string): Fact => ({ type: 'order.accepted', positionId: id as PositionId, clientOrderId: order(id, role), venueOrderId: `v-${role}` as VenueOrderId })
const canceled = (id: number, role: string): Fact => ({ type: 'order.canceled', positionId: id as PositionId, clientOrderId: order(id, role) })
const filled = (id: number, role: string, qty: Decimal, price = d(100)): Fact => ({
  type: 'order.filled', positionId: id as PositionId, clientOrderId: order(id, role), venueOrderId: `v-${role}` as VenueOrderId,
  tradeId: `${id}-${role}-${qty}` as TradeId, qty, price, fee: d(0), liquidity: 'taker',
})
/** Nothing that a broker of ours reports: no number. */
const poisoned = (id: number, role: string): Fact => filled(id, role, 'poison' as Decimal)
const close = (id: number): Fact => ({ type: 'exit.requested', positionId: id as PositionId, reason: 'manual', qty: null, note: null })
const flat = (id: number): Fact => ({ type: 'position.reported', positionId: id as PositionId, qty: d(0) })

/** Positions 1 and 2, both with stop and target at work. */
function twoOpen(): Fed {
  const fed = new Fed()
  fed.take({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
  fed.take({ type: 'settings.changed', settings: aSettings() })
  for (const id of [1, 2]) for (const fact of [signal(id), filled(id, 'e1', d(1)), accepted(id, 's1'), accepted(id, 't1')]) fed.take(fact)
  expect([fed.state(1), fed.state(2)]).toEqual(['tp-placed', 'tp-placed'])
  return fed
}

describe('a fact that makes a machine throw', () => {
  it('quarantines its position and leaves its orders where they are', () => {
    const fed = twoOpen()
    const before = fed.core.registry.get(1 as PositionId)?.context.orders
    fed.take(poisoned(1, 's1'))
    expect([fed.state(1), fed.state(2)]).toEqual(['quarantined', 'tp-placed'])
    expect(fed.core.registry.get(1 as PositionId)?.context.orders).toEqual(before)
    expect(fed.facts.at(-1)).toMatchObject({ type: 'fact.failed', positionId: 1, failedSeq: fed.facts.length - 1 })
    expect(fed.said.slice(-2)).toEqual(['1 position.moved', '1 position.quarantined'])
  })

  it('is not noticed by the others', () => {
    const fed = twoOpen()
    const untouched = JSON.stringify(fed.core.registry.dump()[1])
    fed.take(poisoned(1, 's1'))
    expect(JSON.stringify(fed.core.registry.dump()[1])).toBe(untouched)
    for (const fact of [filled(2, 't1', d(1), d('104.5')), flat(2), canceled(2, 's1')]) fed.take(fact)
    expect([fed.state(1), fed.state(2)]).toEqual(['quarantined', undefined])
  })

  it.each([
    ['pending', [signal(1)], 'e1'],
    ['entry-filled', [signal(1), filled(1, 'e1', d(1))], 's1'],
  ] as readonly [string, readonly Fact[], string][])('quarantines from %s', (state, facts, role) => {
    const fed = new Fed()
    fed.take({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
    fed.take({ type: 'settings.changed', settings: aSettings() })
    for (const fact of facts) fed.take(fact)
    expect(fed.state(1)).toBe(state)
    fed.take(poisoned(1, role))
    expect(fed.state(1)).toBe('quarantined')
  })

  it('is told, and does not stop a close that is under way: it may be all that protects', () => {
    const fed = twoOpen()
    for (const fact of [close(1), poisoned(1, 'c1')]) fed.take(fact)
    expect([fed.state(1), fed.said.at(-1)]).toEqual(['closing', '1 position.quarantined'])
    for (const fact of [canceled(1, 't1'), filled(1, 'c1', d(1)), flat(1), canceled(1, 's1')]) fed.take(fact)
    expect(fed.state(1)).toBe(undefined)
  })

  it('is skipped in every later fold, which ends in the same state', () => {
    const fed = twoOpen()
    fed.take(poisoned(1, 's1'))
    fed.take(filled(2, 's1', d(1), d('98.5')))
    const again = new Core()
    for (const fact of fed.facts) if (fact.type === 'fact.failed') again.skip(fact.failedSeq, fact.positionId)
    const failures = fed.facts.flatMap((fact) => again.apply(fact).failures)
    expect(failures).toEqual([])
    expect(stateHash(again.dump())).toBe(stateHash(fed.core.dump()))
    expect(stateHash(Core.restore(structuredClone(again.dump())).dump())).toBe(stateHash(fed.core.dump()))
  })
})

describe('a quarantined position', () => {
  const quarantined = (): Fed => {
    const fed = twoOpen()
    fed.take(poisoned(1, 's1'))
    fed.said.length = 0
    return fed
  }

  it('keeps up its stop and nothing else, and books what its orders do', () => {
    const fed = quarantined()
    fed.take(canceled(1, 't1'))
    expect(fed.said).toEqual([])
    fed.take(canceled(1, 's1'))
    expect(fed.said).toEqual(['1 order.submit'])
    fed.take(accepted(1, 's2'))
    fed.take(filled(1, 's2', d(1), d('98.5')))
    expect([fed.state(1), fed.core.registry.get(1 as PositionId)?.context.closing?.reason]).toEqual(['closing', 'sl'])
  })

  it('is given a stop where it fills later', () => {
    const fed = new Fed()
    fed.take({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
    fed.take({ type: 'settings.changed', settings: aSettings() })
    for (const fact of [signal(1), accepted(1, 'e1'), poisoned(1, 'e1'), filled(1, 'e1', d(1))]) fed.take(fact)
    expect([fed.state(1), fed.said.at(-1)]).toEqual(['quarantined', '1 order.submit'])
  })

  it('is closed by a person', () => {
    const fed = quarantined()
    fed.take(close(1))
    expect(fed.said).toEqual(['1 position.moved', '1 order.cancel', '1 order.submit'])
    for (const fact of [canceled(1, 't1'), filled(1, 'c1', d(1)), flat(1), canceled(1, 's1')]) fed.take(fact)
    expect([fed.state(1), fed.core.ledger('lab_dev').openCount]).toEqual([undefined, 1])
  })

  it('without a fill is cancelled when a person closes it and its entry ends', () => {
    const fed = new Fed()
    fed.take({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
    fed.take({ type: 'settings.changed', settings: aSettings() })
    for (const fact of [signal(1), accepted(1, 'e1'), poisoned(1, 'e1'), close(1)]) fed.take(fact)
    expect([fed.state(1), fed.said.at(-1)]).toEqual(['closing', '1 order.cancel'])
    fed.take(canceled(1, 'e1'))
    expect([fed.state(1), fed.said.at(-1), fed.core.ledger('lab_dev').openCount]).toEqual([undefined, '1 position.retired', 0])
  })
})
