import { defineConfig } from 'vitest/config'
import { workers } from 'vitest-pool-workerd'

export default defineConfig({
  plugins: [workers({ wrangler: { configPath: './wrangler.jsonc' } })],
})
