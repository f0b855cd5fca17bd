/**
 * What filters and statistics need of every finished position: 64 bytes each, by position id, in chunks of 4096 so that
 * growing never copies and leaves at most one chunk of slack. The file `history.idx` holds the same bytes behind a
 * 64-byte header (little-endian, as every machine we run on).
 *
 *     0 created_at  8 closed_at  16 pnl  24 fees  32 row offset      (doubles; closed_at NaN = null)
 *     40 id of the n-th finished position (n = slot number)  44 row length   (u32)
 *     48 symbol  51 strategy  54 exchange  57 account  60 reason      (u24, codes of the name table)
 *     63 flags: 1 finished, 2 short, 4 cancelled
 *
 * The word at 40 belongs to the closing order, not to the slot's position: no sort is needed, and no second file.
 */
import { assert } from '../src/domain/assert.ts'
import type { ByteFile } from './byte-file.ts'

export const SLOT_BYTES = 64
const HEADER = Buffer.from('LOMS history 1\n'.padEnd(SLOT_BYTES - 1) + '\n')
const CHUNK_SLOTS = 4096
const FINISHED = 1
const SHORT = 2
const CANCELLED = 4
const ORDER_WORD = 10
const LENGTH_WORD = 11

/** Byte offsets of the coded fields. */
export const CODED = { symbol: 48, strategy: 51, exchange: 54, account: 57, reason: 60 } as const
export type CodedField = keyof typeof CODED

/** One chunk; slot `k` of it begins at double 8k, word 16k, byte 64k. */
export type Chunk = { readonly doubles: Float64Array; readonly words: Uint32Array; readonly bytes: Uint8Array; dirtyFrom: number; dirtyTo: number }

export type SlotValues = {
  readonly createdAt: number
  readonly closedAt: number
  readonly pnl: number
  readonly fees: number
  readonly rowOffset: number
  readonly rowLength: number
  readonly codes: Readonly<Record<CodedField, number>>
  readonly short: boolean
  readonly cancelled: boolean
}

export class HistoryColumns {
  readonly #chunks: Chunk[] = []
  #finished = 0
  #maxId = 0
  #checksum = 0

  get finished(): number {
    return this.#finished
  }
  /** The highest id of a finished position. */
  get maxId(): number {
    return this.#maxId
  }
  /** Changes with every field of every finished position. */
  get checksum(): number {
    return this.#checksum
  }

  has(id: number): boolean {
    const chunk = this.#chunks[Math.floor((id - 1) / CHUNK_SLOTS)]
    return chunk !== undefined && isFinished(chunk, (id - 1) % CHUNK_SLOTS)
  }

  add(id: number, values: SlotValues): void {
    assert(Number.isSafeInteger(id) && id >= 1 && id < 2 ** 32, `position id ${id} fits the history`)
    const { chunk, slot } = this.#touch(id - 1)
    assert(!isFinished(chunk, slot), `position ${id} finishes once`)
    chunk.doubles.set([values.createdAt, values.closedAt, values.pnl, values.fees, values.rowOffset], slot * 8)
    chunk.words[slot * 16 + LENGTH_WORD] = values.rowLength
    for (const [field, at] of Object.entries(CODED) as [CodedField, number][]) setCode(chunk.bytes, slot * SLOT_BYTES + at, values.codes[field])
    chunk.bytes[slot * SLOT_BYTES + 63] = FINISHED | (values.short ? SHORT : 0) | (values.cancelled ? CANCELLED : 0)
    const order = this.#touch(this.#finished)
    order.chunk.words[order.slot * 16 + ORDER_WORD] = id
    this.#finished += 1
    this.#maxId = Math.max(this.#maxId, id)
    this.#checksum = mixed(this.#checksum, chunk, slot, id)
  }

  /** Calls back for the finished positions in the order in which they finished. */
  inClosingOrder(visit: (chunk: Chunk, slot: number) => void): void {
    for (let n = 0; n < this.#finished; n++) {
      const at = this.nthFinished(n) - 1
      visit(this.#chunks[Math.floor(at / CHUNK_SLOTS)] as Chunk, at % CHUNK_SLOTS)
    }
  }

  /** Id of the n-th finished position, from 0. */
  nthFinished(n: number): number {
    return (this.#chunks[Math.floor(n / CHUNK_SLOTS)] as Chunk).words[(n % CHUNK_SLOTS) * 16 + ORDER_WORD] as number
  }

  /** Visits finished positions by id, upwards from `after` + 1 or downwards from the end, until the visitor returns false. */
  byId(direction: 'up' | 'down', after: number, visit: (id: number, chunk: Chunk, slot: number) => boolean): void {
    const step = direction === 'up' ? 1 : -1
    for (let id = direction === 'up' ? Math.max(0, after) + 1 : this.#maxId; id >= 1 && id <= this.#maxId; id += step) {
      const slot = (id - 1) % CHUNK_SLOTS
      const chunk = this.#chunks[(id - 1 - slot) / CHUNK_SLOTS] as Chunk
      if (isFinished(chunk, slot) && !visit(id, chunk, slot)) return
    }
  }

  /** Offset and length of a finished position's row. */
  row(id: number): { readonly offset: number; readonly length: number } {
    const chunk = this.#chunks[Math.floor((id - 1) / CHUNK_SLOTS)] as Chunk
    const slot = (id - 1) % CHUNK_SLOTS
    return { offset: chunk.doubles[slot * 8 + 4] as number, length: chunk.words[slot * 16 + LENGTH_WORD] as number }
  }

  /** Writes the slots that changed; throws the system's error and can be repeated. */
  flush(file: ByteFile): void {
    if (file.size === 0) file.write(HEADER, 0)
    for (const [number, chunk] of this.#chunks.entries()) {
      if (chunk.dirtyFrom >= chunk.dirtyTo) continue
      const at = number * CHUNK_SLOTS + chunk.dirtyFrom
      // A slot that the file has not reached yet is written with the ones before it.
      file.write(chunk.bytes.subarray(chunk.dirtyFrom * SLOT_BYTES, chunk.dirtyTo * SLOT_BYTES), HEADER.length + at * SLOT_BYTES)
      chunk.dirtyFrom = CHUNK_SLOTS
      chunk.dirtyTo = 0
    }
  }

  /**
   * Loads the first `finished` positions out of a file; everything that finished later is cleared. Returns what does not
   * fit together, or null.
   */
  load(file: ByteFile, finished: number, maxId: number, rowBytes: number): string | null {
    if (finished === 0) return null
    if (!file.read(0, HEADER.length).equals(HEADER)) return 'it does not begin like a history index'
    if (file.size < HEADER.length + maxId * SLOT_BYTES) return `it is shorter than ${maxId} positions`
    for (let first = 0; first < maxId; first += CHUNK_SLOTS) {
      const slots = Math.min(CHUNK_SLOTS, maxId - first)
      const chunk = this.#touch(first).chunk
      chunk.bytes.set(file.read(HEADER.length + first * SLOT_BYTES, slots * SLOT_BYTES))
      chunk.dirtyFrom = CHUNK_SLOTS
      chunk.dirtyTo = 0
    }
    this.#maxId = maxId
    return this.#keepFirst(finished, rowBytes)
  }

  #keepFirst(finished: number, rowBytes: number): string | null {
    const kept = new Uint8Array(this.#maxId)
    for (let n = 0; n < finished; n++) {
      const id = n < this.#maxId ? this.nthFinished(n) : 0
      if (id < 1 || id > this.#maxId || kept[id - 1] === 1 || !this.has(id)) return `finished position number ${n + 1} is not there`
      const { offset, length } = this.row(id)
      if (!(offset + length <= rowBytes)) return `the row of position ${id} lies behind the end`
      kept[id - 1] = 1
      const slot = (id - 1) % CHUNK_SLOTS
      this.#checksum = mixed(this.#checksum, this.#chunks[(id - 1 - slot) / CHUNK_SLOTS] as Chunk, slot, id)
    }
    for (let at = 0; at < this.#maxId; at++) {
      if (kept[at] === 1) continue
      const chunk = this.#chunks[Math.floor(at / CHUNK_SLOTS)] as Chunk
      const order = chunk.words[(at % CHUNK_SLOTS) * 16 + ORDER_WORD] as number
      chunk.bytes.fill(0, (at % CHUNK_SLOTS) * SLOT_BYTES, (at % CHUNK_SLOTS) * SLOT_BYTES + SLOT_BYTES)
      chunk.words[(at % CHUNK_SLOTS) * 16 + ORDER_WORD] = order
    }
    this.#finished = finished
    return null
  }

  #touch(at: number): { readonly chunk: Chunk; readonly slot: number } {
    while (this.#chunks.length * CHUNK_SLOTS <= at) this.#chunks.push(emptyChunk())
    const chunk = this.#chunks[Math.floor(at / CHUNK_SLOTS)] as Chunk
    const slot = at % CHUNK_SLOTS
    chunk.dirtyFrom = Math.min(chunk.dirtyFrom, slot)
    chunk.dirtyTo = Math.max(chunk.dirtyTo, slot + 1)
    return { chunk, slot }
  }
}

function emptyChunk(): Chunk {
  const buffer = new ArrayBuffer(CHUNK_SLOTS * SLOT_BYTES)
  return { doubles: new Float64Array(buffer), words: new Uint32Array(buffer), bytes: new Uint8Array(buffer), dirtyFrom: CHUNK_SLOTS, dirtyTo: 0 }
}

export const isFinished = (chunk: Chunk, slot: number): boolean => (chunk.bytes[slot * SLOT_BYTES + 63] as number) !== 0
export const isCancelled = (chunk: Chunk, slot: number): boolean => ((chunk.bytes[slot * SLOT_BYTES + 63] as number) & CANCELLED) !== 0
export const createdAt = (chunk: Chunk, slot: number): number => chunk.doubles[slot * 8] as number
export const closedAt = (chunk: Chunk, slot: number): number => chunk.doubles[slot * 8 + 1] as number
export const pnl = (chunk: Chunk, slot: number): number => chunk.doubles[slot * 8 + 2] as number

/** The code of a field of a slot; `field` is its byte offset (`CODED`). */
export function codeAt(chunk: Chunk, slot: number, field: number): number {
  const at = slot * SLOT_BYTES + field
  const { bytes } = chunk
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16)
}

function setCode(bytes: Uint8Array, at: number, code: number): void {
  assert(code < 2 ** 24, 'the name table has room for another name')
  bytes[at] = code & 255
  bytes[at + 1] = (code >> 8) & 255
  bytes[at + 2] = code >> 16
}

/** The checksum with one slot added (FNV-1a over its words, the closing order left out); order matters. */
function mixed(checksum: number, chunk: Chunk, slot: number, id: number): number {
  let hash = (checksum ^ id) >>> 0
  for (let word = 0; word < 16; word++) {
    if (word !== ORDER_WORD) hash = Math.imul(hash ^ (chunk.words[slot * 16 + word] as number), 0x01000193) >>> 0
  }
  return hash
}
