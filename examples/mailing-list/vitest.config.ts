import { defineConfig } from 'vitest/config'
import { workers } from 'vitest-pool-workerd'

export default defineConfig({
  plugins: [
    workers({
      wrangler: { configPath: './wrangler.jsonc' },
      miniflare: {
        // Production fills batches for seconds; a test wants to see its message now. What is said here about a queue
        // replaces all that wrangler.jsonc says about it.
        queueConsumers: {
          deliveries: {
            maxBatchSize: 10,
            maxBatchTimeout: 0.02,
            maxRetries: 3,
            deadLetterQueue: 'undelivered',
          },
          undelivered: { maxBatchTimeout: 0.02 },
        },
      },
      // No test sends mail, not even one with a mistake.
      network: 'none',
    }),
  ],
})
