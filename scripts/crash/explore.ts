/**
 * A trace: lives one after the other, each on a disk image that a power loss may have left of the one before. Every legal
 * image of every moment of each life is recovered from; where there are too many, the extremes and a sample.
 */
import { seededRandom } from '../../src/prices/random.ts'
import type { FileIo } from '../../state/io.ts'
import type { JournalRecord } from '../../state/record.ts'
import { Disk, fingerprint, type Images } from './disk-images.ts'
import { EngineLife } from './engine-life.ts'
import type { Expected } from './journal-problems.ts'
import { EMPTY_DISK, type DiskState } from './operations.ts'
import { temporaryPlace, writeDisk } from './places.ts'
import { StoreLife, storeProblems } from './store-life.ts'
import { recoveryProblems } from './verdict.ts'
import { WatchedIo, type Injection } from './watched-io.ts'
import { live } from './workload.ts'

export type TraceOptions = {
  readonly seed: number
  /** `store`: small records, every image. `engine`: the whole product, larger batches. */
  readonly subject: 'store' | 'engine'
  /** A moment with more images than this is sampled. */
  readonly imagesPerMoment: number
  /** Puts something between the store and the disk: what a test breaks on purpose. */
  readonly spoil?: (io: FileIo) => FileIo
}
export type TraceResult = {
  readonly moments: number
  /** Moments with more images than were looked at. */
  readonly sampledMoments: number
  /** Different disk images that were recovered from. */
  readonly images: number
  readonly violations: readonly string[]
}

const LIVES = 3

/** What either kind of life is to the explorer. */
type Subject = {
  readonly opening: { readonly durableSeq: number; readonly epoch: number }
  readonly store: { readonly given: ReadonlyMap<number, JournalRecord>; onAcknowledged: (seq: number) => void }
  readonly run: (random: () => number, life: number) => Promise<void>
  readonly problems: (expected: Expected) => readonly string[]
  /** One more batch, as the next run would write it. */
  readonly goOn: () => Promise<void>
  readonly end: () => Promise<void>
}
type Open = (directory: string, io: FileIo) => Promise<{ readonly ok: true; readonly life: Subject } | { readonly ok: false; readonly message: string }>

const openStore: Open = (directory, io) => {
  const started = StoreLife.open(directory, io)
  if (!started.ok) return Promise.resolve(started)
  const { life } = started
  return Promise.resolve({
    ok: true,
    life: { opening: life.opening, store: life.store, run: (random) => life.run(random, 8), problems: (expected) => storeProblems(life, expected), goOn: async () => void (await life.append(2, () => 10)), end: () => life.end() },
  })
}

const openEngine: Open = async (directory, io) => {
  const started = await EngineLife.open(directory, io)
  if (!started.ok) return started
  const { life } = started
  return {
    ok: true,
    life: { opening: life.opening, store: life.store, run: (random, number) => live(life, random, 7, number * 100), problems: (expected) => recoveryProblems(directory, life, expected), goOn: () => life.start(), end: () => life.end() },
  }
}

export async function exploreTrace(options: TraceOptions): Promise<TraceResult> {
  const place = temporaryPlace()
  const image = temporaryPlace()
  try {
    return await new Trace(options, place.path, image.path).run()
  } finally {
    place.remove()
    image.remove()
  }
}

class Trace {
  readonly #options: TraceOptions
  readonly #random: () => number
  readonly #open: Open
  readonly #place: string
  readonly #image: string
  /** Where the journal of an image ended, by the image's fingerprint. */
  readonly #seen = new Map<string, { readonly durableSeq: number; readonly epoch: number }>()
  readonly #violations: string[] = []
  readonly #given = new Map<number, JournalRecord>()
  #moments = 0
  #sampledMoments = 0
  #images = 0

  constructor(options: TraceOptions, place: string, image: string) {
    this.#options = options
    this.#random = seededRandom(options.seed)
    this.#open = options.subject === 'store' ? openStore : openEngine
    this.#place = place
    this.#image = image
  }

  async run(): Promise<TraceResult> {
    let base: DiskState = EMPTY_DISK
    let before = { acknowledgedSeq: 0, epoch: 0 }
    for (let number = 0; number < LIVES && this.#violations.length === 0; number += 1) {
      const io = await this.#live(base, number)
      if (!io) break
      const left = await this.#explore(base, io, before)
      base = left.base
      before = left.expected
    }
    return { moments: this.#moments, sampledMoments: this.#sampledMoments, images: this.#images, violations: this.#violations }
  }

  /** One life on the base; its operations are in the port it returns. */
  async #live(base: DiskState, number: number): Promise<WatchedIo | null> {
    writeDisk(this.#place, base)
    const io = new WatchedIo(this.#place, this.#injection())
    const started = await this.#open(this.#place, this.#options.spoil?.(io) ?? io)
    if (!started.ok) {
      if (!io.met) this.#violate(`the start is refused: ${started.message}`)
      io.release()
      return io.met ? io : null
    }
    const { life } = started
    const { durableSeq, epoch } = life.opening
    for (const seq of [...this.#given.keys()]) if (seq > durableSeq) this.#given.delete(seq)
    io.acknowledged(durableSeq, epoch)
    life.store.onAcknowledged = (seq) => io.acknowledged(seq, epoch)
    await life.run(this.#random, number)
    for (const [seq, record] of life.store.given) this.#given.set(seq, record)
    await life.end()
    for (const violation of io.violations) this.#violate(violation)
    return io
  }

  /** Some lives meet a disk without room, once. */
  #injection(): Injection | null {
    const draw = this.#random()
    if (draw > 0.4) return null
    return { call: 'write', at: 2 + Math.floor(this.#random() * 10), fault: draw < 0.2 ? 'ENOSPC' : 'short' }
  }

  /** Recovers from every image of every moment; returns one of them, on which the next life begins. */
  async #explore(base: DiskState, io: WatchedIo, before: { readonly acknowledgedSeq: number; readonly epoch: number }): Promise<{ base: DiskState; expected: { acknowledgedSeq: number; epoch: number } }> {
    const disk = new Disk(base, io.initialInodes)
    let expected = { ...before }
    const nextBase = Math.floor(this.#random() * io.operations.length)
    let left: { base: DiskState; expected: { acknowledgedSeq: number; epoch: number } } | null = null
    for (const [index, operation] of io.operations.entries()) {
      if (operation.kind === 'acknowledged') expected = { acknowledgedSeq: operation.seq, epoch: operation.epoch }
      // Until the next sync the possibilities only grow: the moment before it has those of all moments since the last one.
      if (operation.kind === 'sync' || operation.kind === 'sync-directory') await this.#look(disk.images(), expected)
      if (index === nextBase) left = { base: disk.images().pick(this.#random), expected }
      disk.apply(operation)
    }
    const images = disk.images()
    await this.#look(images, expected)
    return left ?? { base: images.pick(this.#random), expected }
  }

  async #look(images: Images, expected: { readonly acknowledgedSeq: number; readonly epoch: number }): Promise<void> {
    const { imagesPerMoment } = this.#options
    this.#moments += 1
    if (images.count > imagesPerMoment) this.#sampledMoments += 1
    for (let number = 0; number < Math.min(images.count, imagesPerMoment) && this.#violations.length < 5; number += 1) {
      await this.#judge(images.count <= imagesPerMoment || number === 0 ? images.at(number) : images.pick(this.#random), { ...expected, given: this.#given })
    }
  }

  async #judge(state: DiskState, expected: Expected): Promise<void> {
    const print = fingerprint(state)
    const seen = this.#seen.get(print)
    if (seen) {
      // The same disk, after more was acknowledged.
      if (seen.durableSeq < expected.acknowledgedSeq) this.#violate(`I4: record ${expected.acknowledgedSeq} was acknowledged, the journal ends at ${seen.durableSeq}`)
      return
    }
    this.#images += 1
    writeDisk(this.#image, state)
    const io = new WatchedIo(this.#image)
    const started = await this.#open(this.#image, io)
    if (!started.ok) {
      this.#seen.set(print, { durableSeq: 0, epoch: 0 })
      return this.#violate(`the start is refused: ${started.message}`)
    }
    const { life } = started
    this.#seen.set(print, life.opening)
    for (const problem of life.problems(expected)) this.#violate(problem)
    // Now and then: it goes on from there, and the start after that finds what it added.
    if (this.#images % 16 !== 0) return life.end()
    await life.goOn()
    const more = { given: new Map([...expected.given, ...life.store.given]), acknowledgedSeq: life.opening.durableSeq + 1, epoch: life.opening.epoch }
    for (const seq of [...more.given.keys()]) if (seq > life.opening.durableSeq && !life.store.given.has(seq)) more.given.delete(seq)
    await life.end()
    const again = await this.#open(this.#image, io)
    if (!again.ok) return this.#violate(`the second start is refused: ${again.message}`)
    for (const problem of again.life.problems(more)) this.#violate(`second start: ${problem}`)
    await again.life.end()
  }

  #violate(what: string): void {
    this.#violations.push(`${this.#options.subject} trace ${this.#options.seed}: ${what}`)
  }
}
