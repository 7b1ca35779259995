import './count.ts'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [
    cloudflareTest({ miniflare: { compatibilityDate: '2026-11-02', compatibilityFlags: ['nodejs_compat'] } }),
  ],
  test: { testTimeout: 60_000 },
})
