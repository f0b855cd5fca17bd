import { statSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** A mutant is done with its first failing test: the suites beside the code come first, small ones before large ones. */
class NearestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const distance = ({ moduleId }: TestSpecification): number => (/test\/(machines|state|runtime|domain)\//.test(moduleId) ? 0 : 1e9) + statSync(moduleId).size
    return Promise.resolve([...files].sort((a, b) => distance(a) - distance(b)))
  }
}

/** The suites of the mutation tests: everything about the core that needs no process of its own and little time. */
export default defineConfig({
  test: {
    include: ['test/{risk,machines,exits,domain}/**/*.test.ts', 'test/state/*.test.ts', 'test/runtime/sequencer.test.ts', 'test/brokers/exchange-live/reconciliation*.test.ts'],
    exclude: ['test/state/{crash,lock,golden}.test.ts', 'test/exits/{random-exits,restarts,peer-figures}.test.ts', 'test/risk/concurrency.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
    // One worker per mutant instead of one per suite. Its modules are thrown away with it.
    isolate: false,
    sequence: { sequencer: NearestFirst },
  },
})
