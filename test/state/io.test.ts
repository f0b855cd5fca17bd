/** The ports to files: what a failing call says, and files in memory that behave as on a disk. */
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DiskFile, MemoryFile, type ByteFile } from '../../state/byte-file.ts'
import { ensureDirectory, errorCode, errorText, isNoSpace, nodeIo, placeFile, ShortWriteError } from '../../state/io.ts'
import { NameTable } from '../../state/name-table.ts'
import { temporaryDirectory } from './journal-records.ts'

/** No descriptor of this process. */
const NO_FD = 1_000_000

describe('a call on a descriptor that is none', () => {
  it('rejects with the system\'s code', async () => {
    for (const call of [nodeIo.fdatasync(NO_FD), nodeIo.write(NO_FD, Buffer.from('x'), 0)]) expect(await call.catch(errorCode)).toBe('EBADF')
  })
})

describe('an error', () => {
  it.each<readonly [string, unknown, string, string, boolean]>([
    ['of the system', Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }), 'EIO', 'EIO: i/o error', false],
    ['of a full disk', Object.assign(new Error('full'), { code: 'ENOSPC' }), 'ENOSPC', 'full', true],
    ['of a quota', Object.assign(new Error('quota'), { code: 'EDQUOT' }), 'EDQUOT', 'quota', true],
    ['of a limit', Object.assign(new Error('too large'), { code: 'EFBIG' }), 'EFBIG', 'too large', true],
    ['of a short write', new ShortWriteError(3, 7), 'ENOSPC', 'ENOSPC: only 3 of 7 bytes were written', true],
    ['without a code', new Error('plain'), '', 'plain', false],
    ['with a number for a code', Object.assign(new Error('odd'), { code: 7 }), '', 'odd', false],
    ['that is a text', 'words', '', 'words', false],
  ])('%s', (_, error, code, text, noSpace) => expect([errorCode(error), errorText(error), isNoSpace(error)]).toEqual([code, text, noSpace]))
})

describe('files and directories', () => {
  it('a placed file is whole, synced before it is renamed, its directory after it; nothing is left beside it', async () => {
    const { path, remove } = temporaryDirectory()
    const calls: string[] = []
    const io = {
      ...nodeIo,
      fdatasync: async (fd: number) => (calls.push('sync'), nodeIo.fdatasync(fd)), rename: (from: string, to: string) => (calls.push('rename'), nodeIo.rename(from, to)),
      fsyncDirectory: async (of: string) => (calls.push(`sync ${of === path}`), nodeIo.fsyncDirectory(of)),
    }
    await placeFile(io, join(path, 'a'), Buffer.from('old and long'))
    await placeFile(io, join(path, 'a'), Buffer.from('new'), () => calls.push('before'))
    expect([fs.readdirSync(path), fs.readFileSync(join(path, 'a'), 'utf8')]).toEqual([['a'], 'new'])
    expect(calls).toEqual(['sync', 'rename', 'sync true', 'sync', 'before', 'rename', 'sync true'])
    remove()
  })

  it('a directory is created with its parents, each synced into its own; one that is there is left alone', () => {
    const { path, remove } = temporaryDirectory()
    const synced: string[] = []
    const io = { ...nodeIo, fsyncDirectorySync: (of: string) => (synced.push(of.slice(path.length)), nodeIo.fsyncDirectorySync(of)) }
    for (let time = 0; time < 2; time++) ensureDirectory(io, join(path, 'a', 'b', 'c'))
    expect([synced, fs.existsSync(join(path, 'a', 'b', 'c'))]).toEqual([['', '/a', '/a/b'], true])
    remove()
  })
})

describe('a file in memory is like one on a disk', () => {
  const MIB = 1 << 20
  type Step = (file: ByteFile) => void
  const steps: readonly (readonly [string, Step])[] = [
    ['written over the end of a piece', (file) => file.write(Buffer.alloc(10, 'a'), MIB - 5)],
    ['cut in its second piece', (file) => file.truncate(MIB + 2)],
    ['written behind the cut: the hole is zeros', (file) => file.write(Buffer.from('b'), MIB + 4)],
    ['cut at the end of a piece', (file) => file.truncate(MIB)],
    ['written over', (file) => file.write(Buffer.from('cc'), 3)],
    ['written behind that', (file) => file.write(Buffer.from('d'), MIB + 1)],
    ['cut to nothing', (file) => file.truncate(0)],
    ['begun again', (file) => file.write(Buffer.from('e'), 0)],
  ]

  it('step by step', async () => {
    const { path, remove } = temporaryDirectory()
    const [memory, disk] = [new MemoryFile(), new DiskFile(join(path, 'x'))]
    for (const [what, step] of steps) {
      for (const file of [memory, disk]) step(file)
      expect(memory.size, what).toBe(disk.size)
      for (const [offset, length] of [[0, 2 * MIB], [MIB - 7, 12], [disk.size - 1, 5], [disk.size + 3, 4], [0, 0]] as const) expect(memory.read(Math.max(0, offset), length).equals(disk.read(Math.max(0, offset), length)), `${what}: ${length} at ${offset}`).toBe(true)
    }
    await memory.sync()
    memory.close()
    expect([memory.name, memory.size]).toEqual(['memory', 0])
    remove()
  })
})

describe('a table of names', () => {
  it('is taken up at its mark only if it holds just the names of it', () => {
    const file = new MemoryFile()
    const table = NameTable.open(file, { names: 0, bytes: 0 }) as NameTable
    expect(['a', null, 'ü', 'a'].map((name) => table.intern(name))).toEqual([1, 0, 2, 1])
    const mark = table.mark()
    table.flush()
    table.flush()
    expect(mark).toEqual({ names: 2, bytes: file.size })
    for (const wrong of [{ ...mark, names: 1 }, { ...mark, names: 3 }, { ...mark, bytes: mark.bytes + 1 }, { ...mark, bytes: mark.bytes - 2 }]) expect(NameTable.open(file, wrong)).toBeUndefined()
    const again = NameTable.open(file, mark)
    expect([1, 2, 0, 3].map((code) => again?.name(code))).toEqual(['a', 'ü', null, null])
    expect([again?.code('ü'), again?.code('b'), again?.intern('b')]).toEqual([2, undefined, 3])
    file.write(Buffer.from('?'), 0)
    expect(NameTable.open(file, mark)).toBeUndefined()
  })
})
