import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
    maxConcurrency: 12,
    pool: 'forks',
    // Most of them wait for real time: two at once, also on two cores.
    maxWorkers: 2,
    // Named at the end of a run, and few of them let through.
    retry: 1,
    reporters: ['default', './test/second-tries.ts'],
    // No test leaves this machine (SPEC, rule two): every connection of a run is written down and judged at its end.
    globalSetup: ['test/sockets/whole-run.ts'],
    setupFiles: ['test/sockets/guard.mjs'],
  },
})
