import { defineConfig } from 'vitest/config'

/** The suites of the mutation tests: everything about the core that needs no process of its own. */
export default defineConfig({
  test: {
    include: ['test/{risk,machines,exits,domain}/**/*.test.ts', 'test/state/*.test.ts', 'test/brokers/exchange-live/*.test.ts'],
    exclude: ['test/state/{crash,lock}.test.ts', 'test/exits/{random-exits,restarts,peer-figures}.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
  },
})
