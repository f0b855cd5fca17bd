/**
 * The file port of the store, watched: every operation is logged, one of them may fail or be the last one of the
 * process, and a sync that failed once must never be tried again on the same descriptor.
 */
import fs from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { nodeIo, type FileIo } from '../../state/io.ts'
import type { DiskOperation } from './operations.ts'

export const FAULTS = ['EIO', 'ENOSPC', 'short', 'crash-before', 'crash-after'] as const
/** `short`: half of the bytes are written; where nothing is written, EIO. `crash-…`: nothing after it happens any more. */
export type Fault = (typeof FAULTS)[number]
export const CALLS = ['open', 'write', 'fdatasync', 'truncate', 'rename', 'remove', 'fsync-directory'] as const
export type Call = (typeof CALLS)[number]
/** Call number `at` (from 1) of its kind meets the fault. */
export type Injection = { readonly call: Call; readonly at: number; readonly fault: Fault }

const failure = (code: string): Error => Object.assign(new Error(`${code}: injected`), { code })
const CRASHED = 'the process is gone'

export class WatchedIo implements FileIo {
  readonly operations: DiskOperation[] = []
  /** What must never happen, whatever fails. */
  readonly violations: string[] = []
  /** Whether the injected fault was met. */
  met = false
  crashed = false
  readonly #directory: string
  readonly #injection: Injection | null
  readonly #counts = new Map<Call, number>()
  /** The files that were there at the beginning. */
  readonly initialInodes: ReadonlyMap<string, number>
  readonly #inodes = new Map<string, number>()
  readonly #directories = new Set<string>([''])
  readonly #open = new Map<number, { readonly inode: number; syncFailed: boolean }>()
  #nextInode = 1

  /** Watches a directory that exists. */
  constructor(directory: string, injection: Injection | null = null) {
    this.#directory = directory
    this.#injection = injection
    for (const entry of fs.readdirSync(directory, { recursive: true, withFileTypes: true })) {
      const path = relative(directory, join(entry.parentPath, entry.name))
      if (entry.isDirectory()) this.#directories.add(path)
      else this.#inodeOf(path)
    }
    this.initialInodes = new Map(this.#inodes)
  }

  open(path: string, flags: 'r+' | 'w+' | 'a+'): number {
    return this.#meet('open', () => {
      const existed = fs.existsSync(path)
      const fd = nodeIo.open(path, flags)
      const name = this.#name(path)
      this.#noticeParents(name)
      const inode = this.#inodeOf(name)
      if (!existed) this.#log({ kind: 'create', path: name, inode })
      else if (flags === 'w+') this.#log({ kind: 'truncate', inode, length: 0 })
      this.#open.set(fd, { inode, syncFailed: false })
      return fd
    })
  }

  close(fd: number): void {
    this.#open.delete(fd)
    nodeIo.close(fd)
  }

  writeSync(fd: number, bytes: Uint8Array, position: number | null): number {
    const half = bytes.subarray(0, bytes.length >> 1)
    // Part of it may have reached the file before the error.
    const part = (): number => this.#written(fd, half, position)
    return this.#meet('write', () => this.#written(fd, bytes, position), part)
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async write(fd: number, bytes: Uint8Array, position: number): Promise<number> {
    return this.writeSync(fd, bytes, position)
  }

  fdatasyncSync(fd: number): void {
    const open = this.#open.get(fd)
    if (open?.syncFailed) this.violations.push('a failed fdatasync was tried again on the same descriptor')
    try {
      this.#meet('fdatasync', () => open && this.#log({ kind: 'sync', inode: open.inode }))
    } catch (error) {
      if (open) open.syncFailed = true
      throw error
    }
  }

  async fdatasync(fd: number): Promise<void> {
    // The process goes on with other work before the disk answers.
    await new Promise((resolve) => setImmediate(resolve))
    this.fdatasyncSync(fd)
  }

  truncate(fd: number, length: number): void {
    this.#meet('truncate', () => {
      nodeIo.truncate(fd, length)
      const open = this.#open.get(fd)
      if (open) this.#log({ kind: 'truncate', inode: open.inode, length })
    })
  }

  rename(from: string, to: string): void {
    this.#meet('rename', () => {
      nodeIo.rename(from, to)
      const [old, name] = [this.#name(from), this.#name(to)]
      const inode = this.#inodeOf(old)
      this.#inodes.set(name, inode)
      this.#inodes.delete(old)
      this.#log({ kind: 'rename', from: old, to: name, inode })
    })
  }

  remove(path: string): void {
    this.#meet('remove', () => {
      if (!fs.existsSync(path)) return
      nodeIo.remove(path)
      this.#inodes.delete(this.#name(path))
      this.#log({ kind: 'remove', path: this.#name(path) })
    })
  }

  fsyncDirectorySync(path: string): void {
    // Directories are made without the port; they are seen here, before they are synced.
    if (!this.crashed) this.#noticeDirectories(path)
    this.#meet('fsync-directory', () => this.#log({ kind: 'sync-directory', path: this.#name(path) }))
  }

  async fsyncDirectory(path: string): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.fsyncDirectorySync(path)
  }

  /** Remembers what was told to the outside at this moment. */
  acknowledged(seq: number, epoch: number): void {
    if (!this.crashed) this.#log({ kind: 'acknowledged', seq, epoch })
  }

  /** Closes what is still open, as the kernel does for a dead process. */
  release(): void {
    for (const fd of [...this.#open.keys()]) this.close(fd)
  }

  /** How often a kind of call was made. */
  count(call: Call): number {
    return this.#counts.get(call) ?? 0
  }

  #meet<T>(call: Call, act: () => T, partly?: () => T): T {
    if (this.crashed) throw failure(CRASHED)
    const count = this.count(call) + 1
    this.#counts.set(call, count)
    if (this.#injection?.call !== call || this.#injection.at !== count) return act()
    this.met = true
    const { fault } = this.#injection
    if (fault === 'crash-before' || fault === 'crash-after') {
      if (fault === 'crash-after') act()
      this.crashed = true
      throw failure(CRASHED)
    }
    const done = partly?.()
    if (fault === 'short' && done !== undefined) return done
    throw failure(fault === 'short' ? 'EIO' : fault)
  }

  #written(fd: number, bytes: Uint8Array, position: number | null): number {
    const offset = position ?? fs.fstatSync(fd).size
    const written = nodeIo.writeSync(fd, bytes, position)
    const open = this.#open.get(fd)
    if (open) this.#log({ kind: 'write', inode: open.inode, offset, bytes: Buffer.from(bytes.subarray(0, written)) })
    return written
  }

  #noticeDirectories(path: string): void {
    for (const entry of fs.readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) this.#notice(this.#name(join(path, entry.name)))
  }

  #noticeParents(name: string): void {
    const parent = parentOf(name)
    if (parent === '') return
    this.#noticeParents(parent)
    this.#notice(parent)
  }

  #notice(directory: string): void {
    if (this.#directories.has(directory)) return
    this.#directories.add(directory)
    this.#log({ kind: 'mkdir', path: directory })
  }

  #name(path: string): string {
    return relative(this.#directory, path)
  }

  #inodeOf(name: string): number {
    const known = this.#inodes.get(name)
    if (known !== undefined) return known
    const inode = this.#nextInode++
    this.#inodes.set(name, inode)
    return inode
  }

  #log(operation: DiskOperation): void {
    this.operations.push(operation)
  }
}

/** The directory that a name stands in; `''` for the watched one. */
export const parentOf = (name: string): string => (dirname(name) === '.' ? '' : dirname(name))
