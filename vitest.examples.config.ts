import { defineConfig } from 'vitest/config'

/** Starts the examples as their readers do, on what `npm run build` has made. */
export default defineConfig({
  test: { include: ['test/examples/**/*.test.ts'], pool: 'forks', testTimeout: 60_000, hookTimeout: 60_000 },
})
