/**
 * Every goal of speed and memory as a ratio to its floor, measured in the same run.
 *
 *   node dist/scripts/bench/run.js [--only NAME] [--json FILE]
 *
 * Compiled, as the service runs in production. Each bench has a process of its own: what one leaves behind in the heap
 * and in the compiler must not be measured by the next. The exit code is 1 if a row is outside its bound.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { table, type BenchRow } from './measure.ts'

type Bench = () => BenchRow[] | Promise<BenchRow[]>

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  book: async () => (await import('./book.ts')).bookBench,
  quote: async () => (await import('./quote.ts')).quoteBench,
  trailing: async () => (await import('./trailing.ts')).trailingBench,
  lifecycle: async () => (await import('./lifecycle.ts')).lifecycleBench,
  kept: async () => (await import('./kept.ts')).keptBench,
  journal: async () => (await import('./journal.ts')).journalBench,
  signal: async () => (await import('./signal.ts')).signalBench,
  recovery: async () => (await import('./recovery.ts')).recoveryBench,
  simulate: async () => (await import('./simulate.ts')).simulateBench,
  whatif: async () => (await import('./whatif.ts')).whatIfBench,
  csv: async () => (await import('./csv.ts')).csvBench,
  startup: async () => (await import('./startup.ts')).startupBench,
  memory: async () => (await import('./memory.ts')).memoryBench,
}

const NODE_OPTIONS = ['--expose-gc', '--max-old-space-size=8192']

/** Runs one bench in a process of its own. */
function measured(name: string): BenchRow[] {
  const child = spawnSync(process.execPath, [...NODE_OPTIONS, fileURLToPath(import.meta.url), '--in-process', name], { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 })
  if (child.status !== 0) throw new Error(`the bench ${name} ended with ${child.status ?? child.signal}`)
  return JSON.parse(child.stdout.toString('utf8')) as BenchRow[]
}

async function runInProcess(name: string): Promise<void> {
  const load = BENCHES[name]
  if (!load) throw new Error(`there is no bench ${name}`)
  const rows = await (await load())()
  process.stdout.write(JSON.stringify(rows))
}

function runAll(only: string | undefined, json: string | undefined): void {
  const names = Object.keys(BENCHES).filter((name) => only === undefined || name === only)
  if (names.length === 0) {
    process.stderr.write(`there is no bench ${only}; there are ${Object.keys(BENCHES).join(', ')}\n`)
    process.exitCode = 2
    return
  }
  const rows: BenchRow[] = []
  for (const name of names) {
    process.stderr.write(`${name} …\n`)
    rows.push(...measured(name).map((row) => ({ ...row, name: `${name}: ${row.name}` })))
  }
  process.stdout.write(`${table(rows)}\n`)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`)
  if (rows.some(({ ok }) => !ok)) process.exitCode = 1
}

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' }, 'in-process': { type: 'string' } } })
if (values['in-process'] !== undefined) await runInProcess(values['in-process'])
else runAll(values.only, values.json)
