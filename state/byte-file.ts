/**
 * Bytes at offsets: on a disk, or in memory for simulations. What is kept in one is derived from the journal, so a write
 * may fail and be repeated; only `sync` promises anything.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { errorText, nodeIo, writeAllSync, type FileIo } from './io.ts'
import { readAt } from './segment-reader.ts'

export interface ByteFile {
  readonly name: string
  readonly size: number
  /** Fewer bytes than asked for only at the end of the file. */
  read(offset: number, length: number): Buffer
  /** Throws the system's error; the file's `size` then stays, and the same write may be tried again. */
  write(bytes: Uint8Array, offset: number): void
  truncate(length: number): void
  /** Resolves when everything written so far survives a power loss. Once failed, it fails for ever. */
  sync(): Promise<void>
  close(): void
}

export class DiskFile implements ByteFile {
  readonly name: string
  readonly #io: FileIo
  readonly #fd: number
  #size: number
  #failure: string | null = null

  /** Opens or creates the file; its directory must exist. */
  constructor(path: string, io: FileIo = nodeIo) {
    this.name = path
    this.#io = io
    const exists = fs.existsSync(path)
    this.#fd = io.open(path, exists ? 'r+' : 'w+')
    this.#size = fs.fstatSync(this.#fd).size
    if (!exists) io.fsyncDirectorySync(dirname(path))
  }

  get size(): number {
    return this.#size
  }
  read(offset: number, length: number): Buffer {
    return readAt(this.#fd, offset, Math.min(this.#size, offset + length))
  }
  write(bytes: Uint8Array, offset: number): void {
    writeAllSync(this.#io, this.#fd, bytes, offset)
    this.#size = Math.max(this.#size, offset + bytes.length)
  }
  truncate(length: number): void {
    this.#io.truncate(this.#fd, length)
    this.#size = length
  }
  async sync(): Promise<void> {
    if (this.#failure !== null) throw new Error(this.#failure)
    try {
      await this.#io.fdatasync(this.#fd)
    } catch (error) {
      this.#failure = `${this.name} could not be synced (${errorText(error)}); it is trusted again after a restart`
      throw new Error(this.#failure, { cause: error })
    }
  }
  close(): void {
    this.#io.close(this.#fd)
  }
}

const PIECE_BYTES = 1 << 20

export class MemoryFile implements ByteFile {
  readonly name = 'memory'
  readonly #pieces: Buffer[] = []
  #size = 0

  get size(): number {
    return this.#size
  }
  read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, this.#size - offset)))
    this.#each(offset, bytes.length, (piece, from, to, done) => piece.copy(bytes, done, from, to))
    return bytes
  }
  write(bytes: Uint8Array, offset: number): void {
    while (this.#pieces.length * PIECE_BYTES < offset + bytes.length) this.#pieces.push(Buffer.alloc(PIECE_BYTES))
    this.#each(offset, bytes.length, (piece, from, to, done) => piece.set(bytes.subarray(done, done + to - from), from))
    this.#size = Math.max(this.#size, offset + bytes.length)
  }
  truncate(length: number): void {
    this.#pieces.length = Math.ceil(length / PIECE_BYTES)
    // What is written behind the new end later may leave a hole, and holes are zeros.
    this.#pieces.at(-1)?.fill(0, length % PIECE_BYTES || PIECE_BYTES)
    this.#size = length
  }
  sync(): Promise<void> {
    return Promise.resolve()
  }
  close(): void {
    this.truncate(0)
  }

  #each(offset: number, length: number, visit: (piece: Buffer, from: number, to: number, done: number) => void): void {
    for (let done = 0; done < length; ) {
      const from = (offset + done) % PIECE_BYTES
      const to = Math.min(PIECE_BYTES, from + length - done)
      visit(this.#pieces[Math.floor((offset + done) / PIECE_BYTES)] as Buffer, from, to, done)
      done += to - from
    }
  }
}
