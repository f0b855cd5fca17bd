/** Whether a batch continues a journal: the same rule for every store. */
import type { JournalRecord } from './record.ts'
import type { AppendFailure } from './store.ts'

export type OfferedBatch = { readonly partition: string; readonly expectedSeq: number; readonly epoch: number; readonly records: readonly JournalRecord[] }
export type JournalEnd = { readonly epoch: number; readonly durableSeq: number; readonly lastBatch: number }

/** Why the batch may not be appended, or null if it may. */
export function refuseBatch({ partition, expectedSeq, epoch, records }: OfferedBatch, end: JournalEnd): AppendFailure | null {
  const next = end.durableSeq + 1
  if (epoch !== end.epoch) return { ok: false, code: 'fenced', message: `Owner ${epoch} may not write: the journal belongs to owner ${end.epoch}.` }
  if (expectedSeq !== next) return { ok: false, code: 'out_of_order', message: `The next record is ${next}, not ${expectedSeq}.` }
  const batch = records[0]?.batch ?? end.lastBatch + 1
  const inOrder = records.every((record, index) => record.seq === next + index && record.batch === batch && record.partition === partition)
  if (inOrder && batch > end.lastBatch) return null
  const message = `A batch has consecutive seqs from ${next}, one batch number above ${end.lastBatch} and one partition.`
  return { ok: false, code: 'out_of_order', message }
}
