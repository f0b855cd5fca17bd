/** A journal that is only looked at, as the read model wants it. */
import { assert } from '../domain/assert.ts'
import type { JournalRecord } from '../../state/record.ts'
import type { ReadableJournal } from '../../state/journal-reading.ts'
import type { Store } from '../../state/store.ts'

export function readOnlyStore(journal: ReadableJournal): Store {
  const refuse = (): never => {
    assert(false, 'a journal that is looked at is not written to')
  }
  return {
    open: refuse,
    append: refuse,
    checkpoint: refuse,
    read: (from, to) => ({ [Symbol.iterator]: () => upTo(journal.records(from), to) }),
    describe: () => ({ kind: 'file', segments: 0, bytes: 0, durableSeq: journal.durableSeq }),
    close: () => Promise.resolve(),
  }
}

function* upTo(records: Iterable<JournalRecord>, to: number): Generator<JournalRecord> {
  for (const record of records) {
    if (record.seq > to) return
    yield record
  }
}
