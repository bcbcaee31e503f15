import { defineConfig } from 'vitest/config'

/** Kills processes that run what `npm run build` has made. */
export default defineConfig({
  test: { include: ['test/faults/**/*.test.ts'], pool: 'forks', fileParallelism: false, hookTimeout: 60_000 },
})
