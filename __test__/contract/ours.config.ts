// All suites under our pool.
import { workers } from 'vitest-pool-workerd'
import { defineConfig } from 'vitest/config'

import { projectsOf } from './products.ts'

export default defineConfig({ test: { projects: projectsOf('ours', workers) } })
