/**
 * Every bit of a journal, flipped one at a time: a start refuses and names the line, or, where only the very last write is
 * hit, recovers exactly what stood before it.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '../../src/prices/random.ts'
import { nodeIo } from '../../state/io.ts'
import { surveyJournal } from '../../state/journal-survey.ts'
import { FileStore } from '../../state/file-store.ts'
import { lockBySocket } from '../../state/lock.ts'
import type { JournalRecord } from '../../state/record.ts'
import { EngineLife } from './engine-life.ts'
import { temporaryPlace } from './places.ts'
import { live } from './workload.ts'

export type FlipOptions = {
  /** The journal is at least this long. */
  readonly bytes: number
  /** First bit, and the distance to the next one. */
  readonly from?: number
  readonly every?: number
  readonly seed: number
  /** Called once in a thousand bits, with the next one and this run's counts. */
  readonly onProgress?: (so: Omit<FlipResult, 'bytes'> & { readonly next: number; readonly of: number }) => void
}
export type FlipResult = { readonly bytes: number; readonly bits: number; readonly refused: number; readonly cut: number; readonly opened: number; readonly violations: readonly string[] }

/** A line, or the lines of one batch: what one write put there. */
type Unit = { readonly from: number; readonly to: number; readonly durableBefore: number }

const WHOLE_OPENING_EVERY = 4096

export async function flipBits(options: FlipOptions): Promise<FlipResult> {
  const place = temporaryPlace()
  try {
    const { file, records } = await journalOf(place.path, options)
    return await new Flips(place.path, file, records, options).run()
  } finally {
    place.remove()
  }
}

/** One segment with the records and the seals of several lives, ending in a batch. */
async function journalOf(directory: string, { bytes, seed }: FlipOptions): Promise<{ file: string; records: readonly JournalRecord[] }> {
  const random = seededRandom(seed)
  const file = join(directory, 'journal/000000000001.jsonl')
  for (let number = 0; ; number += 1) {
    const started = await EngineLife.open(directory, nodeIo, bytes * 4)
    if (!started.ok) throw new Error(started.message)
    const { life } = started
    await live(life, random, 3, number * 100)
    const records = [...life.store.read(1, life.engine.sequencer.durableSeq)]
    await life.end()
    // Everything is folded from the journal; what stands beside it is another test's affair.
    for (const name of fs.readdirSync(directory)) if (name !== 'journal') fs.rmSync(join(directory, name))
    if (fs.statSync(file).size >= bytes) return { file, records }
  }
}

class Flips {
  readonly #directory: string
  readonly #file: string
  readonly #records: readonly JournalRecord[]
  readonly #options: FlipOptions
  readonly #bytes: Buffer
  readonly #units: readonly Unit[]
  readonly #violations: string[] = []
  #refused = 0
  #cut = 0
  #opened = 0
  #bits = 0

  constructor(directory: string, file: string, records: readonly JournalRecord[], options: FlipOptions) {
    this.#directory = directory
    this.#file = file
    this.#records = records
    this.#options = options
    this.#bytes = fs.readFileSync(file)
    this.#units = unitsOf(this.#bytes)
  }

  async run(): Promise<FlipResult> {
    const { from = 0, every = 1, onProgress } = this.#options
    const all = this.#bytes.length * 8
    const fd = fs.openSync(this.#file, 'r+')
    for (let bit = from; bit < all && this.#violations.length < 10; bit += every) {
      const at = bit >> 3
      fs.writeSync(fd, Buffer.from([(this.#bytes[at] as number) ^ (1 << (bit & 7))]), 0, 1, at)
      this.#judge(at, `bit ${bit}`)
      this.#bits += 1
      if (this.#bits % WHOLE_OPENING_EVERY === 0) await this.#open(at, `bit ${bit}`)
      fs.writeSync(fd, this.#bytes, at, 1, at)
      if (this.#bits % 1000 === 0) onProgress?.({ next: bit + every, of: all, ...this.#counts })
    }
    fs.closeSync(fd)
    return { bytes: this.#bytes.length, ...this.#counts }
  }

  get #counts(): Omit<FlipResult, 'bytes'> {
    return { bits: this.#bits, refused: this.#refused, cut: this.#cut, opened: this.#opened, violations: this.#violations }
  }

  #judge(at: number, what: string): void {
    const { unit, isLast } = this.#unitAt(at)
    const surveyed = surveyJournal(join(this.#directory, 'journal'), 0)
    if (!surveyed.ok) {
      this.#refused += 1
      const place = /byte (\d+), record (\d+)/.exec(surveyed.message)
      const named = surveyed.message.includes(this.#file) && Number(place?.[1]) >= unit.from && Number(place?.[1]) <= at
      if (isLast || surveyed.code !== 'damaged' || !named) this.#violations.push(`${what} at byte ${at} (write at ${unit.from}): ${surveyed.code}: ${surveyed.message}`)
      return
    }
    this.#cut += 1
    const { durableSeq, torn } = surveyed.survey
    if (!isLast || torn?.offset !== unit.from || durableSeq !== unit.durableBefore) this.#violations.push(`${what} at byte ${at} (write at ${unit.from}) was not noticed: the journal ends at record ${durableSeq}`)
  }

  /** The whole start, on a copy: it changes nothing where it refuses, and reads back what is durable where it does not. */
  async #open(at: number, what: string): Promise<void> {
    const place = temporaryPlace()
    try {
      fs.cpSync(this.#directory, place.path, { recursive: true })
      const store = new FileStore({ directory: place.path, lock: lockBySocket })
      const opening = store.open()
      this.#opened += 1
      if (!opening.ok) {
        const image = fs.readFileSync(this.#file)
        if (!fs.readFileSync(join(place.path, 'journal/000000000001.jsonl')).equals(image)) this.#violations.push(`${what}: a refused start changed the journal`)
        return
      }
      const found = [...store.read(1, opening.recovered.durableSeq)]
      const wanted = this.#records.slice(0, this.#unitAt(at).unit.durableBefore)
      if (JSON.stringify(found) !== JSON.stringify(wanted)) this.#violations.push(`${what}: ${found.length} records were recovered, not the ${wanted.length} before the last write`)
      await store.close()
    } finally {
      place.remove()
    }
  }

  #unitAt(at: number): { readonly unit: Unit; readonly isLast: boolean } {
    const unit = this.#units.findLast(({ from }) => from <= at) as Unit
    return { unit, isLast: unit === this.#units.at(-1) }
  }
}

function unitsOf(bytes: Buffer): readonly Unit[] {
  const units: { from: number; to: number; durableBefore: number }[] = []
  let durable = 0
  let inBatch = 0
  for (let from = 0; from < bytes.length; ) {
    const to = bytes.indexOf('\n', from) + 1
    const part = /^\{"crc":"[0-9a-f]{8}","part":\[(\d+),(\d+)\]/.exec(bytes.toString('utf8', from, Math.min(to, from + 60)))
    if (part?.[1] === undefined || part[1] === '1') units.push({ from, to, durableBefore: durable })
    else (units.at(-1) as { to: number }).to = to
    inBatch = part ? inBatch + 1 : 0
    if (part && part[1] === part[2]) {
      durable += inBatch
      inBatch = 0
    }
    from = to
  }
  return units
}
