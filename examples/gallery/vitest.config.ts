import { defineConfig } from 'vitest/config'
import { readD1Migrations, workers } from 'vitest-pool-workerd'

export default defineConfig({
  plugins: [
    workers(async () => ({
      wrangler: { configPath: './wrangler.jsonc' },
      miniflare: {
        bindings: { MIGRATIONS: await readD1Migrations(`${import.meta.dirname}/migrations`) },
        // Production fills batches for seconds; a test wants to see its message now.
        queueConsumers: { thumbnails: { maxBatchTimeout: 0.02, maxRetries: 2, deadLetterQueue: 'failed' } },
      },
    })),
  ],
  test: { setupFiles: ['./test/setup.ts'] },
})
