/**
 * Mutation tests of the core: `npm run mutation -- --mutate 'src/risk/*.ts'`. The suites are those that need no real
 * process, so that a mutant costs seconds.
 */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts', related: true },
  mutate: ['src/risk/*.ts', 'src/exits/*.ts', 'src/domain/ids.ts', 'src/brokers/exchange-live/reconciliation.ts', 'machines/*.ts', 'state/{codec,segment,journal-*,recover,replay,fold}.ts', '!**/documentation.ts'],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { logTests: false, allowColor: false },
  jsonReporter: { fileName: 'artefacts/mutation.json' },
  tempDirName: 'artefacts/stryker',
  concurrency: 1,
  timeoutMS: 10_000,
}
