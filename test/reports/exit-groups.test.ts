import { describe, expect, it } from 'vitest'
import { ExitGroups } from '../../src/reports/exit-groups.ts'
import { positionView } from '../cli/fake-service.ts'

describe('figures per group', () => {
  it('sums in decimals; positions that are open or were cancelled count, but have no PnL and no moves', () => {
    const groups = new ExitGroups(({ status }) => [status])
    for (const pnl of [0.1, 0.2, -0.05]) groups.add(positionView({ status: 'closed', pnl, max_favorable_move: pnl < 0 ? 0 : 1, max_adverse_move: 0.25 }))
    groups.add(positionView({ status: 'open', pnl: null }))
    groups.add(positionView({ status: 'cancelled', pnl: 0 }))
    const none = { pnl: { sum: null, avg: null, min: null, max: null }, max_favorable_move: { avg: null, max: null }, max_adverse_move: { avg: null, max: null } }
    expect(groups.results()).toEqual([
      { key: ['cancelled'], figures: { positions: 1, ...none } },
      {
        key: ['closed'],
        figures: { positions: 3, pnl: { sum: 0.25, avg: 0.08333333, min: -0.05, max: 0.2 }, max_favorable_move: { avg: 0.66666667, max: 1 }, max_adverse_move: { avg: 0.25, max: 0.25 } },
      },
      { key: ['open'], figures: { positions: 1, ...none } },
    ])
  })

  it('keys that differ only in none stay apart, in order of their names', () => {
    const groups = new ExitGroups(({ auto_close_reason: reason }) => ['closed', reason])
    for (const reason of ['tp', null, 'sl', 'tp'] as const) groups.add(positionView({ auto_close_reason: reason }))
    expect(groups.results().map(({ key, figures }) => [key[1], figures.positions])).toEqual([['sl', 1], ['tp', 2], [null, 1]])
  })
})
