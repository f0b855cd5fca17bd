/** Whether a data directory's journal can be folded to its end, with every command and hash as recorded. Only reads. */
import { stateHash } from '../../state/canonical.ts'
import { readJournal } from '../../state/journal-reading.ts'
import { replay } from '../../state/replay.ts'

export type JournalProof =
  | { readonly ok: true; readonly journalId: string | null; readonly seq: number; readonly stateHash: string; readonly differs: string | null }
  | { readonly ok: false; readonly message: string }

/** `differs`: where this version folds otherwise than the one that recorded; no damage. */
export function proveJournal(directory: string): JournalProof {
  try {
    const opened = readJournal(directory)
    if (!opened.ok) return opened
    const { journal } = opened
    const replayed = replay({ records: () => journal.records(), until: {} })
    const [difference] = [...replayed.outputDifferences, ...replayed.hashDifferences]
    const differs = difference ? `record ${difference.seq}: ${difference.what}` : null
    return { ok: true, journalId: replayed.core.journalId, seq: journal.durableSeq, stateHash: stateHash(replayed.core.dump()), differs }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}
