import fs from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DiskFile, MemoryFile, type ByteFile } from '../../state/byte-file.ts'
import { KeyIndex, type KeyMark } from '../../state/key-index.ts'
import { temporaryDirectory } from './journal-records.ts'

function open(file: ByteFile = new MemoryFile(), mark: KeyMark | null = null): KeyIndex {
  const result = KeyIndex.open(file, mark)
  if (!result.ok) throw new Error(result.message)
  return result.index
}

it('finds what a Map finds: small, and across several runs', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 2 }), { maxLength: 200 }), fc.constantFrom(0, 5000, 70_000), fc.string({ maxLength: 2 }), (keys, before, probe) => {
      const index = open()
      const model = new Map<string, number[]>()
      let seq = 0
      const add = (key: string): void => {
        index.add(key, ++seq)
        model.set(key, [...(model.get(key) ?? []), seq])
      }
      for (const key of keys.slice(0, 100)) add(key)
      for (let number = 0; number < before; number++) index.add(`filler ${number}`, ++seq)
      for (const key of keys.slice(100)) add(key)
      for (const key of [probe, ...keys]) expect(index.find(key)).toEqual(model.get(key) ?? [])
      if (before > 0) expect(index.find('filler 4711')).toHaveLength(1)
    }),
    { numRuns: 25 },
  )
})

it('keeps keys apart that share the first half of their hash, in the buffer and in a run', async () => {
  const [one, other] = ['key 5979', 'key 77859']
  for (const filler of [0, 5000, 70_000]) {
    const index = open()
    index.add(one, 1)
    for (let number = 0; number < filler; number++) index.add(`filler ${number}`, 2 + number)
    expect([index.find(one), index.find(other)]).toEqual([[1], []])
    index.add(other, 99_999)
    expect([index.find(one), index.find(other)]).toEqual([[1], [99_999]])
    for (let time = 0; time < 2; time++) await index.sync()
    expect(index.size).toBe(filler + 2)
  }
})

it('goes back to the mark after a restart', async () => {
  const { path, remove } = temporaryDirectory()
  const file = (): ByteFile => new DiskFile(join(path, 'keys.idx'))
  const first = open(file())
  for (let seq = 1; seq <= 9000; seq++) first.add(`key ${seq}`, seq)
  const mark = first.mark()
  for (let seq = 9001; seq <= 9100; seq++) first.add(`key ${seq}`, seq)
  await first.sync()
  const second = open(file(), mark)
  expect([1, 4096, 4097, 9000, 9001].map((seq) => second.find(`key ${seq}`))).toEqual([[1], [4096], [4097], [9000], []])
  second.add('key 9001', 9001)
  await second.sync()
  expect(open(file(), second.mark()).find('key 9001')).toEqual([9001])
  expect(fs.statSync(join(path, 'keys.idx')).size).toBe(9001 * 16)
  remove()
})

it('a short or changed file is told, so that everything is folded again', async () => {
  const { path, remove } = temporaryDirectory()
  const name = join(path, 'keys.idx')
  const first = open(new DiskFile(name))
  for (let seq = 1; seq <= 10; seq++) first.add(`key ${seq}`, seq)
  await first.sync()
  const bytes = fs.readFileSync(name)
  const message = (): string => {
    const result = KeyIndex.open(new DiskFile(name), first.mark())
    return result.ok ? 'opened' : result.message
  }
  expect(message()).toBe('opened')
  fs.writeFileSync(name, bytes.subarray(0, -1))
  expect(message()).toContain('fewer than 10 keys')
  for (let at = 0; at < bytes.length; at++) {
    const image = Buffer.from(bytes)
    image[at] = (image[at] as number) ^ 4
    fs.writeFileSync(name, image)
    expect(message(), String(at)).not.toBe('opened')
  }
  remove()
})
