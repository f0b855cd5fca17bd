/**
 * `npm run load -- [--rate 1000] [--seconds 600] [--warm-up 20] [--slow 500] [--json FILE]`: signals at a constant rate that open
 * and close positions; then so many slow connections beside honest ones. Prints what an answer takes, also against a bare
 * write and datasync, and what stays in memory. Exit code 1 where a bound is broken.
 */
import fs from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compiled } from './compiled.ts'
import { startService, type ChildService } from './kill-loop/child-service.ts'
import { arrivals, quantile, type Arrived } from './load/arrivals.ts'
import { RawSync } from './load/raw-sync.ts'
import { SlowSockets } from './load/slow-sockets.ts'

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '600' }, 'warm-up': { type: 'string', default: '20' }, slow: { type: 'string', default: '500' }, json: { type: 'string' } },
})
const [rate, seconds, warmUp, slow] = [values.rate, values.seconds, values['warm-up'], values.slow].map(Number) as [number, number, number, number]

/** Ten times as many would be refused: the limit on connections is 1,024. */
const BOUNDS = { p99Ms: 25, bytesPerSignal: 100, open: 1000, slowP99Ms: 50 }
/** With fewer signals what stays is lost in the noise of the heap. */
const SIGNALS_FOR_GROWTH = 20_000
const HONEST = { perSecond: 50, seconds: 10 }
/** Prices of each symbol jump within ± 10 %: a level at 8 % is met by every fifth of them, half a second after the entry. */
const SETTINGS = { AUTO_CLOSE_INTERVAL_SEC: '0.1', AUTO_CLOSE_MIN_AGE_SEC: '0', MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', MAX_SIZE_PER_POSITION_USDT: '', MAX_SESSION_LOSS_PCT: '', PORT: '0' }
const SYMBOLS = 20

type Probe = { readonly bytes: number; readonly heapUsed: number; readonly external: number; readonly rss: number; readonly timers: number; readonly descriptors: number }

let signals = 0
function next(): { path: string; body: string } {
  signals += 1
  const body = { symbol: `S${signals % SYMBOLS}USDT`, side: signals % 2 ? 'long' : 'short', price: 100, qty: 0.001, tp_pct: 8, sl_pct: 8, timestamp: new Date(Date.UTC(2026, 0, 1) + signals).toISOString() }
  return { path: '/signals/bounce', body: JSON.stringify(body) }
}

const milliseconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count))
const get = async <T>(service: ChildService, path: string): Promise<T> => (await (await fetch(service.url + path)).json()) as T
const openNow = async (service: ChildService): Promise<number> => (await get<{ executor: { positions: number } }>(service, '/health')).executor.positions

/** What the service holds once nothing is under way. */
async function probe(service: ChildService): Promise<Probe> {
  const before = service.log.length
  process.kill(service.pid, 'SIGUSR2')
  for (;;) {
    const line = service.log.slice(before).find(({ event }) => event === 'load_probe')
    if (line) return { ...(line as unknown as Probe), descriptors: fs.readdirSync(`/proc/${service.pid}/fd`).length }
    await milliseconds(10)
  }
}

/** Once all positions are closed and idle connections are gone, heap and descriptors can be compared. */
async function atRest(service: ChildService): Promise<void> {
  for (let waited = 0; waited < 60_000 && (await openNow(service)) > 0; waited += 200) await milliseconds(200)
  await milliseconds(500)
}

async function constantRate(service: ChildService, directory: string): Promise<Record<string, unknown>> {
  const port = Number(new URL(service.url).port)
  await arrivals({ port, perSecond: rate, seconds: warmUp, next })
  await atRest(service)
  const before = await probe(service)
  const raw = new RawSync()
  raw.start(join(directory, 'raw'))
  let mostOpen = 0
  const watching = setInterval(() => void openNow(service).then((open) => (mostOpen = Math.max(mostOpen, open)), () => undefined), 1000)
  const arrived = await arrivals({ port, perSecond: rate, seconds, next })
  clearInterval(watching)
  const floor = await raw.stop()
  await atRest(service)
  const after = await probe(service)
  const { total_positions: positions } = await get<{ total_positions: number }>(service, '/stats')
  const [p50, p99, rawP50, rawP99] = [quantile(arrived.latencies, 0.5), quantile(arrived.latencies, 0.99), quantile(floor, 0.5), quantile(floor, 0.99)]
  return {
    ...summary(arrived), rawP50Ms: rounded(rawP50), rawP99Ms: rounded(rawP99), ratioP50: rounded(p50 / rawP50), ratioP99: rounded(p99 / rawP99),
    mostOpen, lost: signals - positions, bytesPerSignal: rounded((after.bytes - before.bytes) / arrived.sent), before, after,
  }
}

const rounded = (value: number): number => Number(value.toPrecision(3))
function summary({ sent, latencies, answers }: Arrived): Record<string, unknown> {
  const { opened = 0, ...others } = answers
  return { sent, opened, others, p50Ms: rounded(quantile(latencies, 0.5)), p99Ms: rounded(quantile(latencies, 0.99)), p999Ms: rounded(quantile(latencies, 0.999)), maxMs: rounded(latencies.at(-1) ?? NaN) }
}

/** Honest signals beside slow connections. */
async function besideSlowOnes(service: ChildService): Promise<Record<string, unknown>> {
  const port = Number(new URL(service.url).port)
  const sockets = new SlowSockets()
  await sockets.open(port, slow)
  const arrived = await arrivals({ port, ...HONEST, next })
  const { closed } = sockets
  sockets.close()
  return { sockets: slow, closedMeanwhile: closed, ...summary(arrived) }
}

function broken(figures: Record<string, unknown>, beside: Record<string, unknown>): string[] {
  const number = (name: string, of = figures): number => of[name] as number
  const { before, after } = figures as { readonly before: Probe; readonly after: Probe }
  return [
    ...(number('opened') === number('sent') ? [] : [`${number('sent') - number('opened')} signals were not opened: ${JSON.stringify(figures['others'])}`]),
    ...(figures['lost'] === 0 ? [] : [`${number('lost')} positions are lost`]),
    ...(number('p99Ms') <= BOUNDS.p99Ms ? [] : [`p99 is ${number('p99Ms')} ms, the bound is ${BOUNDS.p99Ms}`]),
    ...(number('mostOpen') <= BOUNDS.open ? [] : [`${number('mostOpen')} were open at once, meant are up to ${BOUNDS.open}`]),
    ...(number('sent') < SIGNALS_FOR_GROWTH || number('bytesPerSignal') <= BOUNDS.bytesPerSignal ? [] : [`each signal leaves ${number('bytesPerSignal')} bytes, the bound is ${BOUNDS.bytesPerSignal}`]),
    ...(after.descriptors <= before.descriptors + 2 ? [] : [`descriptors grew from ${before.descriptors} to ${after.descriptors}`]),
    ...(after.timers <= before.timers + 2 ? [] : [`timers grew from ${before.timers} to ${after.timers}`]),
    ...(slow === 0 || number('p99Ms', beside) <= BOUNDS.slowP99Ms ? [] : [`beside ${slow} slow connections p99 is ${number('p99Ms', beside)} ms, the bound is ${BOUNDS.slowP99Ms}`]),
  ]
}

const build = compiled()
const directory = fs.mkdtempSync(join(tmpdir(), 'loms-load-'))
try {
  const command = [process.execPath, '--expose-gc', '--import', join(build, 'scripts/load/probe.js'), join(build, 'src/main.js')] as const
  const started = await startService({ command, environment: { ...SETTINGS, PATH: process.env['PATH'] ?? '', DATA_DIR: join(directory, 'data') }, cwd: directory })
  if (!started.ok) throw new Error(`the service did not start: ${started.exit.stderr}`)
  const figures = await constantRate(started.service, directory)
  const beside = slow > 0 ? await besideSlowOnes(started.service) : {}
  await started.service.stop()
  const failures = broken(figures, beside)
  const result = { rate, seconds, ...figures, slowloris: beside, wantedProcessors: rounded(loadavg()[0] ?? 0), failures }
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  if (values.json !== undefined) fs.writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`)
  process.exitCode = failures.length === 0 ? 0 : 1
} finally {
  fs.rmSync(build, { recursive: true })
  fs.rmSync(directory, { recursive: true })
}
