/** The life of the process, played again from what the journal tells of it. */
import { expect, it } from 'vitest'
import type { SupervisorState } from '../../machines/supervisor.machine.ts'
import { processAt, processSteps } from '../../src/inspect/process-steps.ts'

const told = (...types: readonly string[]) => types.map((type, index) => ({ seq: index + 1, at: index, body: { type } }))
const FIRST_LIFE = ['journal.created', 'settings.changed', 'run.started', 'trading.paused', 'run.reconciled', 'signal.received']
const NEXT_LIFE = ['settings.changed', 'run.started', 'run.reconciled']

it.each<[what: string, types: readonly string[], start: SupervisorState | null, states: readonly string[]]>([
  ['a life', FIRST_LIFE, null, ['reconciling', 'reconciling', 'running']],
  ['stopped when asked, started again', [...FIRST_LIFE, 'run.stopping', ...NEXT_LIFE], null, ['reconciling', 'reconciling', 'running', 'draining', 'reconciling', 'reconciling', 'running']],
  ['killed, started again', [...FIRST_LIFE, ...NEXT_LIFE], null, ['reconciling', 'reconciling', 'running', 'reconciling!', 'reconciling', 'running']],
  ['killed while it started', ['journal.created', 'settings.changed', 'run.started', ...NEXT_LIFE], null, ['reconciling', 'reconciling', 'reconciling!', 'reconciling', 'running']],
  ['a slice out of the middle', ['signal.received', 'run.stopping', ...NEXT_LIFE], 'running', ['draining', 'reconciling', 'reconciling', 'running']],
  ['a slice that does not say where it began', ['signal.received', 'run.stopping', ...NEXT_LIFE], null, ['reconciling', 'reconciling', 'running']],
  ['a journal from before that was told', ['journal.created', 'settings.changed', 'run.started', 'signal.received', 'signal.received', 'settings.changed', 'run.started'], null, ['reconciling', 'reconciling', 'running', 'reconciling!', 'reconciling']],
  ['nothing', [], null, []],
])('%s', (_, types, start, states) => expect(processSteps(told(...types), start).map(({ to, afterCrash }) => `${to}${afterCrash ? '!' : ''}`)).toEqual(states))

it('a place on the chart has the ways of its own life only', () => {
  const steps = processSteps(told(...FIRST_LIFE, 'run.stopping', ...NEXT_LIFE))
  expect(processAt(steps, 0)).toBeNull()
  expect([...(processAt(steps, 6)?.visited ?? [])].sort()).toEqual(['booting', 'reconciling', 'recovering', 'running'])
  expect(processAt(steps, 7)).toMatchObject({ state: 'draining', arrows: [{ why: 'journal.opened' }, { why: 'recovery.completed' }, { why: 'reconciliation.completed' }, { from: 'running', to: 'draining', why: 'shutdown.requested' }] })
  expect(processAt(steps, 9)).toMatchObject({ state: 'reconciling', arrows: [{ from: 'booting' }, { from: 'recovering' }] })
  expect([9, 12].map((seq) => processAt(processSteps(told(...FIRST_LIFE, ...NEXT_LIFE)), seq)?.afterCrash)).toEqual([true, true])
  expect(processAt(steps, 10)?.afterCrash).toBe(false)
  expect(processAt([], 5, 'running')).toMatchObject({ state: 'running', arrows: [] })
})
