/**
 * Seeded simulation of LOMS, a faulty venue and crashes: `npm run sim -- --seeds 1000`, or `--seed 42` for one with its
 * last events. Prints which (state, event) pairs were walked with `--edges`.
 */
import { parseArgs } from 'node:util'
import { printed, type Edges } from '../test/simulation/edges.ts'
import { illegalEdges, missingEdges } from '../test/simulation/legal-edges.ts'
import { runSeed, SeedFailed } from '../test/simulation/run-seed.ts'

const { values } = parseArgs({ options: { seeds: { type: 'string' }, from: { type: 'string', default: '1' }, seed: { type: 'string' }, edges: { type: 'boolean', default: false }, events: { type: 'string', default: '60' } } })
const edges: Edges = new Map()
const [first, count] = values.seed === undefined ? [Number(values.from), Number(values.seeds ?? '1000')] : [Number(values.seed), 1]
const started = performance.now()
const totals = { positions: 0, records: 0, crashes: 0, tightened: 0, inPieces: 0, longestNakedMs: 0 }
const failures: SeedFailed[] = []
for (let seed = first; seed < first + count; seed += 1) {
  try {
    const result = await runSeed(seed, edges)
    totals.positions += result.positions
    totals.records += result.records
    totals.crashes += result.crashes
    totals.tightened += result.tightened
    totals.inPieces += result.inPieces
    totals.longestNakedMs = Math.max(totals.longestNakedMs, result.longestNakedMs)
  } catch (error) {
    if (!(error instanceof SeedFailed)) throw error
    failures.push(error)
    process.stdout.write(`${error.message.slice(0, 2000)}\n`)
  }
}
const wrongEdges = [...illegalEdges(edges).map((edge) => `illegal edge: ${edge}`), ...(count >= 100 ? missingEdges(edges).map((edge) => `edge never walked: ${edge}`) : [])]
for (const line of wrongEdges) process.stdout.write(`${line}\n`)
if (values.edges) process.stdout.write(`${printed(edges)}\n`)
if (values.seed !== undefined && failures[0]) process.stdout.write(`${failures[0].log.slice(-Number(values.events)).join('\n')}\n${(failures[0].cause as Error).stack ?? ''}\n`)
process.stdout.write(`${count} seeds, ${failures.length} failed, ${JSON.stringify(totals)}, ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
process.exitCode = failures.length + wrongEdges.length > 0 ? 1 : 0
