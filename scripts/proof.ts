/**
 * `npm run proof [-- --short] [--only fuzz,load] [--again] [--results DIR]`: runs everything that proves LOMS, one program after
 * the other, and keeps each result. An interrupted proof goes on: what succeeded on this commit is not run again. The whole form
 * takes up to two hours and writes `reliability/results`; the short one, for every change, minutes. Exit code 1 if a step fails.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { readResult, writeResult, type StepResult } from './proof/result-file.ts'
import { commandOf, STEPS, type Step } from './proof/steps.ts'

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false }, only: { type: 'string' }, again: { type: 'boolean', default: false }, results: { type: 'string' } } })
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const form = values.short ? 'short' : 'full'
const folder = values.results ?? join(ROOT, values.short ? 'artefacts/proof-short' : 'reliability/results')
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

const git = (...args: readonly string[]): string => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout.trim()
/** Results and the report are made by the proof: they are no change of what was proven. */
const changed = (): boolean => git('status', '--porcelain').split('\n').some((line) => line !== '' && !/ (reliability\/results\/|RELIABILITY\.md)/.test(line))
const commit = `${git('rev-parse', '--short=12', 'HEAD')}${changed() ? '+' : ''}`

const wanted = values.only?.split(',')
const unknown = wanted?.filter((id) => !STEPS.some((step) => step.id === id)) ?? []
if (unknown.length > 0) {
  process.stderr.write(`There is no step ${unknown.join(', ')}; steps: ${STEPS.map(({ id }) => id).join(', ')}\n`)
  process.exit(2)
}

/** Node's arguments. The program's own output goes to this terminal. */
function argumentsOf({ run }: Step, options: readonly string[], json: string): string[] {
  if ('tests' in run) return [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...run.tests, '--reporter=dot', '--reporter=json', `--outputFile=${json}`]
  return ['--import', tsx, join(ROOT, `scripts/${run.script}.ts`), ...options, '--json', json]
}

function runStep(step: Step, options: readonly string[]): StepResult {
  const scratch = fs.mkdtempSync(join(tmpdir(), 'loms-proof-'))
  const json = join(scratch, 'result.json')
  const began = performance.now()
  const { status } = spawnSync(process.execPath, argumentsOf(step, options, json), { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] })
  const seconds = Math.round((performance.now() - began) / 1000)
  const written = fs.existsSync(json) ? (JSON.parse(fs.readFileSync(json, 'utf8')) as StepResult['result']) : null
  fs.rmSync(scratch, { recursive: true })
  const result = written && 'tests' in step.run ? { numPassedTests: written['numPassedTests'], numTotalTests: written['numTotalTests'] } : (written ?? { violations: ['it wrote no result'] })
  return { step: step.id, form, command: commandOf(step, options), commit, at: new Date().toISOString(), seconds, ok: status === 0 && written !== null, result }
}

let failed = 0
for (const step of STEPS) {
  const options = step[form]
  if (options === null || (wanted ? !wanted.includes(step.id) : step.apart)) continue
  const known = values.again ? null : readResult(folder, step.id)
  const result = known?.ok && known.commit === commit && !commit.endsWith('+') && known.form === form ? known : runStep(step, options)
  if (result === known) process.stdout.write(`already done  ${step.id}\n`)
  else {
    writeResult(folder, result)
    process.stdout.write(`${result.ok ? 'ok    ' : 'FAILED'}  ${step.id}, ${result.seconds} s: ${step.figures(result.result)}\n`)
  }
  if (!result.ok) failed += 1
}
process.stdout.write(`${failed === 0 ? 'proven' : `${failed} failed`}, results in ${folder}\n`)
process.exitCode = failed === 0 ? 0 : 1
