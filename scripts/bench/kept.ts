/** What a finished position leaves in memory, with journal, history and keys on the disk. */
import { collectGarbage, limit, type BenchRow } from './measure.ts'
import { createWorld, inDirectory, openAndClose } from './world.ts'

const POSITIONS = 50_000
/** Caches of fixed size are full after this many. */
const WARM_UP = 10_000

/** Bytes of the heap and of buffers outside it (`external` contains `arrayBuffers`). */
function bytesInUse(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export function keptBench(): Promise<BenchRow[]> {
  return inDirectory(async (directory) => {
    const world = await createWorld(directory)
    await openAndClose(world, WARM_UP)
    const before = bytesInUse()
    await openAndClose(world, POSITIONS)
    const kept = (bytesInUse() - before) / POSITIONS
    await world.store.close()
    return [limit('kept in memory by each of 50,000 finished positions', 'bytes', kept, 100)]
  })
}
