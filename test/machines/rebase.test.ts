/** A run whose clock is behind the one of the last run. */
import { expect, it } from 'vitest'
import type { PositionId } from '../../src/domain/ids.ts'
import type { ApprovedSignal } from '../../src/risk/risk-engine.ts'
import { Registry } from '../../machines/registry.ts'
import { JOURNAL, aSettings, aSignal } from '../support/builders.ts'
import { filled, rejected } from './lines.ts'

const ID = 1 as PositionId

it('does not wait for deadlines that a clock an hour ahead had set', () => {
  const hour = 3_600_000
  const registry = new Registry()
  registry.open({ id: ID, orderId: 1 as never, journalId: JOURNAL, signal: aSignal() as ApprovedSignal, settings: aSettings(), at: hour, strayFill: null })
  const at = (fact: object, time: number): unknown => registry.deliver(ID, { ...fact, positionId: ID, seq: time, at: time } as never)
  at(filled('e1', 1, 100), hour + 10)
  at(rejected('s1'), hour + 20)
  const due = (name: string): number | undefined => registry.get(ID)?.context.deadlines[name]
  expect(due('stop-retry')).toBe(hour + 220)
  at({ type: 'run.resumed' }, 1000)
  expect(due('stop-retry')).toBe(1200)
})
