/**
 * Seeded simulation of LOMS with faults and crashes, in virtual time. `--world paper`: a faulty paper venue. `--world live`:
 * the live product against the emulated exchange. Both unless told.
 *
 *     npm run sim -- --seeds 1000 [--from 1] [--world live] [--twice] [--jobs 2] [--json FILE] [--edges]
 *     npm run sim -- --world live --seed 42 [--events 60]     one seed, with what it expands to and its last events
 *     npm run sim -- --world live --seed 42 --shrink [--runs 400]   the smallest scenario that breaks the same invariant
 *     npm run sim -- --canaries                                deliberate bugs, and when each is found
 *
 * Many seeds are lived in as many processes as there are cores, or `--jobs`; the result does not depend on their number.
 */
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Campaign, type CampaignPart, type Violation, type WorldName } from '../test/simulation/campaign.ts'
import { printed } from '../test/simulation/edges.ts'

const { values } = parseArgs({
  options: {
    world: { type: 'string' }, seeds: { type: 'string' }, from: { type: 'string', default: '1' }, seed: { type: 'string' }, edges: { type: 'boolean', default: false },
    events: { type: 'string', default: '60' }, twice: { type: 'boolean', default: false }, json: { type: 'string' }, shrink: { type: 'boolean', default: false }, canaries: { type: 'boolean', default: false }, out: { type: 'string' }, runs: { type: 'string', default: '400' }, jobs: { type: 'string' }, part: { type: 'string' },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)

function show({ message, scenario, log, stack }: Violation): void {
  if (scenario) say(`options ${JSON.stringify({ ...scenario, acts: `${scenario.acts.length} acts` })}`)
  say(log.slice(-Number(values.events)).join('\n'))
  say(`${message}\n${stack}`)
}

const JOBS = Number(values.jobs ?? availableParallelism())
/** Shorter campaigns are lived in this process: another one takes longer to start. */
const WORTH_A_PROCESS = 10

type Span = { readonly first: number; readonly count: number; readonly step: number; readonly worlds: readonly WorldName[] }

async function live({ first, count, step, worlds }: Span): Promise<Campaign> {
  const part = new Campaign()
  for (let seed = first; seed < first + count; seed += step) {
    for (const world of worlds) {
      const before = part.violations.length
      await part.run(world, seed, values.twice)
      const found = part.violations[before]
      if (found) say(`${world} ${found.message.slice(0, 1500)}`)
    }
  }
  return part
}

/** Every n-th seed in a process of its own; the sum is that of a single process. */
function inProcesses(): Promise<Campaign> {
  const all = new Campaign()
  const parts = Array.from({ length: JOBS }, (_, index) => new Promise<void>((resolve, reject) => {
    const child = fork(import.meta.filename, [...process.argv.slice(2), '--part', String(index)], { serialization: 'advanced' })
    let told = false
    child.on('message', (part: CampaignPart) => {
      all.add(part)
      told = true
    })
    // Not `exit`: what it told may still be on its way.
    child.on('close', (code) => (told ? resolve() : reject(new Error(`part ${index} of ${JOBS} ended with ${code} and told nothing`))))
  }))
  return Promise.all(parts).then(() => all)
}

async function campaign(worlds: readonly WorldName[]): Promise<boolean> {
  const started = performance.now()
  const [first, count] = values.seed === undefined ? [Number(values.from), Number(values.seeds ?? '1000')] : [Number(values.seed), 1]
  const { part } = values
  if (part !== undefined) {
    const { part: found } = await live({ first: first + Number(part), count: count - Number(part), step: JOBS, worlds })
    process.send?.(found, () => process.disconnect())
    return found.violations.length === 0
  }
  const all = JOBS > 1 && count >= WORTH_A_PROCESS ? await inProcesses() : await live({ first, count, step: 1, worlds })
  return told(all, worlds, { first, count, seconds: (performance.now() - started) / 1000 })
}

function told(all: Campaign, worlds: readonly WorldName[], { first, count, seconds }: { readonly first: number; readonly count: number; readonly seconds: number }): boolean {
  const { violations, tallies, gaps } = all
  if (values.seed !== undefined && violations[0]) show(violations[0])
  for (const gap of gaps) say(gap)
  if (values.edges) for (const world of worlds) say(`${world}\n${printed(all.edges[world])}`)
  for (const world of worlds) {
    const { faults, ...tally } = tallies[world]
    say(`${world} ${JSON.stringify({ ...tally, faults: Object.values(faults).reduce((sum, each) => sum + each, 0), kinds: Object.keys(faults).length, violations: violations.filter((each) => each.world === world).length })}`)
  }
  say(`${seconds.toFixed(1)} s`)
  const broken = violations.map(({ world, seed, invariant, message }) => ({ world, seed, invariant, message: message.slice(0, 500) }))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ from: first, seeds: count, seconds: Math.round(seconds), worlds: tallies, violations: broken, gaps }, null, 2)}\n`)
  return violations.length === 0 && gaps.length === 0 && worlds.every((world) => tallies[world].unequal === 0)
}

async function canaries(): Promise<boolean> {
  const { CANARIES } = await import('../test/simulation/live/canaries.ts')
  const { findCanary } = await import('../test/simulation/live/find-canary.ts')
  const found = []
  for (const canary of CANARIES) {
    const result = await findCanary(canary, Number(values.seeds ?? '200'))
    found.push(result)
    say(`${result.foundAt === null ? 'NOT FOUND' : `seed ${String(result.foundAt).padStart(3)}  ${(result.invariant ?? '').padEnd(5)}`}  ${result.expected || result.foundAt === null ? ' ' : '?'} ${result.name}`)
  }
  const good = found.filter(({ foundAt }) => foundAt !== null).length
  say(`${good} of ${found.length} found within ${values.seeds ?? '200'} seeds`)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ canaries: found }, null, 2)}\n`)
  return good === found.length
}

async function minimise(): Promise<boolean> {
  const { expand } = await import('../test/simulation/live/expand.ts')
  const { brokenBy, shrink } = await import('../test/simulation/live/shrink.ts')
  const seed = Number(values.seed)
  const broken = await brokenBy(expand(seed))
  if (!broken) {
    say(`seed ${seed} breaks nothing`)
    return true
  }
  const { scenario, runs } = await shrink(expand(seed), broken.invariant, Number(values.runs))
  const again = await brokenBy(scenario)
  const name = `${broken.invariant.toLowerCase()}-seed-${seed}.json`
  const directory = values.out ?? new URL('../test/simulation/regressions/', import.meta.url).pathname
  writeFileSync(join(directory, name), `${JSON.stringify({ invariant: broken.invariant, what: again?.message.slice(0, 300) ?? broken.message.slice(0, 300), scenario }, null, 1)}\n`)
  say(`${broken.message.slice(0, 500)}\n${runs} runs: ${scenario.faults.length} faults and ${scenario.acts.length} acts are left, in ${join(directory, name)}`)
  return false
}

const worlds: readonly WorldName[] = values.world === 'paper' || values.world === 'live' ? [values.world] : ['paper', 'live']
const good = values.canaries ? await canaries() : values.shrink ? await minimise() : await campaign(worlds)
process.exitCode = good ? 0 : 1
