import { defineConfig } from 'vitest/config'

/** One file at a time: they kill processes, and count what is left. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 30_000,
  },
})
