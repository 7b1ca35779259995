import { defineConfig } from 'vitest/config'

// In this order: the addon reads them when it is loaded.
process.env['VITEST_POOL_WORKERD_LOG'] = 'module_fallback=debug'
process.env['VITEST_POOL_WORKERD_LOG_FILE'] = 'fallback.log'
const { workers } = await import('vitest-pool-workerd')

export default defineConfig({
  plugins: [
    workers({ miniflare: { compatibilityDate: '2026-11-02', compatibilityFlags: ['nodejs_compat'] } }),
  ],
  test: { testTimeout: 60_000 },
})
