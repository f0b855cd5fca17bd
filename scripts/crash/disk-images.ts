/**
 * Every state in which a power loss may leave a disk, under a weak model: what was not synced is lost, there, or torn at
 * sectors of 512 bytes, in any order; a file's length and its data are independent; names that were created, renamed or
 * removed may be so or not until their directory was synced. Only a sync makes anything certain.
 */
import { createHash } from 'node:crypto'
import type { DiskOperation, DiskState } from './operations.ts'
import { parentOf } from './watched-io.ts'

const SECTOR = 512
type NameChange = Extract<DiskOperation, { readonly kind: 'create' | 'mkdir' | 'rename' | 'remove' }>
/** Contents a file has had since its last sync, the synced one first. */
type Inode = { versions: Buffer[] }

/** A choice among `count` possibilities: each of them by number, or one by chance (where there are too many to count). */
type Choice<T> = { readonly count: number; readonly at: (number: number) => T; readonly pick: (random: () => number) => T }
export type Images = Choice<DiskState>

export class Disk {
  readonly #inodes = new Map<number, Inode>()
  /** Durable names: a file's inode, or a directory. */
  readonly #names = new Map<string, number | 'directory'>()
  /** What is not durable yet, by directory. */
  readonly #changes = new Map<string, NameChange[]>()

  constructor(state: DiskState, inodes: ReadonlyMap<string, number>) {
    for (const directory of state.directories) this.#names.set(directory, 'directory')
    for (const [path, bytes] of state.files) {
      const inode = inodes.get(path)
      if (inode === undefined) throw new Error(`${path} has no inode`)
      this.#names.set(path, inode)
      this.#inodes.set(inode, { versions: [bytes] })
    }
  }

  apply(operation: DiskOperation): void {
    switch (operation.kind) {
      case 'create':
        this.#inodes.set(operation.inode, { versions: [Buffer.alloc(0)] })
        return this.#change(operation.path, operation)
      case 'mkdir':
      case 'remove':
        return this.#change(operation.path, operation)
      case 'rename':
        return this.#change(operation.to, operation)
      case 'write':
        return this.#alter(operation.inode, (bytes) => {
          const longer = Buffer.alloc(Math.max(bytes.length, operation.offset + operation.bytes.length))
          bytes.copy(longer)
          operation.bytes.copy(longer, operation.offset)
          return longer
        })
      case 'truncate':
        return this.#alter(operation.inode, (bytes) => Buffer.concat([bytes.subarray(0, operation.length), Buffer.alloc(Math.max(0, operation.length - bytes.length))]))
      case 'sync': {
        const inode = this.#inodes.get(operation.inode)
        if (inode) inode.versions = inode.versions.slice(-1)
        return
      }
      case 'sync-directory':
        for (const change of this.#changes.get(operation.path) ?? []) apply(this.#names, change)
        this.#changes.delete(operation.path)
        return
      case 'acknowledged':
        return
    }
  }

  #change(path: string, change: NameChange): void {
    const parent = parentOf(path)
    this.#changes.set(parent, [...(this.#changes.get(parent) ?? []), change])
  }

  #alter(number: number, change: (bytes: Buffer) => Buffer): void {
    const inode = this.#inodes.get(number)
    if (!inode) throw new Error(`inode ${number} is not known`)
    inode.versions.push(change(inode.versions.at(-1) as Buffer))
  }

  /** What a power loss at this moment may leave. */
  images(): Images {
    const changes = [...this.#changes.values()].flat()
    const files = [...this.#inodes].map(([number, { versions }]) => [number, contents(versions)] as const)
    const several = files.filter(([, choice]) => choice.count > 1)
    const build = (happened: (index: number) => boolean, bytesOf: (inode: number, choice: Choice<Buffer>) => Buffer): DiskState => {
      const names = new Map(this.#names)
      for (const [index, change] of changes.entries()) if (happened(index)) apply(names, change)
      return reachable(names, (inode) => bytesOf(inode, (files.find(([number]) => number === inode) as (typeof files)[number])[1]))
    }
    const subsets = 2 ** changes.length
    return {
      count: several.reduce((product, [, { count }]) => product * count, subsets),
      at: (number) => {
        const subset = number % subsets
        let rest = Math.floor(number / subsets)
        const which = new Map<number, number>()
        for (const [inode, { count }] of several) {
          which.set(inode, rest % count)
          rest = Math.floor(rest / count)
        }
        return build((index) => Math.floor(subset / 2 ** index) % 2 === 1, (inode, choice) => choice.at(which.get(inode) ?? 0))
      },
      pick: (random) => {
        const draws = changes.map(() => random() < 0.5)
        return build((index) => draws[index] === true, (_, choice) => choice.pick(random))
      },
    }
  }
}

function apply(names: Map<string, number | 'directory'>, change: NameChange): void {
  switch (change.kind) {
    case 'create':
      return void names.set(change.path, change.inode)
    case 'mkdir':
      return void names.set(change.path, 'directory')
    case 'remove':
      return void names.delete(change.path)
    case 'rename': {
      names.delete(change.from)
      names.set(change.to, change.inode)
    }
  }
}

/** Names whose whole path exists. */
function reachable(names: ReadonlyMap<string, number | 'directory'>, bytes: (inode: number) => Buffer): DiskState {
  const stands = (path: string): boolean => path === '' || (names.get(parentOf(path)) === 'directory' && stands(parentOf(path)))
  const files = new Map<string, Buffer>()
  const directories = new Set<string>([''])
  for (const [path, entry] of names) {
    if (!stands(path)) continue
    if (entry === 'directory') directories.add(path)
    else files.set(path, bytes(entry))
  }
  return { files, directories }
}

/** What a file may hold that had these contents since its last sync: each length, each sector by itself. */
function contents(versions: readonly Buffer[]): Choice<Buffer> {
  const lengths = [...new Set(versions.map(({ length }) => length))]
  const choices = lengths.map((length) => ofLength(versions, length))
  const count = choices.reduce((sum, choice) => sum + choice.count, 0)
  return {
    count,
    at: (number) => {
      let rest = number
      for (const choice of choices) {
        if (rest < choice.count) return choice.at(rest)
        rest -= choice.count
      }
      throw new Error(`there is no content number ${number}`)
    },
    pick: (random) => (choices[Math.floor(random() * choices.length)] as Choice<Buffer>).pick(random),
  }
}

function ofLength(versions: readonly Buffer[], length: number): Choice<Buffer> {
  const sectors = Array.from({ length: Math.ceil(length / SECTOR) }, (_, sector) => {
    const from = sector * SECTOR
    const to = Math.min(length, from + SECTOR)
    const distinct = new Map<string, Buffer>()
    for (const version of versions) {
      // What was never written reads as zeros.
      const piece = Buffer.alloc(to - from)
      if (version.length > from) version.copy(piece, 0, from, to)
      distinct.set(piece.toString('latin1'), piece)
    }
    return [...distinct.values()]
  })
  return {
    count: sectors.reduce((product, { length: choices }) => product * choices, 1),
    at: (number) => {
      let rest = number
      return Buffer.concat(sectors.map((choices) => {
        const piece = choices[rest % choices.length] as Buffer
        rest = Math.floor(rest / choices.length)
        return piece
      }))
    },
    pick: (random) => Buffer.concat(sectors.map((choices) => choices[Math.floor(random() * choices.length)] as Buffer)),
  }
}

/** Equal for equal disks. */
export function fingerprint({ files, directories }: DiskState): string {
  const hash = createHash('sha1')
  for (const path of [...directories].sort()) hash.update(`${path}/\n`)
  for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${path} ${bytes.length}\n`).update(bytes)
  return hash.digest('base64')
}
