/**
 * Deduplication keys, for ever: the first 64 bits of each key's SHA-256 and the seq of the signal it belongs to, 16 bytes
 * per key. Two keys may share their 64 bits: `find` returns candidates, the journal's record decides.
 *
 * New keys stand in a small unsorted buffer; full buffers become sorted runs, sixteen small runs one large run. Runs are
 * never merged further: finding looks into each (16 in a million keys), and no insertion ever pauses for more than a few
 * milliseconds. The file `keys.idx` is a plain log of the keys in order of arrival, derived from the journal like the
 * history and opened at a mark in the same way.
 */
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ByteFile } from './byte-file.ts'

const KEY_BYTES = 16
const SMALL_RUN = 4096
const SMALL_RUNS = 16

/** Where the index stood at a checkpoint; JSON. */
export type KeyMark = { readonly keys: number; readonly checksum: number }
export type KeyIndexResult = { readonly ok: true; readonly index: KeyIndex } | { readonly ok: false; readonly message: string }

/** Keys as three parallel columns. */
class Run {
  readonly high: Uint32Array
  readonly low: Uint32Array
  readonly seqs: Float64Array
  constructor(size: number) {
    this.high = new Uint32Array(size)
    this.low = new Uint32Array(size)
    this.seqs = new Float64Array(size)
  }
  set(at: number, high: number, low: number, seq: number): void {
    this.high[at] = high
    this.low[at] = low
    this.seqs[at] = seq
  }
}

export class KeyIndex {
  readonly #file: ByteFile
  readonly #recent = new Run(SMALL_RUN)
  #recentCount = 0
  #small: Run[] = []
  readonly #large: Run[] = []
  #count = 0
  /** CRC-32 of the whole file. */
  #checksum = 0
  /** Keys not written yet. */
  #pending: Buffer[] = []

  private constructor(file: ByteFile) {
    this.#file = file
  }

  /** The index as of a mark; null = empty. Later keys are dropped. The message tells why the file does not hold the mark. */
  static open(file: ByteFile, mark: KeyMark | null): KeyIndexResult {
    const { keys, checksum } = mark ?? { keys: 0, checksum: 0 }
    const bytes = file.read(0, keys * KEY_BYTES)
    const refused = (why: string): KeyIndexResult => ({ ok: false, message: `The key index is rebuilt from the journal: ${file.name} ${why}` })
    if (bytes.length < keys * KEY_BYTES) return refused(`holds fewer than ${keys} keys`)
    if (crc32(bytes) !== checksum) return refused('has a wrong checksum')
    const index = new KeyIndex(file)
    index.#checksum = checksum
    for (let at = 0; at < bytes.length; at += KEY_BYTES) index.#add(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4), bytes.readDoubleLE(at + 8))
    file.truncate(keys * KEY_BYTES)
    return { ok: true, index }
  }

  get size(): number {
    return this.#count
  }

  /** Remembers that the signal `seq` had this key. A key may be added more than once. */
  add(key: string, seq: number): void {
    const { high, low } = hashOf(key)
    const bytes = Buffer.allocUnsafe(KEY_BYTES)
    bytes.writeUInt32LE(high, 0)
    bytes.writeUInt32LE(low, 4)
    bytes.writeDoubleLE(seq, 8)
    this.#pending.push(bytes)
    this.#checksum = crc32(bytes, this.#checksum)
    this.#add(high, low, seq)
    if (this.#pending.length >= SMALL_RUN) this.#tryFlush()
  }

  /** Seqs that may have this key, ascending. */
  find(key: string): number[] {
    const { high, low } = hashOf(key)
    const found: number[] = []
    for (let at = this.#recent.high.indexOf(high); at >= 0 && at < this.#recentCount; at = this.#recent.high.indexOf(high, at + 1)) {
      if (this.#recent.low[at] === low) found.push(this.#recent.seqs[at] as number)
    }
    for (const run of this.#small) search(run, high, low, found)
    for (const run of this.#large) search(run, high, low, found)
    return found.sort((a, b) => a - b)
  }

  mark(): KeyMark {
    return { keys: this.#count, checksum: this.#checksum }
  }

  /** Resolves when every mark taken so far can be opened after a power loss; rejects with the system's error. */
  async sync(): Promise<void> {
    this.#flush()
    await this.#file.sync()
  }

  close(): void {
    this.#file.close()
  }

  #add(high: number, low: number, seq: number): void {
    this.#recent.set(this.#recentCount++, high, low, seq)
    this.#count += 1
    if (this.#recentCount < SMALL_RUN) return
    this.#small.push(sorted([this.#recent]))
    this.#recentCount = 0
    this.#recent.high.fill(0)
    if (this.#small.length < SMALL_RUNS) return
    this.#large.push(sorted(this.#small))
    this.#small = []
  }

  #flush(): void {
    if (this.#pending.length === 0) return
    this.#file.write(Buffer.concat(this.#pending), (this.#count - this.#pending.length) * KEY_BYTES)
    this.#pending = []
  }

  #tryFlush(): void {
    try {
      this.#flush()
    } catch {
      // Still in memory; the next `sync` tries again and reports it.
    }
  }
}

function hashOf(key: string): { readonly high: number; readonly low: number } {
  const digest = hash('sha256', key, 'buffer')
  return { high: digest.readUInt32LE(0), low: digest.readUInt32LE(4) }
}

/** One run of the keys of several, sorted by the high word. */
function sorted(runs: readonly Run[]): Run {
  const size = runs.length * SMALL_RUN
  // Word and place in one exact double (32 + 16 bits): the native sort of numbers needs no comparison function.
  const order = new Float64Array(size)
  for (let at = 0; at < size; at++) order[at] = (runs[Math.floor(at / SMALL_RUN)]?.high[at % SMALL_RUN] as number) * 65_536 + at
  order.sort()
  const result = new Run(size)
  for (let at = 0; at < size; at++) {
    const from = (order[at] as number) % 65_536
    const run = runs[Math.floor(from / SMALL_RUN)] as Run
    const place = from % SMALL_RUN
    result.set(at, run.high[place] as number, run.low[place] as number, run.seqs[place] as number)
  }
  return result
}

/** Adds the seqs of a key in a sorted run to `found`. */
function search({ high: highs, low: lows, seqs }: Run, high: number, low: number, found: number[]): void {
  let from = 0
  let to = highs.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((highs[middle] as number) < high) from = middle + 1
    else to = middle
  }
  for (let at = from; at < highs.length && highs[at] === high; at++) if (lows[at] === low) found.push(seqs[at] as number)
}
