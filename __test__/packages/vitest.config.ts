import { defineConfig } from 'vitest/config'
import { workers } from 'vitest-pool-workerd'

import { namesInNode } from './oracle/names.ts'

export default defineConfig({
  plugins: [
    workers({
      miniflare: { compatibilityFlags: ['nodejs_compat'], d1Databases: ['DB'] },
    }),
  ],
  test: {
    testTimeout: 30_000,
    // Not transformed, so that what they import is imported as packages import it.
    server: { deps: { external: [/\/native\//] } },
    provide: { names: await namesInNode() },
  },
})
