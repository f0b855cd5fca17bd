/** What the running service needs for 100,000 open positions and for a million finished ones. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { naturalKey } from '../../src/domain/signal.ts'
import type { ClosedPosition } from '../../src/domain/wire.ts'
import { MACHINE_VERSION } from '../../machines/position.machine.ts'
import { stateHash } from '../../state/canonical.ts'
import { limit, median, type BenchRow } from './measure.ts'
import { send, startService, type Server } from './service.ts'
import { benchSignal, checkpoint, close, createWorld, inDirectory, NO_LIMITS, openAndClose, openFarAway } from './world.ts'

const OPEN = 100_000
const FINISHED = 1_000_000
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'ADAUSDT']
const MB = 1024 * 1024

/** The service on a data directory; no position is closed by its prices. */
const startOn = (directory: string): Promise<Server> => startService({ ...NO_LIMITS, DATA_DIR: directory, AUTO_CLOSE_INTERVAL_SEC: '86400' })

async function buildOpen(directory: string): Promise<void> {
  const world = await createWorld(directory, 'real')
  await openFarAway(world, OPEN)
  await checkpoint(world)
  await close(world)
}

/** A position like the pattern, with id, times, symbol and result of its own. */
function finished(pattern: ClosedPosition, id: number): ClosedPosition {
  const at = Date.UTC(2025, 0, 1) + id * 20_000
  const won = id % 3 !== 0
  const view: ClosedPosition['view'] = {
    ...pattern.view,
    id,
    symbol: SYMBOLS[id % SYMBOLS.length] as string,
    created_at: new Date(at).toISOString(),
    closed_at: new Date(at + 600_000).toISOString(),
    pnl: won ? 4.5 : -1.5,
    auto_close_reason: won ? 'tp' : 'sl',
  }
  return { ...pattern, view }
}

/**
 * History, keys and checkpoint of a million finished positions through the classes that write them, behind a short
 * journal: the records themselves are not needed to start.
 */
async function buildFinished(directory: string): Promise<void> {
  const world = await createWorld(directory, 'real')
  await openAndClose(world, 1)
  const { history, keys } = world.readModel
  const pattern = history.row(1)
  if (!pattern) throw new Error('a position has finished')
  for (let id = 2; id <= FINISHED; id++) {
    history.add(finished(pattern, id))
    keys.add(`natural:${naturalKey(benchSignal(1))}`, id)
  }
  const { sequencer, core } = world.engine
  const dump = { ...core.dump(), lastPositionId: FINISHED, lastOrderId: FINISHED }
  const hash = stateHash(dump)
  const seq = sequencer.mark(hash)
  await sequencer.whenIdle()
  const state = { core: dump, projection: world.readModel.dump() }
  await world.readModel.sync()
  await world.store.checkpoint({ formatVersion: 1, seq, machineVersion: MACHINE_VERSION, stateHash: hash, state })
  await close(world)
}

/** Median milliseconds of the same request; the first may be the compiler's. */
async function answerMs({ port }: Server, path: string): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 8; round++) {
    const answer = await send(port, 'GET', path)
    if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status} ${answer.text}`)
    if (round > 0) times.push(answer.ms)
  }
  return median(times)
}

async function openRows(directory: string): Promise<BenchRow[]> {
  await buildOpen(directory)
  const server = await startOn(directory)
  await answerMs(server, '/health')
  const { now, peak } = server.memory()
  const started = server.startedInMs / 1000
  await server.stop()
  process.stderr.write(`100,000 open: started in ${started.toFixed(1)} s, ${(peak / MB).toFixed(0)} MB at most\n`)
  return [limit('resident memory of the service with 100,000 open positions', 'MB', now / MB, 1024)]
}

async function finishedRows(directory: string): Promise<BenchRow[]> {
  await buildFinished(directory)
  const server = await startOn(directory)
  const stats = await answerMs(server, '/stats')
  const page = await answerMs(server, '/positions?symbol=ETHUSDT&status=closed&limit=100')
  const { now } = server.memory()
  await server.stop()
  return [
    limit('resident memory of the service with a million finished positions', 'MB', now / MB, 300),
    limit('its start', 's', server.startedInMs / 1000, 3),
    limit('its /stats', 'ms', stats, 50),
    limit('its filtered page of /positions', 'ms', page, 50),
  ]
}

export function memoryBench(): Promise<BenchRow[]> {
  return inDirectory(async (directory) => {
    const [open, closed] = [join(directory, 'open'), join(directory, 'closed')]
    for (const each of [open, closed]) mkdirSync(each)
    return [...(await openRows(open)), ...(await finishedRows(closed))]
  })
}
