import { workers } from 'vitest-pool-workerd'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [
    workers({
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
