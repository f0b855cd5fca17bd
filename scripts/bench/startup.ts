/** From the start of the process to its first answer. */
import { join } from 'node:path'
import { atMost, interleavedAsync, type BenchRow } from './measure.ts'
import { scriptAt, startServer, startService } from './service.ts'
import { inDirectory } from './world.ts'

/** The first `/health` of the compiled service with an empty data directory, against an empty `node:http` server. */
export async function startupBench(): Promise<BenchRow[]> {
  const cost = await interleavedAsync(9, {
    service: () =>
      inDirectory(async (directory) => {
        const server = await startService({ DATA_DIR: join(directory) })
        await server.stop()
        return server.startedInMs
      }),
    empty: async () => {
      const server = await startServer(scriptAt('./empty-server.js'), '/', {})
      await server.stop()
      return server.startedInMs
    },
  })
  return [atMost('first /health of the service, against an empty node:http server', 'ms', cost.service, cost.empty, 5)]
}
