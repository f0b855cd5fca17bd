/**
 * Every position of a journal as it ended, or as it is now. Only reads, so the service may be running: the journal is
 * folded as `loms replay` does, without its lock.
 */
import type { PositionView } from '../domain/wire.ts'
import { positionView } from '../../machines/position.view.ts'
import { stateOf } from '../../machines/registry.ts'
import type { PositionContext } from '../../machines/position.context.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import { readJournal } from '../../state/journal-reading.ts'
import { replay } from '../../state/replay.ts'

/** Finished positions in the order in which they finished, then the open ones by id. */
export type VisitPosition = (view: PositionView, context: PositionContext) => void

export type JournalRead =
  | {
      readonly ok: true
      /** The last record that is part of the report; 0: none. */
      readonly seq: number
      readonly at: string | null
      /** What was left aside, one readable line each. */
      readonly remarks: readonly string[]
    }
  | { readonly ok: false; readonly message: string }

/** `source`: a data directory, or a journal file in one. Positions that were never filled have no price of their own. */
export function visitPositions(source: string, visit: VisitPosition): JournalRead {
  const opened = readJournal(source)
  if (!opened.ok) return opened
  const { journal } = opened
  const show = (snapshot: PositionSnapshot): void => visit(positionView(snapshot.context, stateOf(snapshot)), snapshot.context)
  const replayed = replay({
    records: () => journal.records(),
    until: {},
    follow: (_, applied) => {
      for (const snapshot of applied.touched) if (snapshot.context.retired) show(snapshot)
    },
  })
  const { registry } = replayed.core
  for (const id of [...registry.ids()].sort((a, b) => a - b)) {
    const snapshot = registry.get(id)
    if (snapshot) show(snapshot)
  }
  return { ok: true, seq: replayed.seq, at: replayed.at === null ? null : new Date(replayed.at).toISOString(), remarks: journal.remarks }
}
