import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The contract of storages runs on real servers here, too, where there are any; the other tests of services take longer.
    exclude: ['test/browser/**', 'test/services/**/!(*-contract).test.ts', 'test/faults/**', 'test/examples/**'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
