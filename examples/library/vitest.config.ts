import { defineConfig } from 'vitest/config'
import { readD1Migrations, workers } from 'vitest-pool-workerd'

const projectPath = import.meta.dirname

export default defineConfig({
  plugins: [
    workers(async () => ({
      wrangler: { configPath: './wrangler.jsonc' },
      miniflare: {
        // Files are read here, in Node, and applied in test/setup.ts, in the runtime.
        bindings: {
          CATALOG_MIGRATIONS: await readD1Migrations({ projectPath, migrationsDir: 'migrations/catalog' }),
          ARCHIVE_MIGRATIONS: await readD1Migrations({ projectPath, migrationsDir: 'migrations/archive' }),
        },
      },
    })),
  ],
  test: { setupFiles: ['./test/setup.ts'] },
})
