import fs from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileStore, type FileStoreOptions } from '../../state/file-store.ts'
import { batches, temporaryDirectory } from './journal-records.ts'
import { appendAll, checkpointAt, opened, storeContract } from './store.contract.ts'

storeContract('FileStore', () => {
  const { path, remove } = temporaryDirectory()
  return { store: () => new FileStore({ directory: join(path, 'data') }), remove }
})

storeContract('FileStore with tiny segments', () => {
  const { path, remove } = temporaryDirectory()
  return { store: () => new FileStore({ directory: join(path, 'data'), segmentBytes: 300, plainSegments: 1 }), remove }
})

describe('segments', () => {
  let directory = { path: '', remove: () => undefined as void }
  beforeEach(() => (directory = temporaryDirectory()))
  afterEach(() => directory.remove())
  const store = (options: Partial<FileStoreOptions> = {}): FileStore => new FileStore({ directory: directory.path, segmentBytes: 2000, ...options })
  const journal = (): string => join(directory.path, 'journal')
  const plain = (): string[] => fs.readdirSync(journal()).filter((name) => name.endsWith('.jsonl'))

  it('every line is JSON, every segment opens with its seal', async () => {
    const first = store()
    await appendAll(first, opened(first).epoch, batches(new Array<number>(20).fill(3)))
    await first.close()
    expect(plain().length).toBeGreaterThan(3)
    for (const name of plain()) {
      const lines = fs.readFileSync(join(journal(), name), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(lines[0]).toMatchObject({ journal: 'loms', format: 1, epoch: 1, next: Number(name.slice(0, 12)) })
      expect(lines[1]).toMatchObject({ seq: Number(name.slice(0, 12)), v: 1, part: [1, 3] })
    }
  })

  it('segments behind both checkpoints are compressed, stay readable, and are never deleted', async () => {
    const all = batches(new Array<number>(60).fill(3))
    const first = store({ plainSegments: 2 })
    await appendAll(first, opened(first).epoch, all)
    const before = plain()
    await first.checkpoint(checkpointAt(100))
    await first.checkpoint(checkpointAt(150))
    const archives = fs.readdirSync(join(journal(), 'archive'))
    expect(archives.length).toBeGreaterThan(2)
    expect([...archives.map((name) => name.replace('.gz', '')), ...plain()].sort()).toEqual(before)
    expect([...first.read(1, 180)]).toEqual(all.flat())
    expect([...first.read(7, 7)]).toEqual([all.flat()[6]])
    await first.close()
    const second = store()
    const recovered = opened(second)
    expect([...recovered.tail].map(({ seq }) => seq)[0]).toBe(151)
    expect([...second.read(1, 180)]).toEqual(all.flat())
    await second.close()
    // Without a checkpoint everything is folded again, archives included.
    for (const name of ['checkpoint.json', 'checkpoint.previous.json']) fs.rmSync(join(directory.path, name))
    expect([...opened(store()).tail]).toEqual(all.flat())
  })

  it('young segments stay plain until they are old enough', async () => {
    let now = Date.now()
    const first = store({ plainSegments: 0, plainMs: 30 * 86_400_000, now: () => now })
    await appendAll(first, opened(first).epoch, batches(new Array<number>(60).fill(3)))
    const before = plain()
    await first.checkpoint(checkpointAt(100))
    await first.checkpoint(checkpointAt(150))
    expect(plain()).toEqual(before)
    now += 31 * 86_400_000
    await first.checkpoint(checkpointAt(160))
    expect(plain().length).toBeLessThan(before.length)
    await first.close()
  })

  it('reads while segments are being archived, and while checkpoints overlap', async () => {
    const all = batches(new Array<number>(60).fill(3))
    const first = store({ plainSegments: 0 })
    await appendAll(first, opened(first).epoch, all)
    const checkpoints = [100, 150, 180].map((seq) => first.checkpoint(checkpointAt(seq)))
    let archiving = true
    const done = Promise.all(checkpoints).then(() => (archiving = false))
    for (let seq = 1; archiving; seq = (seq % 170) + 7) {
      expect([...first.read(seq, seq + 5)]).toEqual(all.flat().slice(seq - 1, seq + 5))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await done
    expect([...first.read(1, 180)]).toEqual(all.flat())
  })

  it('an archive is an ordinary gzip file of the segment', async () => {
    const first = store({ plainSegments: 0, segmentBytes: 200_000 })
    await appendAll(first, opened(first).epoch, batches(new Array<number>(500).fill(3)))
    const [oldest] = plain()
    const original = fs.readFileSync(join(journal(), oldest as string))
    await first.checkpoint(checkpointAt(1500))
    const packed = fs.readFileSync(join(journal(), 'archive', `${oldest}.gz`))
    expect(gunzipSync(packed).equals(original)).toBe(true)
    expect([...first.read(400, 402)].map(({ seq }) => seq)).toEqual([400, 401, 402])
  })

  it('a sealed segment that vanished, shrank or was cut refuses the start', async () => {
    const first = store()
    await appendAll(first, opened(first).epoch, batches(new Array<number>(30).fill(3)))
    await first.checkpoint(checkpointAt(90))
    await first.close()
    const name = join(journal(), plain()[1] as string)
    const original = fs.readFileSync(name)
    fs.rmSync(name)
    expect(store().open()).toMatchObject({ ok: false, code: 'damaged', message: expect.stringContaining(plain()[1] as string) as string })
    fs.writeFileSync(name, original.subarray(0, -1))
    expect(store().open()).toMatchObject({ ok: false, code: 'damaged', message: expect.stringContaining(name) as string })
    fs.writeFileSync(name, original)
    expect(store().open().ok).toBe(true)
  })

  it('a long journal is read back by range through the index, also after a restart', async () => {
    const all = batches(new Array<number>(400).fill(5)).flat()
    const first = store({ segmentBytes: 100_000 })
    await appendAll(first, opened(first).epoch, batches(new Array<number>(400).fill(5)))
    for (const seq of [1, 2, 399, 777, 1200, 1999, 2000]) expect([...first.read(seq, seq + 3)]).toEqual(all.slice(seq - 1, seq + 3))
    await first.close()
    const second = store()
    opened(second)
    for (const seq of [1, 2, 399, 777, 1200, 1999, 2000]) expect([...second.read(seq, seq + 3)]).toEqual(all.slice(seq - 1, seq + 3))
  })
})
