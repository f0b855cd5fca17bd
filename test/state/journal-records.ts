/** Records, batches and directories for the tests of the store. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JournalRecord } from '../../state/record.ts'

export const PARTITION = 'lab_dev'

/** A record whose payload has `size` characters, some of them outside ASCII. */
export const record = (seq: number, batch: number, size = 20): JournalRecord => ({
  v: 1,
  seq,
  batch,
  at: 1_700_000_000_000 + seq,
  partition: PARTITION,
  kind: 'fact',
  body: { type: 'trading.paused', accountLabel: PARTITION, reason: `ä"\\\n${'x'.repeat(size)}` },
})

/** Batches of the given sizes, numbered from `firstSeq` and `firstBatch`. */
export function batches(sizes: readonly number[], firstSeq = 1, firstBatch = 1): JournalRecord[][] {
  let seq = firstSeq
  return sizes.map((size, index) => Array.from({ length: size }, () => record(seq++, firstBatch + index)))
}

export function temporaryDirectory(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'loms-state-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
