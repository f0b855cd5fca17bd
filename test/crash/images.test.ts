/** A few power losses, every image of each; `npm run crash -- images` makes hundreds. The defences are taken away one by one to see that this finds it. */
import { describe, expect, it } from 'vitest'
import { Disk } from '../../scripts/crash/disk-images.ts'
import { exploreTrace } from '../../scripts/crash/explore.ts'
import { EMPTY_DISK, type DiskOperation } from '../../scripts/crash/operations.ts'
import type { FileIo } from '../../state/io.ts'

/** What a disk may hold after these operations, file by file. */
function possible(operations: readonly DiskOperation[]): readonly string[] {
  const disk = new Disk(EMPTY_DISK, new Map())
  for (const operation of operations) disk.apply(operation)
  const images = disk.images()
  const texts = Array.from({ length: images.count }, (_, number) => [...images.at(number).files].map(([path, bytes]) => `${path}=${bytes.toString('latin1').replaceAll('\0', '.')}`).sort().join(' '))
  return [...new Set(texts)].sort()
}

const create = (path: string, inode: number): DiskOperation => ({ kind: 'create', path, inode })
const write = (inode: number, text: string, offset = 0): DiskOperation => ({ kind: 'write', inode, offset, bytes: Buffer.from(text) })
const sync = (inode: number): DiskOperation => ({ kind: 'sync', inode })
const SYNC_DIRECTORY: DiskOperation = { kind: 'sync-directory', path: '' }
const rename = (from: string, to: string, inode: number): DiskOperation => ({ kind: 'rename', from, to, inode })

describe('what a power loss may leave', () => {
  it.each<readonly [what: string, operations: readonly DiskOperation[], images: readonly string[]]>([
    ['a file that was never synced: gone, empty, zeros or whole', [create('a', 1), write(1, 'xy')], ['', 'a=', 'a=..', 'a=xy']],
    ['data without its name', [create('a', 1), write(1, 'xy'), sync(1)], ['', 'a=xy']],
    ['a name without its data', [create('a', 1), SYNC_DIRECTORY, write(1, 'xy')], ['a=', 'a=..', 'a=xy']],
    ['both synced', [create('a', 1), write(1, 'xy'), sync(1), SYNC_DIRECTORY], ['a=xy']],
    ['an appended line: length and data are independent', [create('a', 1), write(1, 'x'), sync(1), SYNC_DIRECTORY, write(1, 'y', 1)], ['a=x', 'a=x.', 'a=xy']],
    ['a cut that was not synced', [create('a', 1), write(1, 'xy'), sync(1), SYNC_DIRECTORY, { kind: 'truncate', inode: 1, length: 1 }], ['a=x', 'a=x.', 'a=xy']],
    ['a rename: the old name or the new one', [create('t', 1), write(1, 'n'), sync(1), SYNC_DIRECTORY, rename('t', 'a', 1)], ['a=n', 't=n']],
    ['two renames in any order', [create('a', 1), create('t', 2), write(1, 'o'), write(2, 'n'), sync(1), sync(2), SYNC_DIRECTORY, rename('a', 'b', 1), rename('t', 'a', 2)], ['a=n', 'a=n b=o', 'a=o t=n', 'b=o t=n']],
  ])('%s', (_, operations, images) => expect(possible(operations)).toEqual(images))

  it('each sector of 512 bytes by itself', () => {
    const [old, young] = ['o'.repeat(1024), 'y'.repeat(1024)]
    const images = possible([create('a', 1), write(1, old), sync(1), SYNC_DIRECTORY, write(1, young)])
    expect(images).toEqual([old, 'o'.repeat(512) + 'y'.repeat(512), 'y'.repeat(512) + 'o'.repeat(512), young].map((text) => `a=${text}`).sort())
  })
})

describe('every image of a trace', () => {
  it('of the store: what was acknowledged is there, what was not is there whole or not at all', async () => {
    const { violations, images } = await exploreTrace({ seed: 1, subject: 'store', imagesPerMoment: 32 })
    expect(violations).toEqual([])
    expect(images).toBeGreaterThan(100)
  })

  it('of the whole product, sampled: history, keys and audit log are those of the journal', async () => {
    expect(await exploreTrace({ seed: 1, subject: 'engine', imagesPerMoment: 2 })).toMatchObject({ violations: [] })
  })

  const without = (...names: readonly (keyof FileIo)[]) => (io: FileIo): FileIo => new Proxy(io, {
    get: (target, name) => {
      if (names.includes(name as keyof FileIo)) return () => Promise.resolve()
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value
    },
  })

  it.each<readonly [what: string, spoil: (io: FileIo) => FileIo, found: RegExp]>([
    ['batches are acknowledged before they are synced', without('fdatasync'), /I4: record \d+ was acknowledged/],
    ['a start does not sync what it writes', without('fdatasyncSync'), /refused|I4|I19/],
    ['new segments are not synced into their directory', without('fsyncDirectory'), /I4: record \d+ was acknowledged/],
    ['new directories are not synced', without('fsyncDirectorySync'), /I4|I19/],
  ])('finds it when %s', async (_, spoil, found) => {
    const { violations } = await exploreTrace({ seed: 2, subject: 'store', imagesPerMoment: 128, spoil })
    expect(violations.join('\n')).toMatch(found)
  })
})
