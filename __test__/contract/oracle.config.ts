// All suites under the existing integration, to learn whether they say the truth.
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

import { projectsOf } from './products.ts'

export default defineConfig({ test: { projects: projectsOf('oracle', cloudflareTest) } })
