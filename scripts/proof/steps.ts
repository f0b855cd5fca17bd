/** The programs that prove what LOMS promises: how each is run, whole and short, and the figures it gives. */

type Json = { readonly [name: string]: unknown }

/** `fuzz 20000` are the arguments; every program writes its result to the file that follows `--json`. */
export type Step = {
  readonly id: string
  readonly title: string
  /** A script that is run with `--json FILE`, or test files whose result vitest writes. */
  readonly run: { readonly script: string } | { readonly tests: readonly string[] }
  readonly full: readonly string[]
  /** Null: too long, or without meaning on a busy machine. */
  readonly short: readonly string[] | null
  /** Takes hours: runs only where `--only` names it. */
  readonly apart?: true
  /** Its result in a few words; only what the result says. */
  readonly figures: (result: Json) => string
}

const number = (value: unknown): string => (typeof value === 'number' ? value.toLocaleString('en') : '?')
const at = (result: Json, ...path: readonly string[]): unknown => path.reduce<unknown>((value, name) => (value !== null && typeof value === 'object' ? (value as Json)[name] : undefined), result)
const countOf = (value: unknown): string => number(Array.isArray(value) ? value.length : typeof value === 'number' ? value : undefined)
const sum = (value: unknown): number => Object.values((value ?? {}) as Readonly<Record<string, number>>).reduce((total, each) => total + each, 0)

const simulated = (world: 'paper' | 'live') => (result: Json): string => {
  const tally = (name: string): unknown => at(result, 'worlds', world, name)
  const faults = tally('faults')
  return `${number(tally('seeds'))} seeds, ${number(sum(faults))} faults (${number(tally('faultsPerSeed'))} a seed) of ${number(Object.keys((faults ?? {})).length)} kinds, ${number(tally('crashes'))} crashes, ${number(tally('positions'))} positions; ${number(tally('unequal'))} of ${number(tally('twice'))} seeds lived twice differed; ${countOf(result['violations'])} violations, ${countOf(result['gaps'])} gaps of coverage`
}
const killed = (result: Json): string => `${number(result['kills'])} kills; lost ${number(result['lost'])}, doubled ${number(result['doubled'])}, ${countOf(result['violations'])} violations`
const tested = (result: Json): string => `${number(result['numPassedTests'])} of ${number(result['numTotalTests'])} tests passed`
const canaries = (result: Json): string => {
  const all = (result['canaries'] ?? []) as readonly { readonly foundAt: number | null }[]
  const found = all.flatMap(({ foundAt }) => (foundAt === null ? [] : [foundAt]))
  return `${found.length} of ${all.length} deliberate bugs found, the last by seed ${number(found.length > 0 ? Math.max(...found) : undefined)}`
}
const removed = (result: Json): string => `${number(result['noticed'])} of ${number(result['removed'])} removals noticed, ${countOf(result['violations'])} not`
const loaded = (result: Json): string =>
  `${number(result['rate'])} signals/s for ${number(result['seconds'])} s: answer durable p50 ${number(result['p50Ms'])} ms, p99 ${number(result['p99Ms'])} ms (a bare write and datasync p50 ${number(result['rawP50Ms'])} ms, p99 ${number(result['rawP99Ms'])} ms); ${number(result['bytesPerSignal'])} bytes stay per signal; descriptors ${number(at(result, 'before', 'descriptors'))} → ${number(at(result, 'after', 'descriptors'))}, timers ${number(at(result, 'before', 'timers'))} → ${number(at(result, 'after', 'timers'))}; beside ${number(at(result, 'slowloris', 'sockets'))} slow connections p99 ${number(at(result, 'slowloris', 'p99Ms'))} ms; ${countOf(result['violations'])} bounds broken`
const fuzzed = (result: Json): string =>
  `${number(result['requests'])} requests (${number(result['raw'])} raw sends), ${number(at(result, 'statuses', '500') ?? 0)} answered 500, ${number(result['refusalsProven'])} refusals proven to leave the journal as it was, loop held up ${number(result['loopDelayMs'])} ms at most, memory ${number(result['rssBeforeMb'])} → ${number(result['rssAfterMb'])} MB; ${countOf(result['violations'])} violations`

const covered = (result: Json): string => `${number(result['covered'])} of ${number(result['branches'])} branches in ${number(result['files'])} files`
const mutated = (result: Json): string => ((result['parts'] ?? []) as readonly { readonly score: number; readonly noticed: number; readonly survived: number }[]).map(({ score, noticed, survived }) => `${score} %: ${number(noticed)} changes noticed, ${number(survived)} not`).join('; ')

/** What a change of is tried, by the names that `npm run mutation` takes. */
const MUTATED: readonly (readonly [part: string, title: string])[] = [
  ['machines', 'the machines and ledgers'], ['risk', 'the risk checks'], ['exits', 'the exit policies'], ['journal', 'the journal'], ['sequencer', 'the sequencer'], ['reconciliation', 'reconciliation and client ids'],
]

export const STEPS: readonly Step[] = [
  { id: 'sim-paper', title: 'Simulation with paper orders', run: { script: 'sim' }, full: ['--world', 'paper', '--seeds', '10000'], short: ['--world', 'paper', '--seeds', '300'], figures: simulated('paper') },
  { id: 'sim-live', title: 'Simulation of live trading at the emulated exchange', run: { script: 'sim' }, full: ['--world', 'live', '--seeds', '10000'], short: ['--world', 'live', '--seeds', '200'], figures: simulated('live') },
  { id: 'sim-twice', title: 'The same seeds twice: equal traces', run: { script: 'sim' }, full: ['--world', 'live', '--seeds', '1000', '--twice'], short: null, figures: simulated('live') },
  { id: 'canaries', title: 'Deliberate bugs', run: { script: 'sim' }, full: ['--canaries'], short: null, figures: canaries },
  { id: 'kills-paper', title: 'kill -9 under load, paper', run: { script: 'kill-loop' }, full: ['--kills', '700'], short: ['--kills', '10'], figures: killed },
  { id: 'kills-live', title: 'kill -9 under load, orders at the emulated exchange', run: { script: 'kill-loop' }, full: ['--live', '--kills', '300'], short: ['--live', '--kills', '10'], figures: killed },
  {
    id: 'io-sweep', title: 'Every call to the disk fails once in every way', run: { script: 'crash' }, full: ['sweep'], short: ['sweep'],
    figures: (result) => `${number(result['points'])} points, ${countOf(result['violations'])} violations`,
  },
  {
    id: 'crash-images', title: 'Disk images that a power loss may leave', run: { script: 'crash' }, full: ['images', '--traces', '200', '--product', '10'], short: null,
    figures: (result) => `${number(result['images'])} images of ${number(result['traces'])} traces of the store and ${number(result['productTraces'])} of the product, ${countOf(result['violations'])} violations`,
  },
  {
    id: 'bit-flips', title: 'Every bit of a journal flipped', run: { script: 'crash' }, full: ['bits', '--bytes', '65536'], short: null,
    figures: (result) => `${number(result['bits'])} bits of ${number(result['bytes'])} bytes: ${number(result['refused'])} refused, ${number(result['cut'])} cut as a torn tail, ${number(result['opened'])} opened, ${countOf(result['violations'])} violations`,
  },
  { id: 'golden', title: 'Journals of every earlier version', run: { tests: ['test/state/golden.test.ts'] }, full: [], short: [], figures: tested },
  { id: 'reconciliation', title: 'Reconciliation, the whole table of 1,920 combinations long and short', run: { tests: ['test/brokers/exchange-live/reconciliation-table.test.ts'] }, full: [], short: [], figures: tested },
  { id: 'authorisation', title: 'Authorisation: routes × methods × credentials', run: { tests: ['test/http/authorisation.test.ts'] }, full: [], short: [], figures: tested },
  { id: 'secrets', title: 'Secrets in nothing that is written', run: { tests: ['test/e2e/secrets.test.ts', 'test/e2e/live-secrets.test.ts'] }, full: [], short: null, figures: tested },
  { id: 'defences', title: 'Every defence taken away, one at a time: its test fails', run: { script: 'defences' }, full: [], short: null, figures: removed },
  { id: 'fuzz', title: 'Hostile HTTP', run: { script: 'fuzz' }, full: ['--requests', '1000000'], short: ['--requests', '20000'], figures: fuzzed },
  { id: 'load', title: 'Constant load', run: { script: 'load' }, full: ['--rate', '1000', '--seconds', '600'], short: null, figures: loaded },
  { id: 'coverage', title: 'Branches of journal, risk, machines, exits, reconciliation and client ids that the tests beside them take', run: { script: 'coverage' }, full: [], short: [], figures: covered },
  ...MUTATED.map(([part, title]): Step => ({ id: `mutation-${part}`, title: `Changes of ${title} that the tests beside them notice`, run: { script: 'mutation' }, full: [part], short: null, apart: true, figures: mutated })),
]

/** How a person runs a step alone. */
export function commandOf({ run }: Step, options: readonly string[]): string {
  if ('tests' in run) return `npx vitest run ${run.tests.join(' ')}`
  return ['npm run', run.script, ...(options.length > 0 ? ['--', ...options] : [])].join(' ')
}
