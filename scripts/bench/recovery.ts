/** How soon the service is there again: checkpoint and tail, against folding a journal from its beginning. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadSettings } from '../../src/config/load.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { Service } from '../../src/runtime/service.ts'
import { limit, median, timesCheaper, type BenchRow } from './measure.ts'
import { checkpoint, close, createWorld, inDirectory, NO_LIMITS, openAndClose, openFarAway, type World } from './world.ts'

const OPEN = 10_000
const TAIL_RECORDS = 20_000
/** The goal speaks of a million records; a fifth of them is folded and the time multiplied. */
const FOLDED_RECORDS = 200_000
const MILLION = 1_000_000
const ROUNDS = 5
/** The world's clock begins years ago: a service that ran meanwhile would have said long ago that its positions are too old. */
const NEVER_TOO_OLD = { ZOMBIE_AGE_HOURS: '87600' }

async function addRecords(world: World, count: number): Promise<void> {
  const end = world.engine.sequencer.nextSeq + count
  while (world.engine.sequencer.nextSeq < end) await openAndClose(world, 50)
}

/** A checkpoint with open positions and a tail behind it. */
async function build(directory: string, open: number, tail: number): Promise<void> {
  const world = await createWorld(directory, 'real')
  await openFarAway(world, open)
  if (open > 0) await checkpoint(world)
  await addRecords(world, tail)
  await close(world)
}

/** Milliseconds from the lock to a service that takes signals; what is on the disk is recovered. */
async function recoveryMs(directory: string): Promise<number> {
  const loaded = loadSettings({ environment: {}, dotEnv: null, overrides: { ...NO_LIMITS, ...NEVER_TOO_OLD, DATA_DIR: directory } })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  const begin = performance.now()
  const opened = await Service.open(loaded.settings, 'bench', silentLogger)
  if (!opened.ok) throw new Error(opened.message)
  if (!(await opened.service.run())) throw new Error('the service does not run')
  return performance.now() - begin
}

/** A recovery is the first thing that a process does. */
function inProcess(directory: string): number {
  const child = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.status !== 0) throw new Error(`the recovery ended with ${child.status ?? child.signal}`)
  return Number(child.stdout.toString())
}

export function recoveryBench(): Promise<BenchRow[]> {
  return inDirectory(async (directory) => {
    const [checkpointed, whole] = [join(directory, 'checkpointed'), join(directory, 'whole')]
    await build(checkpointed, OPEN, TAIL_RECORDS)
    await build(whole, 0, FOLDED_RECORDS)
    const recovered: number[] = []
    const folded: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      recovered.push(inProcess(checkpointed))
      if (round < 3) folded.push(inProcess(whole))
    }
    const seconds = median(recovered) / 1000
    const million = ((median(folded) / 1000) * MILLION) / FOLDED_RECORDS
    return [
      limit('recovery of 10,000 open positions and 20,000 records', 's', seconds, 1),
      timesCheaper('the same, times quicker than folding a million records (from 200,000)', 's', seconds, million, 20),
    ]
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const ms = await recoveryMs(process.argv[2] as string)
  // Like a crash: nothing is closed, so the directory stays as it was but for the records of the start.
  process.stdout.write(String(ms), () => process.exit(0))
}
