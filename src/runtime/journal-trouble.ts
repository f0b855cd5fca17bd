/** Why records do not become durable, in words for people. */
import type { Sequencer } from './sequencer.ts'

/** A disk that has not answered for so long is out of order: nothing new is begun, and people are told. */
const SILENT_DISK_MS = 10_000

/** Null: they do. `clockKind`: on the clock of recorded prices a disk is never late. */
export function journalTrouble({ state, crowded, writingMs }: Pick<Sequencer, 'state' | 'crowded' | 'writingMs'>, clockKind: 'real' | 'virtual'): string | null {
  if (state === 'failed') return 'the journal accepts no records; restart LOMS and look at the log'
  if (state === 'stalled') return 'the disk is full; free space, LOMS tries again every second'
  if (clockKind === 'real' && writingMs >= SILENT_DISK_MS) return `the disk has not answered for ${Math.floor(writingMs / 1000)} s; until it does, LOMS sends nothing (what rests at the exchange stays)`
  return crowded ? 'the disk does not keep up, too many records wait to be written; try again in a moment' : null
}
