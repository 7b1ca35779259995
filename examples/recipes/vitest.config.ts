import { defineConfig } from 'vitest/config'
import { buildPagesASSETSBinding, workers } from 'vitest-pool-workerd'

export default defineConfig({
  plugins: [
    workers(async () => ({
      // There is no `main`: Pages puts the Functions together when it builds, and tests call them one by one.
      miniflare: {
        compatibilityDate: '2026-10-01',
        kvNamespaces: ['RECIPES'],
        serviceBindings: { ASSETS: await buildPagesASSETSBinding(`${import.meta.dirname}/public`) },
      },
    })),
  ],
})
