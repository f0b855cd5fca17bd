/** Records per second and time to an acknowledgement through the real sequencer and store. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { atMost, interleavedAsync, median, timesTheRate, type BenchRow } from './measure.ts'
import { encodeRecord } from '../../state/codec.ts'
import type { JournalRecord } from '../../state/record.ts'
import { benchSignal, createWorld, inDirectory, type World } from './world.ts'

const WRITERS = 64
const RECORDS = 20_000
const RAW_RECORDS = 4_000

/** A repeated signal: one record of ordinary size that causes nothing. */
const FACT = { type: 'signal.received', kind: 'bounce_signal', signal: benchSignal(1), payload: {}, idempotencyKey: null, duplicateOf: 1 } as const

type Run = { readonly perSecond: number; readonly p50Ms: number }

async function writersOf(writers: number, records: number, write: () => Promise<unknown>): Promise<Run> {
  const waits = new Float64Array(records)
  let started = 0
  const begin = performance.now()
  const writer = async (): Promise<void> => {
    while (started < records) {
      const own = started++
      const from = performance.now()
      await write()
      waits[own] = performance.now() - from
    }
  }
  await Promise.all(Array.from({ length: writers }, writer))
  return { perSecond: (records / (performance.now() - begin)) * 1000, p50Ms: median([...waits]) }
}

const through = ({ engine: { sequencer } }: World) => (): Promise<unknown> => sequencer.whenDurable(sequencer.accept(FACT).seq)

export function journalBench(): Promise<BenchRow[]> {
  return inDirectory(async (directory) => {
    const world = await createWorld(join(directory, 'loms'))
    const raw = await open(join(directory, 'raw.jsonl'), 'w')
    const record: JournalRecord = { v: 1, seq: 1, batch: 1, at: world.clock.now(), partition: 'lab_dev', kind: 'fact', body: FACT }
    const synced = async (): Promise<void> => {
      await raw.write(encodeRecord(record, 1, 1))
      await raw.datasync()
    }
    const ack: number[] = []
    const rates = await interleavedAsync(5, {
      journal: async () => {
        const run = await writersOf(WRITERS, RECORDS, through(world))
        ack.push(run.p50Ms)
        return run.perSecond
      },
      each: async () => (await writersOf(WRITERS, RAW_RECORDS, synced)).perSecond,
      rawMs: async () => (await writersOf(1, RAW_RECORDS / 8, synced)).p50Ms,
    })
    await raw.close()
    await world.store.close()
    return [
      timesTheRate(`records at ${WRITERS} writers, against write and datasync for each`, 'records/s', rates.journal, rates.each, 5),
      atMost(`p50 until durable at ${WRITERS} writers, against one write and datasync`, 'ms', median(ack.slice(1)), rates.rawMs, 3),
    ]
  })
}
