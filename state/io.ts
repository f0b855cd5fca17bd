/**
 * The file operations durability depends on, as a thin port: production goes straight to the kernel, tests fail the k-th
 * call. Reading is not part of it. The synchronous forms serve the start, when nothing else runs; the asynchronous ones
 * serve the running service, so that no quote waits for a disk.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'

export interface FileIo {
  open(path: string, flags: 'r+' | 'w+' | 'a+'): number
  close(fd: number): void
  /** Bytes written, which may be fewer than given. */
  writeSync(fd: number, bytes: Uint8Array, position: number | null): number
  write(fd: number, bytes: Uint8Array, position: number): Promise<number>
  fdatasyncSync(fd: number): void
  fdatasync(fd: number): Promise<void>
  truncate(fd: number, length: number): void
  rename(from: string, to: string): void
  remove(path: string): void
  /** Makes creations, renames and removals in a directory durable. */
  fsyncDirectorySync(path: string): void
  fsyncDirectory(path: string): Promise<void>
}

const completed = (call: (done: (error: NodeJS.ErrnoException | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())))

export const nodeIo: FileIo = {
  open: (path, flags) => fs.openSync(path, flags),
  close: (fd) => fs.closeSync(fd),
  writeSync: (fd, bytes, position) => fs.writeSync(fd, bytes, 0, bytes.length, position),
  write: (fd, bytes, position) =>
    new Promise((resolve, reject) =>
      fs.write(fd, bytes, 0, bytes.length, position, (error, written) => (error ? reject(error) : resolve(written))),
    ),
  fdatasyncSync: (fd) => fs.fdatasyncSync(fd),
  fdatasync: (fd) => completed((done) => fs.fdatasync(fd, done)),
  truncate: (fd, length) => fs.ftruncateSync(fd, length),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.rmSync(path, { force: true }),
  fsyncDirectorySync: (path) => {
    const fd = fs.openSync(path, 'r')
    try {
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  },
  fsyncDirectory: async (path) => {
    const fd = fs.openSync(path, 'r')
    try {
      await completed((done) => fs.fsync(fd, done))
    } finally {
      fs.closeSync(fd)
    }
  },
}

/** A write that the kernel cut short: the disk is full, or a limit was reached. */
export class ShortWriteError extends Error {
  override readonly name = 'ShortWriteError'
  readonly code = 'ENOSPC'
  constructor(written: number, wanted: number) {
    super(`ENOSPC: only ${written} of ${wanted} bytes were written`)
  }
}

/** Writes everything or throws. */
export function writeAllSync(io: FileIo, fd: number, bytes: Uint8Array, position: number | null): void {
  const written = io.writeSync(fd, bytes, position)
  if (written !== bytes.length) throw new ShortWriteError(written, bytes.length)
}

/** Writes everything or rejects. */
export async function writeAll(io: FileIo, fd: number, bytes: Uint8Array, position: number): Promise<void> {
  const written = await io.write(fd, bytes, position)
  if (written !== bytes.length) throw new ShortWriteError(written, bytes.length)
}

/**
 * A file that is whole or not there: written beside its place, synced, then renamed into it. A crash leaves at most a
 * `.tmp` file.
 */
export async function placeFile(io: FileIo, path: string, bytes: Uint8Array, beforeRename: () => void = () => undefined): Promise<void> {
  const temporary = `${path}.tmp`
  const fd = io.open(temporary, 'w+')
  try {
    await writeAll(io, fd, bytes, 0)
    await io.fdatasync(fd)
  } catch (error) {
    // On a full disk the rest of it would only take room away.
    io.remove(temporary)
    throw error
  } finally {
    io.close(fd)
  }
  beforeRename()
  io.rename(temporary, path)
  await io.fsyncDirectory(dirname(path))
}

/** `placeFile` for the start of the service. */
export function placeFileSync(io: FileIo, path: string, bytes: Uint8Array): void {
  const temporary = `${path}.tmp`
  const fd = io.open(temporary, 'w+')
  try {
    writeAllSync(io, fd, bytes, 0)
    io.fdatasyncSync(fd)
  } finally {
    io.close(fd)
  }
  io.rename(temporary, path)
  io.fsyncDirectorySync(dirname(path))
}

/** The system's error code, e.g. `ENOSPC`; empty if it has none. */
export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** The text of anything thrown. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** No room: nothing is broken, the same write may work later. */
export const isNoSpace = (error: unknown): boolean => ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(errorCode(error))

/** Creates a directory with its parents, each durable in its own parent. */
export function ensureDirectory(io: FileIo, path: string): void {
  if (fs.existsSync(path)) return
  ensureDirectory(io, dirname(path))
  fs.mkdirSync(path, { recursive: true })
  io.fsyncDirectorySync(dirname(path))
}
