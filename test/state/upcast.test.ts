/** Records of earlier versions in the form of this one; everything else as it is, to the object. */
import { describe, expect, it } from 'vitest'
import type { FactRecord, JournalRecord } from '../../state/record.ts'
import { upcast } from '../../state/upcast.ts'
import { aSignal, d } from '../support/builders.ts'

const fact = (body: object): JournalRecord => ({ v: 1, seq: 7, batch: 2, at: 1000, partition: 'lab_dev', kind: 'fact', body: body as FactRecord['body'] })
const { targets: _, ...signal } = aSignal()
const received = { type: 'signal.received', kind: 'bounce_signal', payload: {}, idempotencyKey: null, duplicateOf: null }

describe('a record of machine version 1', () => {
  it.each([
    ['a signal with one target', { ...received, signal: { ...signal, tpPrice: d(105) } }, { ...received, signal: { ...signal, targets: [{ price: '105', sharePct: '100' }] } }],
    ['a signal without a target', { ...received, signal: { ...signal, tpPrice: null } }, { ...received, signal: { ...signal, targets: [] } }],
    ['an exit of all that is open', { type: 'exit.requested', positionId: 1, reason: 'manual', note: null }, { type: 'exit.requested', positionId: 1, reason: 'manual', note: null, qty: null }],
  ])('%s', (_what, then, now) => expect(upcast(fact(then))).toEqual(fact(now)))
})

describe('a record of this version stays as it is', () => {
  it.each<[string, JournalRecord]>([
    ['a signal', fact({ ...received, signal: aSignal() })],
    ['an exit of all', fact({ type: 'exit.requested', positionId: 1, reason: 'manual', note: null, qty: null })],
    ['an exit of a part', fact({ type: 'exit.requested', positionId: 1, reason: 'manual', note: null, qty: d(1) })],
    ['another fact', fact({ type: 'price.pinned', price: null })],
    ['a mark', { v: 1, seq: 7, batch: 2, at: 1000, partition: 'lab_dev', kind: 'mark', body: { type: 'state.hashed', hash: 'abc' } }],
  ])('%s', (_what, record) => expect(upcast(record)).toBe(record))
})
