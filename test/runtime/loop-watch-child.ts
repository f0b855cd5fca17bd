/** A process whose main thread stands still for a while. Its parent hears on stderr what is said meanwhile. */
import { LoopWatch } from '../../src/runtime/loop-watch.ts'

const [silentMs, blockedMs] = process.argv.slice(2).map(Number) as [number, number]
const watch = new LoopWatch(({ ms }) => process.stdout.write(`stalled ${Math.round(ms)}\n`), silentMs)
setTimeout(() => {
  process.stderr.write('blocking\n')
  for (const until = performance.now() + blockedMs; performance.now() < until; );
  process.stderr.write('turning again\n')
  setTimeout(() => {
    process.stdout.write(`${JSON.stringify({ ...watch.view(), recent: watch.recentStall() !== null })}\n`)
    watch.stop()
  }, silentMs)
}, silentMs * 2)
