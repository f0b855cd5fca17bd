/**
 * A what-if of 100 variants over a tick file, against single runs of the same signals: reading the prices and the quote
 * loop. Alone: `node dist/scripts/bench/whatif.js [FILE.csv.gz]`. Without a file: the shipped one, six times behind itself,
 * about as long as a day of ticks. What-if is for recordings of some length: over the shipped 80,000 rows alone the start of
 * its threads is a fifth of the time.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { openRecordedFeed } from '../../src/prices/recorded/recorded-feed.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { runVariants } from '../../src/whatif/what-if.ts'
import { openWorkerLane } from '../../src/whatif/worker-lane.ts'
import { limit, median, table, type BenchRow } from './measure.ts'
import { inDirectory } from './world.ts'

const VARIANTS = 100
/** On two cores; more cores, less time. */
const MOST_RUNS = 60
const CORES = availableParallelism()
const ROUNDS = 3
const SINGLE_RUNS = 7
const SHIPPED = 'test/data/binance-ticks.csv.gz'
const REPEATS = 6

/** The rows of the shipped file again and again, each time later by its span: prices jump at a seam as they do within it. */
function writeRepeated(file: string): void {
  const [header, ...rows] = gunzipSync(readFileSync(SHIPPED)).toString('utf8').trimEnd().split('\n') as [string, ...string[]]
  const timeOf = (row: string | undefined): number => Number((row as string).slice(0, (row as string).indexOf(',')))
  const span = timeOf(rows.at(-1)) - timeOf(rows[0]) + 1000
  const again = Array.from({ length: REPEATS }, (_, round) => rows.map((row) => `${timeOf(row) + round * span}${row.slice(row.indexOf(','))}`))
  writeFileSync(file, gzipSync(`${[header, ...again.flat()].join('\n')}\n`))
}

/** A signal at every 5,000th quote that carries a trade, in turn long and short, at its price. */
async function writeSignals(prices: string, file: string): Promise<void> {
  const opened = await openRecordedFeed([prices], { candlePath: 'auto' })
  if (!opened.ok) throw new Error(opened.problem.message)
  const { feed } = opened
  const lines: string[] = []
  let quotes = 0
  for await (const block of feed.blocks()) {
    for (let row = 0; row < block.length; row++) {
      const price = block.last[row] as number
      if (quotes++ % 5000 !== 4999 || price !== price) continue
      const [symbol, at] = [feed.symbols[block.symbol[row] as number], new Date(block.ts[row] as number)]
      lines.push(JSON.stringify({ symbol, side: lines.length % 2 === 0 ? 'long' : 'short', price, timestamp: at.toISOString(), tp_pct: 0.2, sl_pct: 0.1, qty: 0.01 }))
    }
  }
  writeFileSync(file, `${lines.join('\n')}\n`)
}

type Cost = { readonly wallMs: number; readonly cpuMs: number }

/** Time on the clock, and of all processors together. */
async function costOf(work: () => Promise<void>): Promise<Cost> {
  const [begin, before] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { wallMs: performance.now() - begin, cpuMs: (user + system) / 1000 }
}

/** One single run, in a process that has run it before. */
async function singleRun(signals: string, prices: string): Promise<void> {
  const outcome = await simulate({ signals, prices: [prices], candlePath: 'auto', set: {} }, () => 0)
  if (!outcome.ok) throw new Error(outcome.problems.join('\n'))
}

/** The whole what-if, worker threads started and prices read included; the baseline is one of the 100. */
async function whatIf(signals: string, prices: string): Promise<void> {
  const variants = ['trail:exit_strategy=tp_sl_trailing_v1,break_even_trigger_pct=0.05,trail_trigger_pct=0.1,trail_distance_pct=0.02..0.98/0.02', 'stop:sl_pct=0.05..0.54/0.01']
  const options = { signals: { file: signals }, prices: [prices], candlePath: 'auto' as const, set: [], variants, pictures: null }
  const outcome = await runVariants(options, { openLane: openWorkerLane, onProgress: () => {} })
  if (!outcome.ok) throw new Error(outcome.problems.join('\n'))
  if (outcome.whatIf.variants.length !== VARIANTS) throw new Error(`${outcome.whatIf.variants.length} variants were played instead of ${VARIANTS}`)
}

/**
 * Single runs before and after each what-if, so that a slow moment of the machine meets both. On a machine that others
 * use, two threads may get no more of it than one: the second row counts processor time instead.
 */
export function whatIfBench(file: string | null = null): Promise<BenchRow[]> {
  return inDirectory(async (directory) => {
    const prices = file ?? join(directory, 'prices.csv.gz')
    if (file === null) writeRepeated(prices)
    const signals = join(directory, 'signals.jsonl')
    await writeSignals(prices, signals)
    const single = (): Promise<Cost> => costOf(() => singleRun(signals, prices))
    const ratios: Cost[] = []
    for (let warmUp = 0; warmUp < 3; warmUp++) await single()
    for (let round = 0; round < ROUNDS; round++) {
      const singles: Cost[] = []
      for (let run = 0; run < SINGLE_RUNS; run++) singles.push(await single())
      const took = await costOf(() => whatIf(signals, prices))
      for (let run = 0; run < SINGLE_RUNS; run++) singles.push(await single())
      ratios.push({ wallMs: took.wallMs / median(singles.map(({ wallMs }) => wallMs)), cpuMs: took.cpuMs / CORES / median(singles.map(({ cpuMs }) => cpuMs)) })
    }
    return [
      limit(`what-if of ${VARIANTS} variants on ${CORES} cores, in single runs`, 'runs', median(ratios.map(({ wallMs }) => wallMs)), MOST_RUNS),
      limit(`the same in processor time per core`, 'runs', median(ratios.map(({ cpuMs }) => cpuMs)), MOST_RUNS),
    ]
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(`${table(await whatIfBench(process.argv[2]))}\n`)
