/**
 * `npm run mutation [-- machines exits …] [--again] [--json FILE]`: whether the tests of the core notice a change of it, part
 * by part. What neither code nor tests changed since is not tried again (`--again`: all of it). Exit code 1 where a part is
 * below the least score. A single file: `npx stryker run --mutate machines/ledger.ts`.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** Percent of the mutants that must be noticed. */
const LEAST = 90
const list = (folder: string, end: string, ...names: readonly string[]): string => names.map((name) => `${folder}/${name}${end}`).join()

/** What is changed, and the tests beside it that should notice: commas between them. */
const PARTS = {
  risk: ['src/risk/*.ts', 'test/risk/*.test.ts'],
  exits: ['src/exits/*.ts', 'test/exits/*.test.ts,test/machines/exit-policies.test.ts'],
  machines: ['machines/*.ts', 'test/machines/*.test.ts'],
  // Without the suites that sweep every byte or every failing call: each would take a minute for every change.
  journal: [
    list('state', '.ts', 'codec', 'segment*', 'journal-*', 'recover', 'replay', 'fold', 'checkpoint-file', 'batch-order', 'upcast', 'io', 'file-store'),
    list('test/state', '.test.ts', 'codec', 'reading', 'replay', 'upcast', 'io', 'file-store', 'memory-store'),
  ],
  sequencer: ['src/runtime/sequencer.ts', 'test/runtime/sequencer.test.ts'],
  reconciliation: ['src/brokers/exchange-live/reconciliation.ts,src/domain/ids.ts', 'test/brokers/exchange-live/reconciliation.test.ts,test/domain/ids.test.ts'],
} satisfies Readonly<Record<string, readonly [mutate: string, tests: string]>>
type Part = keyof typeof PARTS

type Report = { readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>> }
export type PartScore = { readonly part: Part; readonly score: number; readonly noticed: number; readonly survived: number; readonly ignored: number }

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ARTEFACTS = join(ROOT, 'artefacts')

function scoreOf(part: Part, { files }: Report): PartScore {
  const statuses = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status))
  const count = (...wanted: readonly string[]): number => statuses.filter((status) => wanted.includes(status)).length
  const [noticed, survived] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')]
  return { part, score: Math.round((noticed * 1000) / (noticed + survived)) / 10, noticed, survived, ignored: count('Ignored') }
}

function run(part: Part, again: boolean): PartScore {
  const [mutate, tests] = PARTS[part]
  const options = ['run', '--mutate', `${mutate},!**/documentation.ts`, '--testFiles', tests, '--incremental', '--incrementalFile', join(ARTEFACTS, `mutation-${part}.json`), ...(again ? ['--force'] : [])]
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/@stryker-mutator/core/bin/stryker.js'), ...options], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) throw new Error(`Stryker ended with ${status} on ${part}`)
  return scoreOf(part, JSON.parse(fs.readFileSync(join(ARTEFACTS, 'mutation.json'), 'utf8')) as Report)
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { again: { type: 'boolean', default: false }, json: { type: 'string' } } })
const names = Object.keys(PARTS) as Part[]
const unknown = positionals.filter((name) => !names.includes(name as Part))
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(', ')}; parts: ${names.join(', ')}\n`)
  process.exit(2)
}
const parts = names.filter((name) => positionals.length === 0 || positionals.includes(name)).map((name) => run(name, values.again))
for (const { part, score, noticed, survived } of parts) process.stdout.write(`${score < LEAST ? 'below' : 'ok   '}  ${part}: ${score} %, ${noticed} noticed, ${survived} not\n`)
if (values.json !== undefined) fs.writeFileSync(values.json, JSON.stringify({ parts }))
process.exitCode = parts.every(({ score }) => score >= LEAST) ? 0 : 1
