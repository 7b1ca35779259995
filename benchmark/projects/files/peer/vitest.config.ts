import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [
    cloudflareTest({
      main: './src/index.ts',
      miniflare: {
        compatibilityDate: '2026-11-02',
        kvNamespaces: ['NOTES'],
        durableObjects: { COUNTER: { className: 'Counter', useSQLite: true } },
      },
    }),
  ],
})
