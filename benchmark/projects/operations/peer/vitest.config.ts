import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [
    cloudflareTest({
      main: './src/index.ts',
      miniflare: {
        compatibilityDate: '2026-11-02',
        kvNamespaces: ['KV'],
        d1Databases: ['DB'],
        r2Buckets: ['BUCKET'],
        queueProducers: { QUEUE: 'queue' },
      },
    }),
  ],
  test: { testTimeout: 60_000 },
})
