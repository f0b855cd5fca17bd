/** Appends batches until it is killed, and tells each acknowledged seq on standard output. */
import fs from 'node:fs'
import { FileStore } from '../../state/file-store.ts'
import { PARTITION, record } from './journal-records.ts'

const store = new FileStore({ directory: process.argv[2] as string, segmentBytes: 4000 })
const opening = store.open()
if (!opening.ok) throw new Error(opening.message)
const { epoch, durableSeq, lastBatch } = opening.recovered
let seq = durableSeq
for (let batch = lastBatch + 1; ; batch++) {
  const size = (batch % 5) + 1
  const records = Array.from({ length: size }, (_, index) => record(seq + 1 + index, batch))
  const result = await store.append(PARTITION, seq + 1, epoch, records)
  if (!result.ok) throw new Error(result.message)
  seq += size
  fs.writeSync(1, `${seq}\n`)
  if (batch % 20 === 0) await store.checkpoint({ formatVersion: 1, seq, machineVersion: 1, stateHash: '', state: {} })
}
