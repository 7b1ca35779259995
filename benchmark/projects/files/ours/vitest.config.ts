import { workers } from 'vitest-pool-workerd'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [
    workers({
      main: './src/index.ts',
      miniflare: {
        compatibilityDate: '2026-11-02',
        kvNamespaces: ['NOTES'],
        durableObjects: { COUNTER: { className: 'Counter', useSQLite: true } },
      },
    }),
  ],
})
