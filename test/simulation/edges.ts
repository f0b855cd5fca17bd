/** Which (state, event) pairs a journal walks, and where each leads. */
import type { PositionId } from '../../src/domain/ids.ts'
import type { Applied } from '../../machines/applied.ts'
import type { Core } from '../../machines/core.ts'
import type { JournalRecord } from '../../state/record.ts'
import type { FactGroup } from '../../state/fold.ts'
import { replay, type Replayed } from '../../state/replay.ts'

/** `state event → state`, with how often. */
export type Edges = Map<string, number>

/** Folds the journal again and counts every pair; `ignored` where the machine said that the fact changes nothing. */
export function walk(records: readonly JournalRecord[], edges: Edges, see: (fact: FactGroup['fact'], applied: Applied, core: Core) => void): Replayed {
  const states = new Map<PositionId, string>()
  return replay({
    records: () => records,
    until: {},
    follow: ({ fact }, applied, core) => {
      see(fact, applied, core)
      const own = fact.body.type === 'deadline.passed' ? `deadline ${fact.body.name}` : fact.body.type
      for (const { context, value } of applied.touched) {
        const event = asked(fact.body, context.id) ? 'exit.requested' : own
        const before = states.get(context.id) ?? 'none'
        const ignored = applied.outputs.some(({ body }) => body.type === 'fact.ignored' && body.positionId === context.id)
        count(edges, `${before} | ${event} | ${ignored ? 'ignored' : String(value)}`)
        states.set(context.id, String(value))
        if (context.retired) states.set(context.id, 'retired')
      }
      if (applied.touched.length === 0 && 'positionId' in fact.body) count(edges, `${states.get(fact.body.positionId) ?? 'none'} | ${own} | ignored`)
    },
  })
}

/** A halt, by a person or by a loss limit, asks every position to close. */
const asked = (fact: FactGroup['fact']['body'], id: PositionId): boolean => fact.type === 'trading.halted' || fact.type === 'equity.marked' || ('positionId' in fact && fact.positionId !== id)

const count = (edges: Edges, edge: string): void => void edges.set(edge, (edges.get(edge) ?? 0) + 1)

export const printed = (edges: Edges): string => [...edges].sort(([a], [b]) => (a < b ? -1 : 1)).map(([edge, times]) => `${String(times).padStart(8)}  ${edge}`).join('\n')
