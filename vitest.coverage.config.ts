import { defineConfig } from 'vitest/config'

/**
 * Branch coverage of what money and durability hang on: `npm run coverage`. Only the suites of these folders count, so that
 * every branch has a test beside it that states what it means; a branch that nothing can reach is deleted.
 */
export default defineConfig({
  test: {
    include: ['test/{risk,machines,domain,exits}/**/*.test.ts', 'test/state/*.test.ts', 'test/brokers/exchange-live/reconciliation*.test.ts'],
    exclude: ['test/exits/{random-exits,restarts,peer-figures}.test.ts', 'test/state/{golden,crash,blanks}.test.ts', 'test/risk/concurrency.test.ts'],
    environment: 'node',
    testTimeout: 300_000,
    // Sweeps over every bit take no branch that the others do not.
    testNamePattern: /^(?!.*every flipped bit)/,
    // The same random values in every run: a branch that only luck takes has no test.
    setupFiles: ['test/same-values.ts'],
    pool: 'forks',
    maxWorkers: 2,
    retry: 1,
    coverage: {
      enabled: true,
      provider: 'v8',
      exclude: ['test/**', '**/documentation.ts'],
      include: ['src/risk/*.ts', 'src/exits/*.ts', 'src/domain/ids.ts', 'src/brokers/exchange-live/reconciliation.ts', 'machines/*.ts', 'state/*.ts'],
      reporter: ['text', 'json-summary', 'json'],
      reportsDirectory: 'artefacts/coverage',
      thresholds: { branches: 100 },
    },
  },
})
