/**
 * The checkpoint: the folded state as of a seq, in two generations (`checkpoint.json`, `checkpoint.previous.json`).
 * lowdb keeps it; the adapter is ours, because lowdb's own renames without syncing, and a power loss then leaves an
 * empty file. A checkpoint is derived: an unusable one costs time, never data.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { Low, LowSync, type Adapter, type SyncAdapter } from 'lowdb'
import { assert } from '../src/domain/assert.ts'
import { protectedLine, protectedMembers } from './codec.ts'
import { errorText, placeFile, type FileIo } from './io.ts'
import type { Checkpoint } from './store.ts'

export const CHECKPOINT_FILES = ['checkpoint.json', 'checkpoint.previous.json'] as const

export type LoadedCheckpoints = {
  /** Newest first; at most two. */
  readonly usable: readonly Checkpoint[]
  /** One line for each generation that cannot be used. */
  readonly remarks: readonly string[]
  /** Whether `checkpoint.json` itself is good: an unusable one must not push the previous generation out. */
  readonly currentUsable: boolean
}

/** Reads the generations, newest first, until `enough` of them can be used. Changes nothing. */
export function loadCheckpoints(directory: string, enough: number = CHECKPOINT_FILES.length): LoadedCheckpoints {
  const usable: Checkpoint[] = []
  const remarks: string[] = []
  let currentUsable = false
  for (const name of CHECKPOINT_FILES) {
    if (usable.length === enough) break
    const path = join(directory, name)
    const low = new LowSync<Checkpoint | null>(new CheckpointReader(path), null)
    try {
      low.read()
    } catch (error) {
      remarks.push(`${path} is not used: ${errorText(error)}`)
    }
    if (!low.data) continue
    usable.push(low.data)
    if (name === CHECKPOINT_FILES[0]) currentUsable = true
  }
  return { usable: usable.sort((a, b) => b.seq - a.seq), remarks, currentUsable }
}

/** Writes checkpoints; `directory` must exist. One at a time. */
export class CheckpointWriter {
  readonly #low: Low<Checkpoint | null>
  constructor(io: FileIo, directory: string, currentUsable: boolean) {
    this.#low = new Low<Checkpoint | null>(new DurableAdapter(io, directory, currentUsable), null)
  }

  /** Resolves when the checkpoint survives a power loss; rejects with the system's error, the old one then still stands. */
  async write(checkpoint: Checkpoint): Promise<void> {
    this.#low.data = checkpoint
    try {
      await this.#low.write()
    } finally {
      // The state belongs to the core; a copy kept here would double the memory.
      this.#low.data = null
    }
  }
}

class CheckpointReader implements SyncAdapter<Checkpoint | null> {
  readonly #path: string
  constructor(path: string) {
    this.#path = path
  }

  /** Null if there is no such file; throws what is wrong with one that cannot be used. */
  read(): Checkpoint | null {
    if (!fs.existsSync(this.#path)) return null
    const bytes = fs.readFileSync(this.#path)
    const members = protectedMembers(bytes.subarray(0, Math.max(0, bytes.length - 1)))
    if (members === undefined || bytes.at(-1) !== 0x0a) throw new Error('its checksum is wrong')
    const value = JSON.parse(`{${members}`) as Checkpoint
    if (value.formatVersion !== 1) throw new Error(`format ${String(value.formatVersion)} is not known to this version`)
    return value
  }

  write(): void {
    throw new Error('Checkpoints are written by CheckpointWriter')
  }
}

/** tmp → write → fdatasync → rename → fsync of the directory; the last generation steps aside. */
class DurableAdapter implements Adapter<Checkpoint | null> {
  readonly #io: FileIo
  readonly #directory: string
  #currentUsable: boolean
  constructor(io: FileIo, directory: string, currentUsable: boolean) {
    this.#io = io
    this.#directory = directory
    this.#currentUsable = currentUsable
  }

  read(): Promise<Checkpoint | null> {
    throw new Error('Checkpoints are read by loadCheckpoints')
  }

  async write(checkpoint: Checkpoint | null): Promise<void> {
    assert(checkpoint, 'there is a checkpoint to write')
    const [current, previous] = CHECKPOINT_FILES.map((name) => join(this.#directory, name)) as [string, string]
    const line = Buffer.from(protectedLine(JSON.stringify(checkpoint).slice(1)))
    await placeFile(this.#io, current, line, () => {
      if (this.#currentUsable && fs.existsSync(current)) this.#io.rename(current, previous)
    })
    this.#currentUsable = true
  }
}
