/**
 * `npm run crash -- sweep`: the k-th call of every kind meets every fault (`--seed 23`); every call of a recovery crashes five times.
 * `npm run crash -- images`: every disk image that a power loss may leave of so many traces of the store (`--traces 200`) and of the
 * whole product (`--product 10`, sampled to `--per-moment 64` images a moment).
 * `npm run crash -- bits`: every bit of a journal of `--bytes 65536` flipped.
 *
 * `--json FILE` writes the counts; `--progress FILE` lets an interrupted run go on. Exit code 1 on any violation.
 */
import fs from 'node:fs'
import { parseArgs } from 'node:util'
import { flipBits } from './crash/bit-flips.ts'
import { exploreTrace } from './crash/explore.ts'
import { Progress } from './crash/progress.ts'
import { sweep, sweepRecovery } from './crash/sweep.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' }, traces: { type: 'string', default: '200' }, product: { type: 'string', default: '10' }, 'per-moment': { type: 'string', default: '64' }, bytes: { type: 'string', default: '65536' },
    json: { type: 'string' }, progress: { type: 'string' },
  },
})
/** A moment of the store alone has at most this many images; more would be sampled, and said so. */
const EVERY_IMAGE = 65_536

type Counts = { readonly violations: readonly string[] } & Readonly<Record<string, unknown>>
const started = performance.now()
const show = (text: string): boolean => process.stderr.isTTY && process.stderr.write(`\r${text}`)
const progressFile = values.progress ?? null

async function sweepAll(): Promise<Counts> {
  const seed = Number(values.seed ?? '23')
  const total = (points: Readonly<Record<string, number>>): number => Object.values(points).reduce((sum, count) => sum + count, 0)
  const { points, violations, ...rest } = await sweep({ seed, onPoint: (done) => void show(`${done} points`) })
  const recovery = await sweepRecovery({ seed, onPoint: (done) => void show(`${done} points of recoveries`) })
  return { seed, points: total(points), byCall: points, ...rest, recoveryPoints: total(recovery.points), crashesPerRecoveryPoint: 5, violations: [...violations, ...recovery.violations] }
}

async function exploreAll(): Promise<Counts> {
  const first = Number(values.seed ?? '1')
  const [stores, products] = [Number(values.traces), Number(values.product)]
  const none = { moments: 0, sampledMoments: 0, images: 0 }
  const progress = new Progress(progressFile, { trace: 0, store: none, product: none, violations: [] as readonly string[] })
  for (let trace = progress.value.trace; trace < stores + products && progress.value.violations.length === 0; trace += 1) {
    const subject = trace < stores ? 'store' : 'engine'
    const { moments, sampledMoments, images, violations } = await exploreTrace({ seed: first + (trace < stores ? trace : trace - stores), subject, imagesPerMoment: subject === 'store' ? EVERY_IMAGE : Number(values['per-moment']) })
    const { value } = progress
    const field = subject === 'store' ? 'store' : 'product'
    const sum = { moments: value[field].moments + moments, sampledMoments: value[field].sampledMoments + sampledMoments, images: value[field].images + images }
    progress.update({ ...value, trace: trace + 1, [field]: sum, violations: [...value.violations, ...violations] })
    show(`${trace + 1} traces, ${progress.value.store.images + progress.value.product.images} images`)
  }
  const { trace, store, product, violations } = progress.value
  progress.finish()
  return { traces: Math.min(trace, stores), productTraces: Math.max(0, trace - stores), images: store.images + product.images, store, product, violations }
}

async function flipAll(): Promise<Counts> {
  const progress = new Progress(progressFile, { next: 0, bits: 0, refused: 0, cut: 0, opened: 0, violations: [] as readonly string[] })
  const before = progress.value
  const result = await flipBits({
    bytes: Number(values.bytes),
    seed: Number(values.seed ?? '1'),
    from: before.next,
    onProgress: ({ next, of, ...so }) => {
      progress.update({ next, bits: before.bits + so.bits, refused: before.refused + so.refused, cut: before.cut + so.cut, opened: before.opened + so.opened, violations: [...before.violations, ...so.violations] })
      show(`${next} of ${of} bits`)
    },
  })
  progress.finish()
  return { bytes: result.bytes, bits: before.bits + result.bits, refused: before.refused + result.refused, cut: before.cut + result.cut, opened: before.opened + result.opened, violations: [...before.violations, ...result.violations] }
}

const runs: Readonly<Record<string, () => Promise<Counts>>> = { sweep: sweepAll, images: exploreAll, bits: flipAll }
const kind = positionals[0] ?? ''
const run = runs[kind]
if (!run) {
  process.stderr.write(`What shall crash? One of ${Object.keys(runs).join(', ')}, not "${kind}"\n`)
  process.exit(2)
}
const { violations, ...counts } = await run()
const seconds = Math.round((performance.now() - started) / 1000)
for (const violation of violations.slice(0, 20)) process.stderr.write(`${violation}\n`)
process.stdout.write(`${kind}: ${JSON.stringify(counts)}, violations ${violations.length}, ${seconds} s\n`)
if (values.json !== undefined) fs.writeFileSync(values.json, `${JSON.stringify({ kind, ...counts, seconds, violations })}\n`)
process.exitCode = violations.length === 0 ? 0 : 1
