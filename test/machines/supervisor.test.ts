/** The life of the process as a table: what may happen in each state, and where it leads. */
import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { supervisorMachine, type SupervisorEvent, type SupervisorState } from '../../machines/supervisor.machine.ts'

const EVENTS: Readonly<Record<SupervisorEvent['type'], SupervisorEvent>> = {
  'journal.opened': { type: 'journal.opened' },
  'recovery.completed': { type: 'recovery.completed' },
  'reconciliation.completed': { type: 'reconciliation.completed' },
  'journal.failed': { type: 'journal.failed', message: 'fdatasync: EIO' },
  'shutdown.requested': { type: 'shutdown.requested' },
  drained: { type: 'drained' },
}

/** How each state is reached from the start, and what leads out of it; everything else changes nothing. */
const LIFE: Readonly<Record<SupervisorState, readonly [path: readonly SupervisorEvent['type'][], leads: Partial<Record<SupervisorEvent['type'], SupervisorState>>]>> = {
  booting: [[], { 'journal.opened': 'recovering', 'shutdown.requested': 'draining' }],
  recovering: [['journal.opened'], { 'recovery.completed': 'reconciling', 'shutdown.requested': 'draining' }],
  reconciling: [['journal.opened', 'recovery.completed'], { 'reconciliation.completed': 'running', 'journal.failed': 'protect-only', 'shutdown.requested': 'draining' }],
  running: [['journal.opened', 'recovery.completed', 'reconciliation.completed'], { 'journal.failed': 'protect-only', 'shutdown.requested': 'draining' }],
  'protect-only': [['journal.opened', 'recovery.completed', 'reconciliation.completed', 'journal.failed'], { 'shutdown.requested': 'draining' }],
  draining: [['shutdown.requested'], { drained: 'stopped', 'shutdown.requested': 'draining' }],
  stopped: [['shutdown.requested', 'drained'], {}],
}

describe.each(Object.entries(LIFE))('%s', (state, [path, leads]) => {
  it.each(Object.keys(EVENTS) as SupervisorEvent['type'][])('on %s', (type) => {
    const actor = createActor(supervisorMachine).start()
    for (const event of path) actor.send(EVENTS[event])
    expect(actor.getSnapshot().value).toBe(state)
    // Of a stopped one nothing is left that could hear it.
    if (actor.getSnapshot().status === 'active') actor.send(EVENTS[type])
    const now = leads[type] ?? state
    expect(actor.getSnapshot()).toMatchObject({ value: now, status: now === 'stopped' ? 'done' : 'active' })
  })
})
