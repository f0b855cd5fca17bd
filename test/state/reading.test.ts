/** Reading a journal back: ranges, archives, torn ends; and what was changed behind its back is never passed over. */
import fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeRecord, encodeSeal, protectedLine } from '../../state/codec.ts'
import { FileStore, type FileStoreOptions } from '../../state/file-store.ts'
import { journalDirectory, readJournal } from '../../state/journal-reading.ts'
import { surveyJournal } from '../../state/journal-survey.ts'
import { openArchive } from '../../state/segment-archive.ts'
import { openPlain, readSegment } from '../../state/segment-reader.ts'
import { scanSegment } from '../../state/segment.ts'
import { batches, record, temporaryDirectory } from './journal-records.ts'
import { appendAll, checkpointAt, opened } from './store.contract.ts'

let directory = { path: '', remove: () => undefined as void }
beforeEach(() => (directory = temporaryDirectory()))
afterEach(() => directory.remove())

const journal = (): string => join(directory.path, 'journal')
const archive = (): string => join(journal(), 'archive')
const segment = (first: number): string => join(journal(), `${String(first).padStart(12, '0')}.jsonl`)
const names = (): string[] => fs.readdirSync(journal()).filter((name) => name.endsWith('.jsonl')).sort()
const store = (options: Partial<FileStoreOptions> = {}): FileStore => new FileStore({ directory: directory.path, segmentBytes: 2000, ...options })
const ALL = batches(new Array<number>(60).fill(3))

/** 180 records in many segments, the older ones archived, closed in good order. */
async function written(): Promise<void> {
  const first = store({ plainSegments: 2 })
  await appendAll(first, opened(first).epoch, ALL)
  for (const seq of [100, 150]) await first.checkpoint(checkpointAt(seq))
  await first.close()
}
const refusal = (): string => {
  const result = store().open()
  return result.ok ? 'opened' : `${result.code}: ${result.message}`
}
const withoutCheckpoints = (): void => ['checkpoint.json', 'checkpoint.previous.json'].forEach((name) => fs.rmSync(join(directory.path, name), { force: true }))

describe('a journal that is only looked at', () => {
  it('is read from any record on, archives included, and nothing is locked or changed', async () => {
    await written()
    const before = names()
    for (const source of [directory.path, join(journal(), names().at(-1) as string), join(archive(), fs.readdirSync(archive())[0] as string)]) {
      const opening = readJournal(source)
      if (!opening.ok) throw new Error(opening.message)
      const { records, durableSeq, checkpoints, remarks } = opening.journal
      expect([durableSeq, checkpoints.map(({ seq }) => seq), remarks]).toEqual([180, [150, 100], []])
      for (const from of [1, 2, 61, 179, 180, 181]) expect([...records(from)]).toEqual(ALL.flat().slice(from - 1))
      expect([...records()]).toEqual(ALL.flat())
    }
    expect(names()).toEqual(before)
  })

  it('leaves an incomplete last write aside, and says so', async () => {
    const first = store({ segmentBytes: 1_000_000 })
    await appendAll(first, opened(first).epoch, batches([2, 3]))
    await first.close()
    fs.truncateSync(segment(1), fs.statSync(segment(1)).size - 3)
    const opening = readJournal(directory.path)
    if (!opening.ok) throw new Error(opening.message)
    expect([opening.journal.durableSeq, opening.journal.remarks, [...opening.journal.records()].length]).toEqual([2, ['the incomplete last write from record 3 on is left aside'], 2])
  })

  it('that is none is refused', async () => {
    await written()
    const other = join(directory.path, 'checkpoint.json')
    expect([journalDirectory(other), journalDirectory(join(journal(), 'none.jsonl')), journalDirectory(directory.path), journalDirectory(segment(1).replace('.jsonl', ''))]).toEqual([undefined, undefined, directory.path, undefined])
    expect(readJournal(other)).toMatchObject({ ok: false, message: expect.stringContaining('has no folder journal/') as string })
    fs.rmSync(archive(), { recursive: true })
    expect(readJournal(directory.path)).toMatchObject({ ok: false, code: 'damaged' })
  })
})

describe('a running journal', () => {
  it('refuses a range whose archives were taken away, and names the way out', async () => {
    await written()
    fs.renameSync(archive(), join(directory.path, 'elsewhere'))
    const again = store()
    expect(opened(again).checkpoint?.seq).toBe(150)
    expect(() => [...again.read(1, 2)]).toThrow(/Record 1 is older than the oldest segment in .*archive/)
    expect([...again.read(178, 999)].map(({ seq }) => seq)).toEqual([178, 179, 180])
    await again.close()
    await again.close()
  })

  it.each<readonly [string, (bytes: Buffer) => Buffer, number]>([
    ['a record whose bytes were changed', (bytes) => bytes.fill('#', bytes.indexOf('"seq":4,'), bytes.indexOf('"seq":4,') + 4), 4],
    ['a record that was taken out', (bytes) => Buffer.from(bytes.toString('latin1').split('\n').map((line) => (line.includes('"seq":4,') ? ' '.repeat(line.length) : line)).join('\n'), 'latin1'), 4],
    ['a record in another\'s place', (bytes) => Buffer.from(bytes.toString('latin1').split('\n').map((line) => (line.includes('"seq":4,') ? line.replace(/.*/, () => encodeRecord(record(5, 2), 2, 3).slice(0, -1)) : line)).join('\n'), 'latin1'), 4],
    ['whole lines at the end that are gone', (bytes) => bytes.subarray(0, bytes.indexOf('\n', bytes.indexOf('"seq":4,')) + 1), 5],
    ['an end that is gone', (bytes) => bytes.subarray(0, bytes.indexOf('"seq":5,')), 5],
    ['an end without its newline', (bytes) => bytes.subarray(0, bytes.lastIndexOf('\n')), 6],
  ])('refuses %s rather than leave a record out', async (_, change, lost) => {
    const running = store({ segmentBytes: 1_000_000 })
    await appendAll(running, opened(running).epoch, batches([3, 3]))
    const { bytes: size } = running.describe()
    fs.writeFileSync(segment(1), change(fs.readFileSync(segment(1)).subarray(0, size)))
    const read: number[] = []
    expect(() => {
      for (const { seq } of running.read(1, 6)) read.push(seq)
    }).toThrow(new RegExp(`Record ${lost} cannot be read from .*changed after it was written`))
    expect(read).toEqual(Array.from({ length: lost - 1 }, (_each, index) => index + 1))
  })

  it('finds its records between very long lines and the seals of many starts', async () => {
    let seq = 1
    const all = []
    for (let life = 0; life < 12; life++) {
      const running = store({ segmentBytes: 5_000_000 })
      const { epoch, lastBatch } = opened(running)
      const batch = [record(seq, lastBatch + 1, life % 3 === 0 ? 90_000 : 9000), record(seq + 1, lastBatch + 1)]
      await appendAll(running, epoch, [batch])
      all.push(...batch)
      seq += 2
      await running.close()
    }
    const size = fs.statSync(segment(1)).size
    const blocks = openPlain(segment(1), 1, null)
    for (let from = 1; from < seq; from++) expect([...readSegment(blocks, from, seq - 1)]).toEqual(all.slice(from - 1))
    expect([blocks.index.seqs[0], blocks.index.offsets[0], size > 300_000]).toEqual([1, 0, true])
    expect(blocks.index.seqs.length).toBeGreaterThan(3)
    blocks.close()
  })
})

it('a journal that was started again and again without a record in between is read through its seals', () => {
  const seals = Array.from({ length: 700 }, (_, index) => encodeSeal({ format: 1, epoch: 2 + index, next: 2, lastBatch: 1, previous: null }))
  const [first, last] = [record(1, 1), record(2, 2)]
  fs.mkdirSync(journal(), { recursive: true })
  fs.writeFileSync(segment(1), [encodeSeal({ format: 1, epoch: 1, next: 1, lastBatch: 0, previous: null }), encodeRecord(first, 1, 1), ...seals, encodeRecord(last, 1, 1)].join(''))
  const blocks = openPlain(segment(1), 1, null)
  expect(fs.statSync(segment(1)).size).toBeGreaterThan(65_536)
  expect([[...readSegment(blocks, 1, 2)], [...readSegment(blocks, 2, 2)]]).toEqual([[first, last], [last]])
  blocks.close()
})

describe('a start is refused, with the place', () => {
  beforeEach(written)
  const swapFirstLine = (file: string, line: string): void => {
    const bytes = fs.readFileSync(file)
    fs.writeFileSync(file, line + bytes.subarray(bytes.indexOf('\n') + 1).toString('latin1'), 'latin1')
  }
  const second = (): string => join(journal(), names()[1] as string)
  const firstOf = (file: string): number => Number(/(\d{12})\.jsonl/.exec(file)?.[1])

  it('where the newest segment is an archive', () => {
    for (const name of names()) fs.rmSync(join(journal(), name))
    expect(refusal()).toMatch(/^damaged: .* has no active segment, only archives up to .*\.gz\. Way out/)
  })

  it('where the oldest records are missing', () => {
    withoutCheckpoints()
    fs.rmSync(join(archive(), fs.readdirSync(archive()).sort()[0] as string))
    expect(refusal()).toMatch(/^damaged: .*Records 1 to \d+ are missing: the oldest segment/)
  })

  it('where an archive cannot be unpacked, once it is needed', () => {
    const name = fs.readdirSync(archive()).sort()[1] as string
    fs.writeFileSync(join(archive(), name), 'no gzip')
    expect(surveyJournal(journal(), 150).ok).toBe(true)
    withoutCheckpoints()
    expect(refusal()).toMatch(/^damaged: .*cannot be unpacked/)
  })

  it('where a segment does not name the one before it', () => {
    const file = second()
    swapFirstLine(file, encodeSeal({ format: 1, epoch: 1, next: firstOf(file), lastBatch: (firstOf(file) - 1) / 3, previous: null }))
    expect(refusal()).toMatch(/^damaged: .*byte 0: the first line does not name the segment before it/)
    swapFirstLine(file, `${protectedLine('"journal":"loms"}').slice(0, -1)}\n`)
    expect(refusal()).toMatch(/^damaged: .*(not the seal|does not name the segment before it)/)
  })

  it('where a segment between two others is missing, or has another end', () => {
    const file = second()
    const before = join(journal(), names()[0] as string)
    const bytes = fs.readFileSync(before)
    withoutCheckpoints()
    const previous = { first: firstOf(before), bytes: bytes.length, crc: '00000000' }
    swapFirstLine(file, encodeSeal({ format: 1, epoch: 1, next: firstOf(file), lastBatch: (firstOf(file) - 1) / 3, previous }))
    expect(refusal()).toMatch(/^damaged: .* does not end as it did when/)
    fs.writeFileSync(before, bytes.subarray(0, bytes.lastIndexOf('\n', bytes.length - 2) + 1))
    expect(refusal()).toMatch(/^damaged: .*the last batch is incomplete, but \d+\.jsonl follows/)
  })

  it('where whole batches are missing at the end of a segment', () => {
    withoutCheckpoints()
    const before = join(journal(), names()[0] as string)
    const text = fs.readFileSync(before, 'latin1')
    const lines = text.trimEnd().split('\n')
    fs.writeFileSync(before, `${lines.slice(0, -3).join('\n')}\n`, 'latin1')
    expect(refusal()).toMatch(/^damaged: .*Records \d+ to \d+ are missing between/)
  })

  it('where the checkpoint is ahead of a journal that ends in good order', async () => {
    directory.remove()
    directory = temporaryDirectory()
    const first = store({ segmentBytes: 1_000_000 })
    await appendAll(first, opened(first).epoch, batches([3, 3]))
    await first.checkpoint(checkpointAt(6))
    await first.close()
    const lines = fs.readFileSync(segment(1), 'latin1').split('\n')
    fs.writeFileSync(segment(1), `${lines.slice(0, 4).join('\n')}\n`, 'latin1')
    expect(refusal()).toMatch(/^checkpoint_ahead: .*up to record 6, but the journal ends at record 3: the journal is older/)
  })
})

describe('a seal in the middle', () => {
  const seal = (epoch: number, next: number, lastBatch: number): string => encodeSeal({ format: 1, epoch, next, lastBatch, previous: null })
  const lines = (seq: number, batch: number, size: number): string[] => Array.from({ length: size }, (_, index) => encodeRecord(record(seq + index, batch), index + 1, size))
  const scan = (...parts: readonly string[]) => scanSegment(Buffer.from(parts.join('')), 1, { lastBatch: 0, epoch: 0 })

  it.each<readonly [string, string, 'taken' | 'damaged']>([
    ['that continues', seal(2, 3, 1), 'taken'],
    ['of the same owner', seal(1, 3, 1), 'taken'],
    ['behind a batch that found no room', seal(2, 3, 7), 'taken'],
    ['with another next record', seal(2, 4, 1), 'damaged'],
    ['with an older batch', seal(2, 3, 0), 'damaged'],
  ])('%s', (_, middle, verdict) => {
    const { problem, epoch, nextSeq } = scan(seal(1, 1, 0), ...lines(1, 1, 2), middle)
    expect(problem?.kind ?? 'taken').toBe(verdict)
    if (verdict === 'taken') expect([nextSeq, epoch >= 1]).toEqual([3, true])
  })

  it.each([['a record', () => lines(1, 1, 2).join('')], ['blanks', () => ' '.repeat(100)], ['nothing', () => '']])('a segment that begins with %s instead of its seal is damaged from its first byte on', (_, content) => {
    expect(scan(content()).problem).toMatchObject({ kind: 'damaged', offset: 0, seq: 1, what: expect.stringContaining('the first line is not the seal of segment 000000000001.jsonl') as string })
  })

  it('of an owner before this one, or within a batch, is damage', () => {
    expect(scan(seal(3, 1, 0), ...lines(1, 1, 2), seal(2, 3, 1)).problem).toMatchObject({ kind: 'damaged', seq: 3 })
    expect(scan(seal(1, 1, 0), ...lines(1, 1, 2).slice(0, 1), seal(2, 1, 0)).problem).toMatchObject({ kind: 'damaged', seq: 2 })
  })
})

describe('an archive', () => {
  it.each([['is no gzip file', Buffer.from('x'.repeat(100))], ['is cut in its first header', Buffer.from('1f8b08', 'hex')], ['is another program\'s gzip', Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), Buffer.alloc(60)])]])('that %s is refused with its place', (_, bytes) => {
    const file = join(directory.path, 'x.gz')
    fs.writeFileSync(file, bytes)
    expect(() => openArchive(file, null)).toThrow(`${file} is not an archive of LOMS (byte 0)`)
  })

  it('whose header names no length is refused', async () => {
    await written()
    const file = join(archive(), fs.readdirSync(archive())[0] as string)
    const bytes = fs.readFileSync(file)
    bytes.writeUInt32LE(28, 16)
    fs.writeFileSync(file, bytes)
    expect(() => openArchive(file, null)).toThrow('is not an archive')
  })
})

it('a directory without a journal has none', () => expect(surveyJournal(journal(), 0)).toMatchObject({ ok: true, survey: { segments: [], active: null, durableSeq: 0, epoch: 0 } }))
