/** Recorded prices through a running engine: what open positions cost a quote that concerns none of them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRecordedFeed, type RecordedFeed } from '../../src/prices/recorded/recorded-feed.ts'
import { RecordedRun } from '../../src/runtime/recorded-run.ts'
import { atMost, cpuMicroseconds, interleavedAsync, type BenchRow } from './measure.ts'
import { createWorld, inDirectory, openFarAway, PRICE, SYMBOL, type World } from './world.ts'

const ROWS = 400_000
/** Passes over the feed in one measurement: one is too short for a clock that others share. */
const PASSES = 4
/** Prices come later than the signals that opened the positions. */
const FROM = Date.UTC(2026, 0, 2)

/** Ticks of a walk that crosses nothing. */
function writePrices(file: string): void {
  const lines = ['ts_ms,symbol,bid,ask,last,mark,qty']
  for (let row = 0; row < ROWS; row++) {
    const price = (PRICE + Math.sin(row / 100)).toFixed(2)
    lines.push(`${FROM + row},${SYMBOL},${price},${price},${price},${price},1`)
  }
  writeFileSync(file, `${lines.join('\n')}\n`)
}

/** Nanoseconds per quote of whole passes over the feed. */
async function play(world: World, feed: RecordedFeed): Promise<number> {
  let quotes = 0
  const begin = cpuMicroseconds()
  for (let pass = 0; pass < PASSES; pass++) quotes += await playOnce(world, feed)
  return ((cpuMicroseconds() - begin) * 1000) / quotes
}

/** The number of quotes. */
async function playOnce({ engine, clock }: World, feed: RecordedFeed): Promise<number> {
  const settle = (): boolean => {
    engine.sequencer.settle()
    return true
  }
  const run = new RecordedRun(feed, {
    engine,
    clock,
    from: -Infinity,
    nextSignalAt: () => Infinity,
    playSignal: () => {},
    settle,
    settled: () => Promise.resolve(),
    pace: null,
    stopped: () => false,
    onProgress: () => {},
  })
  await run.play()
  return run.quotes
}

/** The quote loop of `simulate` with 1,000 open static positions against the loop with none. */
export function simulateBench(): Promise<BenchRow[]> {
  return inDirectory(async (directory) => {
    const file = join(directory, 'prices.csv')
    writePrices(file)
    const opened = await openRecordedFeed([file], { candlePath: 'auto' })
    if (!opened.ok) throw new Error(opened.problem.message)
    const empty = await createWorld(null)
    const full = await createWorld(null)
    await openFarAway(full, 1000)
    const cost = await interleavedAsync(9, { full: () => play(full, opened.feed), empty: () => play(empty, opened.feed) })
    return [atMost('recorded quote with 1,000 open static positions, against none', 'ns', cost.full, cost.empty, 1.2)]
  })
}
