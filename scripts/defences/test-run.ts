/** One run of vitest over some tests of one file, and what it says. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'

/** `retries`: of a test that fails; of none that is to fail. */
export type Wanted = { readonly file: string; readonly pattern: string; readonly limitMs: number; readonly retries: 0 | 1 }
export type TestOutcome = { readonly name: string; readonly passed: boolean; readonly messages: readonly string[] }
/** `outcomes`: of the tests that fit the pattern. `broken`: why there are none to speak of. */
export type TestRun = { readonly outcomes: readonly TestOutcome[]; readonly broken: string | null; readonly seconds: number }

type Assertion = { readonly fullName: string; readonly status: string; readonly failureMessages: readonly string[] | null }
type Report = { readonly testResults: readonly { readonly message: string; readonly status: string; readonly assertionResults: readonly Assertion[] }[] }

const running = new Set<number>()

/** Beyond the limits of its tests: starting, and hooks. */
const START_MS = 60_000

/** Runs the tests in a copy of the tree; a run that does not end by itself is ended. */
export async function runTests(tree: string, { file, pattern, limitMs, retries }: Wanted): Promise<TestRun> {
  const json = join(tree, 'artefacts', 'test-run.json')
  fs.rmSync(json, { force: true })
  const began = performance.now()
  const limits = [`--retry=${retries}`, `--testTimeout=${limitMs}`, `--hookTimeout=${limitMs}`]
  const child = spawn(process.execPath, [join(tree, 'node_modules/vitest/vitest.mjs'), 'run', file, '-t', pattern, ...limits, '--reporter=json', `--outputFile=${json}`], { cwd: tree, stdio: 'ignore', detached: true })
  if (child.pid !== undefined) running.add(child.pid)
  const ended = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), START_MS + 3 * limitMs)
    child.once('exit', () => (clearTimeout(timer), resolve(true)))
  })
  endGroup(child.pid)
  const seconds = Math.round((performance.now() - began) / 100) / 10
  if (!ended) return { outcomes: [], broken: 'the run did not end', seconds }
  if (!fs.existsSync(json)) return { outcomes: [], broken: 'vitest wrote no result', seconds }
  return { ...readReport(JSON.parse(fs.readFileSync(json, 'utf8')) as Report), seconds }
}

/** Of a run that did not end, and whatever a test that failed has left running. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  running.delete(pid)
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of it runs any more.
  }
}

/** Ends every run that is under way. */
export const endRuns = (): void => [...running].forEach(endGroup)

export function readReport({ testResults }: Report): Omit<TestRun, 'seconds'> {
  const outcomes = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'passed' || status === 'failed').map(({ fullName, status, failureMessages }) => ({ name: fullName, passed: status === 'passed', messages: failureMessages ?? [] })),
  )
  const unread = testResults.find(({ status, assertionResults }) => status === 'failed' && assertionResults.every((each) => each.status !== 'failed'))
  return { outcomes, broken: unread ? unread.message.slice(0, 300) || 'the file of tests failed as a whole' : outcomes.length === 0 ? 'no test has such a name' : null }
}
