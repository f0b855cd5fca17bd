/** The file port with one fault at the k-th call of an operation. */
import { nodeIo, type FileIo } from '../../state/io.ts'

export const FAULTS = ['EIO', 'ENOSPC', 'short'] as const
export type Fault = (typeof FAULTS)[number]
export const OPERATIONS = ['open', 'write', 'writeSync', 'fdatasync', 'fdatasyncSync', 'truncate', 'rename', 'fsyncDirectory', 'fsyncDirectorySync'] as const
export type Operation = (typeof OPERATIONS)[number]

export type FaultyIo = FileIo & { readonly happened: () => boolean }

const failure = (code: string): Error => Object.assign(new Error(`${code}: injected`), { code })

/** Fails call number `k` (from 1) of `operation`, once. A `short` write writes half of its bytes. */
export function faultyIo(operation: Operation, k: number, fault: Fault): FaultyIo {
  let calls = 0
  const due = (name: Operation): boolean => name === operation && ++calls === k
  const check = (name: Operation): void => {
    if (due(name)) throw failure(fault === 'short' ? 'EIO' : fault)
  }
  const half = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length >> 1)
  return {
    happened: () => calls >= k,
    open: (path, flags) => (check('open'), nodeIo.open(path, flags)),
    close: (fd) => nodeIo.close(fd),
    write: async (fd, bytes, position) => {
      if (!due('write')) return nodeIo.write(fd, bytes, position)
      if (fault === 'short') return nodeIo.write(fd, half(bytes), position)
      // Part of it may have reached the file before the error.
      await nodeIo.write(fd, half(bytes), position)
      throw failure(fault)
    },
    writeSync: (fd, bytes, position) => {
      if (!due('writeSync')) return nodeIo.writeSync(fd, bytes, position)
      const written = nodeIo.writeSync(fd, half(bytes), position)
      if (fault === 'short') return written
      throw failure(fault)
    },
    fdatasync: async (fd) => (check('fdatasync'), nodeIo.fdatasync(fd)),
    fdatasyncSync: (fd) => (check('fdatasyncSync'), nodeIo.fdatasyncSync(fd)),
    truncate: (fd, length) => (check('truncate'), nodeIo.truncate(fd, length)),
    rename: (from, to) => (check('rename'), nodeIo.rename(from, to)),
    remove: (path) => nodeIo.remove(path),
    fsyncDirectory: async (path) => (check('fsyncDirectory'), nodeIo.fsyncDirectory(path)),
    fsyncDirectorySync: (path) => (check('fsyncDirectorySync'), nodeIo.fsyncDirectorySync(path)),
  }
}
