/** The blanks that a running journal keeps behind its end: a crash leaves them there, and no reader takes them for anything. */
import fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { encodeRecord } from '../../state/codec.ts'
import { FileStore } from '../../state/file-store.ts'
import { nodeIo } from '../../state/io.ts'
import { readJournal } from '../../state/journal-reading.ts'
import type { JournalRecord } from '../../state/record.ts'
import { batches } from './journal-records.ts'
import { appendAll, opened } from './store.contract.ts'
import { temporaryDirectory } from './journal-records.ts'

const SEGMENT = join('journal', '000000000001.jsonl')
const ALL = batches([3, 1, 4, 2, 3])
const NEXT = batches([3], 14, 6).flat()

let directory = { path: '', remove: () => undefined as void }
beforeEach(() => (directory = temporaryDirectory()))
afterEach(() => directory.remove())

/** The segment as a crash of a running service leaves it. */
async function crashed(): Promise<Buffer> {
  const live = new FileStore({ directory: join(directory.path, 'live') })
  await appendAll(live, opened(live).epoch, ALL)
  const bytes = fs.readFileSync(join(directory.path, 'live', SEGMENT))
  await live.close()
  return bytes
}

let images = 0
/** A start on an image of the segment; `check` sees the store before it is closed. */
async function startOn(image: Buffer, check: (started: FileStore, recovered: ReturnType<typeof opened>, path: string) => void | Promise<void>): Promise<void> {
  const path = join(directory.path, `image-${images++}`)
  fs.mkdirSync(join(path, 'journal'), { recursive: true })
  fs.writeFileSync(join(path, SEGMENT), image)
  const started = new FileStore({ directory: path })
  await check(started, opened(started), path)
  await started.close()
}

const endOf = (bytes: Buffer): number => bytes.toString('latin1').trimEnd().length + 1
const linesOf = (records: readonly JournalRecord[]): Buffer => Buffer.from(records.map((each, index) => encodeRecord(each, index + 1, records.length)).join(''))

it('stand behind the last batch and are gone after a clean stop', async () => {
  const bytes = await crashed()
  const end = endOf(bytes)
  expect(bytes.length).toBeGreaterThan(end)
  expect(bytes.subarray(end).toString()).toMatch(/^ +$/)
  expect(fs.readFileSync(join(directory.path, 'live', SEGMENT)).equals(bytes.subarray(0, end))).toBe(true)
})

it('however many are left, nothing is torn and the journal goes on behind the last batch', async () => {
  const bytes = await crashed()
  for (const length of [endOf(bytes), endOf(bytes) + 1, bytes.length - 1, bytes.length]) {
    await startOn(bytes.subarray(0, length), async (started, { durableSeq, tornTail, epoch }, path) => {
      expect({ durableSeq, tornTail }).toEqual({ durableSeq: 13, tornTail: null })
      await appendAll(started, epoch, [NEXT])
      expect([...started.read(1, 99)]).toEqual([...ALL.flat(), ...NEXT])
      const looked = readJournal(path)
      expect(looked.ok && [looked.journal.remarks, [...looked.journal.records()].length]).toEqual([[], 16])
    })
  }
})

it('overwritten by any part of the next batch: that part is a torn end, the copy of it has no blanks', async () => {
  const bytes = await crashed()
  const end = endOf(bytes)
  const next = linesOf(NEXT)
  for (let part = 1; part < next.length; part += 7) {
    const image = Buffer.from(bytes)
    next.copy(image, end, 0, part)
    await startOn(image, (_, { durableSeq, tornTail }) => {
      expect({ durableSeq, firstLostSeq: tornTail?.firstLostSeq }).toEqual({ durableSeq: 13, firstLostSeq: 14 })
      expect(fs.readFileSync(tornTail?.keptAs ?? '').equals(next.subarray(0, part))).toBe(true)
    })
  }
})

it('still standing in any hole of the next batch: that batch is torn', async () => {
  const bytes = await crashed()
  const end = endOf(bytes)
  const next = linesOf(NEXT)
  for (let from = 0; from < next.length; from += 11) {
    const image = Buffer.from(bytes)
    next.copy(image, end)
    image.fill(' ', end + from, end + Math.min(next.length, from + 100))
    await startOn(image, (_, { durableSeq, tornTail }) => expect({ durableSeq, firstLostSeq: tornTail?.firstLostSeq }).toEqual({ durableSeq: 13, firstLostSeq: 14 }))
  }
})

it('a flipped bit among them loses nothing', async () => {
  const bytes = await crashed()
  for (const [at, bit] of [[endOf(bytes), 0], [endOf(bytes) + 5, 3], [bytes.length - 1, 7]] as const) {
    const image = Buffer.from(bytes)
    image[at] = (image[at] as number) ^ (1 << bit)
    await startOn(image, (started, { durableSeq }) => {
      expect(durableSeq).toBe(13)
      expect([...started.read(1, 13)]).toEqual(ALL.flat())
    })
  }
})

it('are no place for a missing first line', () => {
  const path = join(directory.path, 'empty')
  fs.mkdirSync(join(path, 'journal'), { recursive: true })
  fs.writeFileSync(join(path, SEGMENT), ' '.repeat(100))
  expect(new FileStore({ directory: path }).open()).toMatchObject({ ok: false, code: 'damaged' })
})

it('a full segment gives its blanks back before the next one names its length', async () => {
  const lengths: number[] = []
  const store = new FileStore({ directory: directory.path, segmentBytes: 2000, io: { ...nodeIo, rename: (from, to) => (lengths.push(...segmentLengths()), nodeIo.rename(from, to)) } })
  const segmentLengths = (): number[] => fs.readdirSync(join(directory.path, 'journal')).filter((name) => name.endsWith('.jsonl')).map((name) => fs.readFileSync(join(directory.path, 'journal', name)).filter((byte) => byte === 0x20).length)
  await appendAll(store, opened(store).epoch, batches(new Array<number>(12).fill(3)))
  expect(lengths.length).toBeGreaterThan(3)
  expect(new Set(lengths)).toEqual(new Set([0]))
  await store.close()
  expect(new FileStore({ directory: directory.path }).open()).toMatchObject({ ok: true, recovered: { durableSeq: 36, tornTail: null } })
})

it('most syncs find the length of the file as it was', async () => {
  const lengths = new Set<number>()
  const store = new FileStore({ directory: directory.path, io: { ...nodeIo, fdatasync: async (fd) => (lengths.add(fs.fstatSync(fd).size), nodeIo.fdatasync(fd)) } })
  await appendAll(store, opened(store).epoch, batches(new Array<number>(2000).fill(1)))
  expect(lengths.size).toBeLessThan(20)
  await store.close()
})
