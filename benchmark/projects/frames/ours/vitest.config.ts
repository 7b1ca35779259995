import { workers } from 'vitest-pool-workerd'
import { defineConfig } from 'vitest/config'

import { products } from './products.ts'

export default defineConfig({
  plugins: [
    workers({
      main: './src/index.ts',
      miniflare: {
        compatibilityDate: '2026-11-02',
        kvNamespaces: ['KV'],
        d1Databases: ['DB'],
        r2Buckets: products.some((product) => product === 'R2') ? ['BUCKET'] : [],
        durableObjects: products.some((product) => product.includes('object'))
          ? { SHELF: { className: 'Shelf', useSQLite: true } }
          : {},
      },
    }),
  ],
})
