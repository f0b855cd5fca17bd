/**
 * Names the tests that held only at their second try. Most tests of this suite run against real sockets, processes and
 * clocks, so a machine that stands still for seconds can fail one; a test that does so often is broken, so few are let through.
 */
import type { Reporter, TestCase } from 'vitest/node'

const AT_MOST = 5

export default class SecondTries implements Reporter {
  readonly #names: string[] = []

  onTestCaseResult(testCase: TestCase): void {
    if (testCase.diagnostic()?.flaky) this.#names.push(`${testCase.module.relativeModuleId} > ${testCase.fullName}\n${(testCase.result().errors ?? []).map(({ message }) => `    ${message.split('\n')[0] ?? ''}`).join('\n')}`)
  }

  onTestRunEnd(): void {
    process.stdout.write(`Held only at the second try: ${this.#names.length}, at most ${AT_MOST}.\n${this.#names.map((name) => `  ${name}\n`).join('')}`)
    if (this.#names.length > AT_MOST) process.exitCode = 1
  }
}
