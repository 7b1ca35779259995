import { defineConfig } from 'vitest/config'

// The product's own tests. Whole runs of Vitest on fixtures are in `__test__/e2e`; they start processes,
// so as many of them run at once as there are processors, and no more.
export default defineConfig({
  test: {
    include: ['{shared,node,runtime}/**/*.test.ts', '__test__/**/*.test.ts'],
    exclude: [
      '**/node_modules/**',
      '**/.run/**',
      '__test__/fixtures/**',
      '__test__/contract/suites/**',
      '__test__/packages/**',
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
})
