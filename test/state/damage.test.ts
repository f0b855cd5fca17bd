/** What a power loss or a bad disk does to a journal: the exact durable prefix comes back, or a refusal names the place. */
import fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileStore } from '../../state/file-store.ts'
import type { JournalRecord } from '../../state/record.ts'
import { loadCheckpoints, type LoadedCheckpoints } from '../../state/checkpoint-file.ts'
import { surveyJournal } from '../../state/journal-survey.ts'
import { batches, record, temporaryDirectory } from './journal-records.ts'
import { appendAll, checkpointAt, opened } from './store.contract.ts'

let directory = { path: '', remove: () => undefined as void }
beforeEach(() => (directory = temporaryDirectory()))
afterEach(() => directory.remove())

const load = (): LoadedCheckpoints => loadCheckpoints(directory.path)
const SEGMENT = '000000000001.jsonl'
const journal = (): string => join(directory.path, 'journal')
const file = (name = SEGMENT): string => join(journal(), name)
const store = (segmentBytes = 1_000_000): FileStore => new FileStore({ directory: directory.path, segmentBytes })

async function written(all: readonly JournalRecord[][], segmentBytes?: number): Promise<Buffer> {
  const first = store(segmentBytes)
  await appendAll(first, opened(first).epoch, all)
  await first.close()
  return fs.readFileSync(file())
}

/** The last seq of the batch that ends at or before a seq. */
function wholeBatches(all: readonly JournalRecord[][], intactRecords: number): number {
  let seq = 0
  for (const batch of all) {
    if (seq + batch.length > intactRecords) break
    seq += batch.length
  }
  return seq
}

/** Records whose line, newline included, lies before `offset`. */
const recordsBefore = (bytes: Buffer, offset: number): number =>
  bytes.subarray(0, offset).toString('latin1').split('\n').slice(0, -1).filter((line) => line.includes('"part":[')).length

describe('a torn end', () => {
  it('cut at every byte of the last batches: all whole batches, nothing else, and a copy of the rest', async () => {
    const all = batches([2, 1, 3, 2])
    const bytes = await written(all)
    const from = bytes.indexOf('\n') + 1
    for (let length = from; length <= bytes.length; length++) {
      fs.writeFileSync(file(), bytes.subarray(0, length))
      const durable = wholeBatches(all, recordsBefore(bytes, length))
      const surveyed = surveyJournal(journal(), 0)
      expect(surveyed).toMatchObject({ ok: true, survey: { durableSeq: durable } })
      // The full opening costs more than the look: every few bytes are enough for it.
      if (length % 9 !== 0 && bytes[length - 1] !== 0x0a) continue
      const again = store()
      const recovered = opened(again)
      expect([...recovered.tail]).toEqual(all.flat().slice(0, durable))
      expect(recovered.durableSeq).toBe(durable)
      const { tornTail } = recovered
      if (tornTail) {
        expect(tornTail.firstLostSeq).toBe(durable + 1)
        expect(fs.readFileSync(tornTail.keptAs).equals(bytes.subarray(tornTail.offset, length))).toBe(true)
        expect(tornTail.bytes).toBe(length - tornTail.offset)
      } else {
        expect(bytes.subarray(0, length).at(-1)).toBe(0x0a)
      }
      await again.close()
    }
  })

  it('the journal goes on after the cut, and the next start finds nothing to cut', async () => {
    const bytes = await written(batches([2, 3]))
    fs.writeFileSync(file(), bytes.subarray(0, -5))
    const second = store()
    const { epoch, tornTail } = opened(second)
    expect(tornTail).toMatchObject({ firstLostSeq: 3 })
    await appendAll(second, epoch, batches([4], 3, 2))
    await second.close()
    const recovered = opened(store())
    expect(recovered).toMatchObject({ durableSeq: 6, tornTail: null, epoch: 3 })
  })

  it('4 kB holes of zeros anywhere in the last batch drop that batch only', async () => {
    const all = [...batches([3, 3]), Array.from({ length: 12 }, (_, index) => record(7 + index, 3, 3000))]
    const bytes = await written(all)
    const lastBatchAt = bytes.indexOf('"seq":7,') - 40
    const pages = Math.ceil(bytes.length / 4096)
    const firstPage = Math.ceil(lastBatchAt / 4096)
    for (let holes = 1; holes < 2 ** (pages - firstPage); holes += 3) {
      const image = Buffer.from(bytes)
      for (let page = firstPage; page < pages; page++) if (holes & (1 << (page - firstPage))) image.fill(0, page * 4096, Math.min(bytes.length, (page + 1) * 4096))
      fs.writeFileSync(file(), image)
      const again = store()
      const recovered = opened(again)
      expect(recovered.durableSeq).toBe(6)
      expect(recovered.tornTail).toMatchObject({ firstLostSeq: 7 })
      expect([...recovered.tail]).toEqual(all.flat().slice(0, 6))
      await again.close()
    }
  })

  it('a batch that follows a gap in batch numbers is torn, not damaged', async () => {
    const bytes = await written([[record(1, 1)], [record(2, 9, 50), record(3, 9)]])
    const image = Buffer.from(bytes)
    image.fill(0, bytes.indexOf('"seq":2,'), bytes.indexOf('"seq":2,') + 20)
    fs.writeFileSync(file(), image)
    expect(opened(store())).toMatchObject({ durableSeq: 1, tornTail: { firstLostSeq: 2 } })
  })

  it('a new segment whose only batch is torn still knows the number of the batch before it', async () => {
    const all = batches(new Array<number>(9).fill(3))
    const first = store(900)
    await appendAll(first, opened(first).epoch, all)
    const newest = fs.readdirSync(journal()).sort().at(-1) as string
    const before = Number(newest.slice(0, 12)) - 1
    await first.checkpoint(checkpointAt(before))
    await first.close()
    const bytes = fs.readFileSync(file(newest))
    fs.writeFileSync(file(newest), bytes.subarray(0, bytes.indexOf('\n') + 30))
    const second = store(900)
    const recovered = opened(second)
    expect(recovered).toMatchObject({ durableSeq: before, lastBatch: before / 3, tornTail: { firstLostSeq: before + 1 } })
    await appendAll(second, recovered.epoch, batches([2], before + 1, before / 3 + 1))
    await second.close()
    for (const name of ['checkpoint.json']) fs.rmSync(join(directory.path, name))
    expect(opened(store(900)).durableSeq).toBe(before + 2)
  })

  it('zeros or stale bytes behind the end are cut', async () => {
    const all = batches([2, 2])
    const bytes = await written(all)
    for (const garbage of [Buffer.alloc(5000), Buffer.from('\n\n\n'), Buffer.from('{"crc":"00000000","part":[1,1]}\n'), Buffer.from([0xff, 0xfe])]) {
      fs.writeFileSync(file(), Buffer.concat([bytes, garbage]))
      const again = store()
      const recovered = opened(again)
      expect([...recovered.tail]).toEqual(all.flat())
      expect(recovered.tornTail).toMatchObject({ offset: bytes.length, bytes: garbage.length, firstLostSeq: 5 })
      await again.close()
      const third = store()
      expect(opened(third).tornTail).toBeNull()
      await third.close()
    }
  })
})

describe('damage', () => {
  it('every flipped bit of a small journal: the whole batches before the last one, or a refusal with the place', async () => {
    const all = batches([2, 1, 2])
    const bytes = await written(all)
    const lastBatchAt = bytes.indexOf('{"crc"', bytes.indexOf('"seq":3,'))
    const outcomes = { refused: 0, cut: 0 }
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const image = Buffer.from(bytes)
      image[bit >> 3] = (image[bit >> 3] as number) ^ (1 << (bit & 7))
      fs.writeFileSync(file(), image)
      const surveyed = surveyJournal(journal(), 0)
      if (surveyed.ok) {
        expect(bit >> 3).toBeGreaterThanOrEqual(lastBatchAt)
        expect(surveyed.survey).toMatchObject({ durableSeq: 3, torn: { offset: lastBatchAt, seq: 4 } })
        outcomes.cut += 1
      } else {
        expect(surveyed.code).toBe('damaged')
        const place = /byte (\d+), record (\d+)/.exec(surveyed.message)
        expect(surveyed.message).toContain(file())
        // The place is the line with the flipped bit (a flipped newline spoils two lines).
        const line = bytes.subarray(0, bit >> 3).lastIndexOf('\n') + 1
        expect(Number(place?.[1])).toBe(line)
        outcomes.refused += 1
      }
    }
    expect(outcomes.refused + outcomes.cut).toBe(bytes.length * 8)
    expect(outcomes).toEqual({ refused: lastBatchAt * 8, cut: (bytes.length - lastBatchAt) * 8 })
  })

  it('a refused start changes nothing on the disk', async () => {
    const bytes = await written(batches([2, 2, 2]))
    const image = Buffer.from(bytes)
    image[bytes.indexOf('"seq":2,') + 1] = 0
    fs.writeFileSync(file(), image)
    const result = store().open()
    expect(result).toMatchObject({ ok: false, code: 'damaged' })
    expect(result.ok ? '' : result.message).toMatch(/record 2: .*record 3 \(batch 2.*restore the file from a backup.*truncate -s/s)
    expect(fs.readFileSync(file()).equals(image)).toBe(true)
    expect(fs.readdirSync(journal())).toEqual([SEGMENT])
  })

  it('a restart seals what was there: a later flip in it is damage, no longer a torn end', async () => {
    await written(batches([2, 2]))
    const second = store()
    opened(second)
    await second.close()
    const image = fs.readFileSync(file())
    image[image.indexOf('"seq":4,') + 2] = 0
    fs.writeFileSync(file(), image)
    expect(store().open()).toMatchObject({ ok: false, code: 'damaged' })
  })

  it('a torn batch at the end of a segment that has a successor is damage', async () => {
    await written(batches(new Array<number>(6).fill(3)), 900)
    const bytes = fs.readFileSync(file())
    fs.writeFileSync(file(), bytes.subarray(0, -1))
    const result = store().open()
    expect(result).toMatchObject({ ok: false, code: 'damaged' })
    expect(result.ok ? '' : result.message).toContain(file())
  })

  it('a line removed from the middle is found by its missing number', async () => {
    const bytes = await written(batches([1, 1, 1, 1]))
    const lines = bytes.toString().split('\n')
    fs.writeFileSync(file(), [...lines.slice(0, 2), ...lines.slice(3)].join('\n'))
    expect(store().open()).toMatchObject({ ok: false, code: 'damaged', message: expect.stringContaining('record 2') as string })
  })

  it('a journal or a record of a newer version is not touched', async () => {
    const bytes = await written(batches([1]))
    const { protectedLine } = await import('../../state/codec.ts')
    fs.writeFileSync(file(), protectedLine('"journal":"loms","format":2,"epoch":1,"next":1,"previous":null}') + bytes.toString())
    expect(store().open()).toMatchObject({ ok: false, code: 'newer_format' })
    fs.writeFileSync(file(), bytes.toString() + protectedLine('"part":[1,1],"v":2,"seq":2,"batch":2,"future":true}'))
    expect(store().open()).toMatchObject({ ok: false, code: 'newer_format', message: expect.stringContaining('record version 2') as string })
  })
})

describe('checkpoints', () => {
  const current = (): string => join(directory.path, 'checkpoint.json')
  const previous = (): string => join(directory.path, 'checkpoint.previous.json')
  beforeEach(async () => {
    const first = store()
    await appendAll(first, opened(first).epoch, batches([3, 3, 3]))
    await first.checkpoint(checkpointAt(3))
    await first.checkpoint(checkpointAt(6))
    await first.close()
  })

  it('every truncation and every flipped bit falls back to the older generation, with a remark', () => {
    const bytes = fs.readFileSync(current())
    const images = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const image = Buffer.from(bytes)
      image[bit >> 3] = (image[bit >> 3] as number) ^ (1 << (bit & 7))
      return image
    })
    for (let length = 0; length < bytes.length; length++) images.push(bytes.subarray(0, length))
    images.push(Buffer.alloc(bytes.length))
    for (const image of images) {
      fs.writeFileSync(current(), image)
      const loaded = load()
      expect(loaded.usable.map(({ seq }) => seq)).toEqual([3])
      expect(loaded.remarks).toHaveLength(1)
    }
  })

  it('with both generations unusable everything is folded, with remarks', async () => {
    for (const path of [current(), previous()]) fs.writeFileSync(path, '')
    const again = store()
    const recovered = opened(again)
    expect(recovered.checkpoint).toBeNull()
    expect([...recovered.tail].map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(recovered.remarks).toHaveLength(2)
    await again.close()
  })

  it('an unusable current generation does not push the good one out', async () => {
    fs.writeFileSync(current(), 'x')
    const second = store()
    expect(opened(second).checkpoint?.seq).toBe(3)
    await second.checkpoint(checkpointAt(9))
    await second.close()
    expect(load().usable.map(({ seq }) => seq)).toEqual([9, 3])
  })

  it('a checkpoint ahead of the journal refuses the start and says how to get out', async () => {
    const bytes = fs.readFileSync(file())
    fs.writeFileSync(file(), bytes.subarray(0, bytes.indexOf('"seq":5,')))
    const result = store().open()
    expect(result).toMatchObject({ ok: false, code: 'checkpoint_ahead' })
    expect(result.ok ? '' : result.message).toMatch(/record 6.*ends at record 3.*move checkpoint\.json/s)
    for (const path of [current(), previous()]) fs.rmSync(path)
    expect(opened(store()).durableSeq).toBe(3)
    return Promise.resolve()
  })

  it('one of a format that is not known is not used', async () => {
    const { protectedLine } = await import('../../state/codec.ts')
    fs.writeFileSync(current(), protectedLine(JSON.stringify({ ...checkpointAt(9), formatVersion: 2 }).slice(1)))
    expect(load()).toMatchObject({ usable: [{ seq: 3 }], currentUsable: false, remarks: [expect.stringContaining('format 2 is not known') as string] })
  })

  it('a checkpoint of another machine version is handed over as it is', async () => {
    const second = store()
    opened(second)
    await second.checkpoint({ ...checkpointAt(9), machineVersion: 99 })
    await second.close()
    expect(opened(store()).checkpoint).toEqual({ ...checkpointAt(9), machineVersion: 99 })
  })
})
