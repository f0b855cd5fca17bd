import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { positionMachine } from '../../machines/position.machine.ts'
import { supervisorMachine } from '../../machines/supervisor.machine.ts'
import { withCharts } from '../../scripts/statechart.ts'
import { mermaid } from '../../src/inspect/mermaid.ts'

const readme = readFileSync(new URL('../../machines/README.md', import.meta.url), 'utf8')
const charts = { position: positionMachine, supervisor: supervisorMachine }

describe('the charts in machines/README.md', () => {
  it('are what `npm run docs` draws', () => expect(withCharts(readme, charts)).toBe(readme))

  it('are both there', () => {
    for (const chart of Object.values(charts)) expect(readme).toContain(mermaid(chart))
  })

  it.each(Object.keys(positionMachine.states))('the table explains %s', (state) => expect(readme).toMatch(new RegExp(`^\\| \`${state}\` \\|`, 'm')))
})

describe('mermaid', () => {
  it('draws guards, events, targets, the beginning, ends, and what holds everywhere', () => {
    const config = {
      initial: 'to-do',
      on: { 'work.failed': { target: '.broken', actions: 'take' } },
      states: {
        'to-do': { on: { '*': { actions: 'take' }, 'work.begun': 'doing' }, always: { guard: 'isStray', target: 'broken' } },
        doing: { always: [{ guard: 'finished', target: 'done' }, { target: 'to-do' }] },
        done: { type: 'final' },
        broken: {},
      },
    }
    expect(withCharts('<!-- chart: it -->\n<!-- end -->', { it: { config } }).split('\n').slice(1, -1)).toEqual([
      '```mermaid',
      'stateDiagram-v2',
      '  state "to-do" as to_do',
      '  state "doing" as doing',
      '  state "done" as done',
      '  state "broken" as broken',
      '  [*] --> to_do',
      '  to_do --> doing: work.begun',
      '  to_do --> broken: isStray',
      '  doing --> done: finished',
      '  doing --> to_do: always',
      '  done --> [*]',
      '  broken --> [*]',
      '```',
      '',
      'Not drawn: in every state `work.failed` leads to `broken`.',
    ])
  })
})
