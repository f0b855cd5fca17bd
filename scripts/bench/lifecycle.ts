/** One position from its signal to its close while others are open. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { atMost, cpuMicroseconds, median, type BenchRow } from './measure.ts'
import { benchSignal, createWorld, enter, feedQuote, openFarAway, PRICE, quoteAt } from './world.ts'

const LIVES = 2000
const ROUNDS = 5

/** Microseconds of one life (signal, stop and target placed, closed by a quote, retired) beside `others` open positions. */
async function lifeBeside(others: number): Promise<number> {
  const world = await createWorld(null)
  const quote = feedQuote()
  quoteAt(world, quote, PRICE)
  await openFarAway(world, others)
  const { registry } = world.engine.core
  const round = (): number => {
    const begin = cpuMicroseconds()
    for (let life = 0; life < LIVES; life++) {
      enter(world, benchSignal(1))
      world.engine.sequencer.settle()
      quoteAt(world, quote, PRICE + 1.25)
      world.engine.sequencer.settle()
      quoteAt(world, quote, PRICE)
    }
    return (cpuMicroseconds() - begin) / LIVES
  }
  round()
  const cost = median(Array.from({ length: ROUNDS }, round))
  if (registry.size !== others) throw new Error(`${registry.size} positions are open instead of ${others}`)
  return cost
}

/** In a process of its own: the heap of one side must not be collected on the other's time. */
function inProcess(others: number): number {
  const child = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), String(others)], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.status !== 0) throw new Error(`the measurement beside ${others} positions ended with ${child.status ?? child.signal}`)
  return Number(child.stdout.toString())
}

/** Open → close beside 100,000 others against beside 10. */
export function lifecycleBench(): BenchRow[] {
  const few: number[] = []
  const many: number[] = []
  for (let round = 0; round < 3; round++) {
    few.push(inProcess(10))
    many.push(inProcess(100_000))
  }
  return [atMost('open to close of one position beside 100,000 open, against 10', 'µs', median(many), median(few), 2)]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(String(await lifeBeside(Number(process.argv[2]))))
