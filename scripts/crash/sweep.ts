/** The k-th call of every kind meets every fault, for every k until the workload ends without meeting it. */
import { seededRandom } from '../../src/prices/random.ts'
import { nodeIo } from '../../state/io.ts'
import type { JournalRecord } from '../../state/record.ts'
import { EngineLife } from './engine-life.ts'
import { temporaryPlace } from './places.ts'
import { recoveryProblems } from './verdict.ts'
import { CALLS, FAULTS, WatchedIo, type Call, type Fault, type Injection } from './watched-io.ts'
import { live } from './workload.ts'

export type SweepOptions = { readonly seed: number; readonly calls?: readonly Call[]; readonly faults?: readonly Fault[]; /** Only each so manyth call of a kind meets its fault. */ readonly every?: number; readonly onPoint?: (done: number) => void }
export type SweepResult = {
  /** Points at which a fault was met, by kind of call. */
  readonly points: Readonly<Record<string, number>>
  readonly records: number
  /** Starts that said what is wrong and ended. */
  readonly refusedStarts: number
  readonly violations: readonly string[]
}

const STEPS = 7
const LIVES = 2

export async function sweep({ seed, calls = CALLS, faults = FAULTS, every = 1, onPoint }: SweepOptions): Promise<SweepResult> {
  const points: Record<string, number> = {}
  const violations: string[] = []
  let [records, refusedStarts, done] = [0, 0, 0]
  for (const call of calls) {
    for (const fault of faults) {
      if (fault === 'short' && call !== 'write') continue
      for (let at = 1; ; at += every) {
        const run = await faultyRun(seed, { call, at, fault })
        violations.push(...run.problems.map((problem) => `seed ${seed}, ${call} ${at}, ${fault}: ${problem}`))
        records = Math.max(records, run.records)
        refusedStarts += run.refused.length
        if (!run.met) break
        points[call] = (points[call] ?? 0) + 1
        onPoint?.((done += 1))
      }
    }
  }
  return { points, records, refusedStarts, violations }
}

export type FaultyRun = { readonly met: boolean; readonly records: number; readonly refused: readonly string[]; readonly problems: readonly string[] }

/** Two lives, the second after a stop without a checkpoint; then what is on the disk is recovered from. */
export async function faultyRun(seed: number, injection: Injection): Promise<FaultyRun> {
  const place = temporaryPlace()
  const io = new WatchedIo(place.path, injection)
  const random = seededRandom(seed)
  const given = new Map<number, JournalRecord>()
  const refused: string[] = []
  const problems: string[] = []
  let [acknowledgedSeq, epoch] = [0, 0]
  try {
    for (let number = 0; number < LIVES && !io.crashed; number += 1) {
      const started = await EngineLife.open(place.path, io)
      if (!started.ok) {
        if (!io.crashed) refused.push(started.message)
        continue
      }
      const { life } = started
      await live(life, random, STEPS, number * 100)
      for (const [seq, record] of life.store.given) given.set(seq, record)
      acknowledgedSeq = Math.max(acknowledgedSeq, life.store.acknowledgedSeq)
      epoch = life.opening.epoch
      await life.end()
    }
    problems.push(...io.violations, ...refused.filter((message) => !namesAPlace(message, place.path)).map((message) => `a refusal without a place: ${message}`))
    io.release()
    const started = await EngineLife.open(place.path, nodeIo)
    if (!started.ok) return { met: io.met, records: given.size, refused, problems: [...problems, `the start is refused: ${started.message}`] }
    problems.push(...recoveryProblems(place.path, started.life, { given, acknowledgedSeq, epoch }))
    await started.life.end()
    return { met: io.met, records: given.size, refused, problems }
  } catch (error) {
    return { met: io.met, records: given.size, refused, problems: [...problems, `thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`] }
  } finally {
    io.release()
    place.remove()
  }
}

const namesAPlace = (message: string, directory: string): boolean => message.includes(directory)

/**
 * A life ends in the middle of a write; then the recovery crashes at every one of its calls, five times at the same one,
 * before it may finish. Each crash is the start of the next try.
 */
export async function sweepRecovery({ seed, calls = CALLS, onPoint }: Pick<SweepOptions, 'seed' | 'calls' | 'onPoint'>): Promise<SweepResult> {
  const points: Record<string, number> = {}
  const violations: string[] = []
  let done = 0
  for (const call of calls) {
    for (const fault of ['crash-before', 'crash-after'] as const) {
      for (let at = 1; ; at += 1) {
        const { met, problems } = await crashedRecovery(seed, { call, at, fault })
        violations.push(...problems.map((problem) => `seed ${seed}, recovery, ${call} ${at}, ${fault}: ${problem}`))
        if (!met) break
        points[call] = (points[call] ?? 0) + 1
        onPoint?.((done += 1))
      }
    }
  }
  return { points, records: 0, refusedStarts: 0, violations }
}

const CRASHES_IN_RECOVERY = 5
/** With a checkpoint and a rotation behind it. */
const WRITES_BEFORE_CRASH = 40

async function crashedRecovery(seed: number, injection: Injection): Promise<Pick<FaultyRun, 'met' | 'problems'>> {
  const place = temporaryPlace()
  const ports = [new WatchedIo(place.path, { call: 'write', at: WRITES_BEFORE_CRASH, fault: 'crash-after' })]
  const given = new Map<number, JournalRecord>()
  let [acknowledgedSeq, epoch, met] = [0, 0, false]
  try {
    const random = seededRandom(seed)
    for (let life = 0; life <= CRASHES_IN_RECOVERY; life += 1) {
      const io = ports.at(-1) as WatchedIo
      const started = await EngineLife.open(place.path, io)
      if (!started.ok && !io.crashed) return { met, problems: [`the start is refused: ${started.message}`] }
      if (started.ok) {
        // What a crash took away may be written again, with other content.
        for (const seq of [...given.keys()]) if (seq > started.life.opening.durableSeq) given.delete(seq)
        if (life === 0) await live(started.life, random, STEPS * 3, 0)
        else await started.life.start()
        for (const [seq, record] of started.life.store.given) given.set(seq, record)
        acknowledgedSeq = Math.max(acknowledgedSeq, started.life.store.acknowledgedSeq)
        epoch = started.life.store.acknowledgedSeq > 0 ? started.life.opening.epoch : epoch
        await started.life.end()
      }
      io.release()
      if (life > 0) met ||= io.met
      ports.push(new WatchedIo(place.path, injection))
    }
    const started = await EngineLife.open(place.path, nodeIo)
    if (!started.ok) return { met, problems: [`the start is refused: ${started.message}`] }
    const problems = recoveryProblems(place.path, started.life, { given, acknowledgedSeq, epoch })
    await started.life.end()
    return { met, problems }
  } finally {
    for (const io of ports) io.release()
    place.remove()
  }
}
