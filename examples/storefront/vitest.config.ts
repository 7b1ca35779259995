import { defineConfig } from 'vitest/config'
import { workers } from 'vitest-pool-workerd'
import { payments } from './test/payments.ts'

export default defineConfig({
  plugins: [
    workers({
      wrangler: { configPath: './wrangler.jsonc' },
      // Bundled from their sources, and run beside the Worker under test. Names lead from one to the other.
      auxiliaryWorkers: [
        { configPath: './inventory/wrangler.jsonc' },
        { configPath: './accounts/wrangler.jsonc' },
      ],
      miniflare: {
        serviceBindings: {
          // Replaces the service of the same name in wrangler.jsonc.
          PAYMENTS: payments,
          // Tests alone have this one: `accounts` as a client sees it that may do less.
          READ_ONLY_ACCOUNTS: {
            name: 'accounts',
            entrypoint: 'Accounts',
            props: { client: 'newsletter', scopes: ['orders:read'] },
          },
        },
      },
      // Whatever the Workers need is here: a request that leaves is a mistake.
      network: 'none',
    }),
  ],
})
