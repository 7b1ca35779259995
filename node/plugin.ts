/** The Vite plugin: selects the pool for each project, and resolves what only the runtime has. */
import { builtinModules } from 'node:module'
// Adds `configureVitest` to Vite's plugin type.
import type {} from 'vitest/config'
import type { PoolRunnerInitializer, TestProject, Vite } from 'vitest/node'

import { CLOUDFLARE_TEST_MODULE } from '../shared/protocol.ts'
import type { WorkersOptionsSource } from './options.ts'
import { createInitializer, POOL_NAME } from './pool-worker.ts'
import type { Generation } from './project.ts'
import { projectOf } from './project.ts'

/** The virtual module behind `cloudflare:test`. Stable, since Vitest keeps resolved ids on disk. */
const VIRTUAL_CLOUDFLARE_TEST = '\0virtual:vitest-pool-workerd/cloudflare-test'

/** How Wrangler's bundler resolves packages. */
const CONDITIONS = ['workerd', 'worker', 'module', 'browser']
const MAIN_FIELDS = ['browser', 'module', 'jsnext:main', 'jsnext']

/** Modules that the runtime has or asks us for; Vite must leave their specifiers alone. */
const RUNTIME_MODULES = [
  ...builtinModules,
  /^node:/,
  /^cloudflare:(?!test$)/,
  // What stops Durable Objects is the runner's alone.
  /^workerd:(?!unsafe$)/,
  CLOUDFLARE_TEST_MODULE,
]

function createPlugin(source: WorkersOptionsSource, generation: Generation): Vite.Plugin {
  const projects = new Set<TestProject>()
  const initializer = createInitializer(({ project }) => projectOf(project, source, generation))
  return {
    name: 'vitest-pool-workerd',
    enforce: 'pre',

    config() {
      const resolve = {
        conditions: [...CONDITIONS, 'development|production'],
        mainFields: MAIN_FIELDS,
        builtins: RUNTIME_MODULES,
      }
      return {
        ssr: { resolve: { conditions: resolve.conditions, mainFields: MAIN_FIELDS } },
        environments: { ssr: { resolve } },
      }
    },

    configureVitest({ project, vitest }) {
      // Browser projects run elsewhere, and a second copy of the plugin has nothing to add.
      if (project.config.browser.enabled || projects.has(project)) return
      projects.add(project)
      project.config.pool = POOL_NAME
      project.config.poolRunner = initializer
      projectOf(project, source, generation).warm(vitest.distPath)
    },

    resolveId(id) {
      if (id === 'cloudflare:test') return VIRTUAL_CLOUDFLARE_TEST
      return undefined
    },

    load(id) {
      if (id !== VIRTUAL_CLOUDFLARE_TEST) return undefined
      // One plugin may serve several projects, each with a Vite server of its own, or several that share
      // one. Those that share it have the same root, and therefore the same `main`.
      const project = [...projects].find(
        ({ vite }) => vite.environments[this.environment.name] === this.environment,
      )
      const main = project && projectOf(project, source, generation).main
      // Importing `main` makes Vitest rerun tests that reach it through `SELF` alone, and lets a
      // `main` that cannot be loaded fail the files that need it, with its own error.
      const imports = main ? `import ${JSON.stringify(main)};\n` : ''
      return `${imports}export * from ${JSON.stringify(CLOUDFLARE_TEST_MODULE)};\n`
    },
  }
}

/**
 * Runs the project's tests inside workerd. Stored data is undone after every test.
 * @example
 * export default defineConfig({ plugins: [workers({ wrangler: { configPath: './wrangler.jsonc' } })] })
 */
export function workers(options: WorkersOptionsSource = {}): Vite.Plugin {
  return createPlugin(options, { defaultIsolation: 'test' })
}

/** {@link workers} as users of Cloudflare's own plugin know it: stored data is undone after every file. */
export function cloudflareTest(options: WorkersOptionsSource = {}): Vite.Plugin {
  return createPlugin(options, { defaultIsolation: 'file' })
}

/** The pool alone, for `test.pool`. It needs the plugin for `cloudflare:test`; {@link workers} has both. */
export function cloudflarePool(options: WorkersOptionsSource = {}): PoolRunnerInitializer {
  return createInitializer(({ project }) => projectOf(project, options, { defaultIsolation: 'file' }))
}
