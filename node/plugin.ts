/** The Vite plugin: selects the pool for each project, and resolves what only the runtime has. */
import { builtinModules } from 'node:module'
// Adds `configureVitest` to Vite's plugin type.
import type {} from 'vitest/config'
import type { PoolRunnerInitializer, TestProject, Vite } from 'vitest/node'

import { CLOUDFLARE_TEST_MODULE, FILE_MODULE_PREFIX } from '../shared/protocol.ts'
import type { WorkersOptionsSource } from './options.ts'
import { createInitializer, POOL_NAME } from './pool-worker.ts'
import type { Generation, WorkersProject } from './project.ts'
import { projectOf } from './project.ts'
import { CONDITIONS, MAIN_FIELDS } from './resolution.ts'

/** The virtual module behind `cloudflare:test`. Stable, since Vitest keeps resolved ids on disk. */
const VIRTUAL_CLOUDFLARE_TEST = '\0virtual:vitest-pool-workerd/cloudflare-test'

/**
 * With Node compatibility, which the runner needs, Wrangler takes this package's `main`. Its build for browsers
 * would be the one by its `package.json`.
 */
const ALIASES = [{ find: /^debug$/, replacement: 'debug/src/index.js' }]

/** What Vite and Vitest add to conditions for Node, and what Wrangler's bundler does not have. */
const FOREIGN_CONDITIONS = new Set(['node', 'module', 'module-sync', 'development|production'])

/**
 * Code of packages is workerd's to load. Vitest would leave files to Vite that Node could not import, such as ES
 * modules without a `type`; a package would then have two instances, one for the project and one for other packages.
 */
const CODE_OF_PACKAGES = /\/node_modules\/.+\.[cm]?js$/

/** Modules that the runtime has or asks us for; Vite must leave their specifiers alone. */
const RUNTIME_MODULES = [
  ...builtinModules,
  /^node:/,
  /^cloudflare:(?!test$)/,
  // What stops Durable Objects is the runner's alone.
  /^workerd:(?!unsafe$)/,
  CLOUDFLARE_TEST_MODULE,
  new RegExp(`^${FILE_MODULE_PREFIX}/`),
]

function createPlugin(source: WorkersOptionsSource, generation: Generation): Vite.Plugin {
  const projects = new Set<TestProject>()
  // One plugin may serve several projects, each with a Vite server of its own, or several that share one.
  // Those that share it have the same root, and therefore the same `main`, rules and aliases.
  const glueOf = (environment: Vite.Environment): WorkersProject | undefined => {
    const project = [...projects].find(({ vite }) => vite.environments[environment.name] === environment)
    return project && projectOf(project, source, generation)
  }
  const initializer = createInitializer(({ project }) => projectOf(project, source, generation))
  return {
    name: 'vitest-pool-workerd',
    enforce: 'pre',

    config(user) {
      const resolve = { builtins: RUNTIME_MODULES }
      return {
        // As Wrangler's bundler does. Vite 8 and later can; others ignore it.
        resolve: { tsconfigPaths: user.resolve?.tsconfigPaths ?? true, alias: ALIASES },
        environments: { ssr: { resolve } },
        test: { server: { deps: { external: [CODE_OF_PACKAGES] } } },
      }
    },

    configResolved(config) {
      const { resolve } = config.environments['ssr']!
      resolve.conditions = conditionsOf(config)
      resolve.externalConditions = resolve.conditions
      resolve.mainFields = MAIN_FIELDS
    },

    configureVitest(context) {
      const { project, vitest } = context
      // Browser projects run elsewhere, and a second copy of the plugin has nothing to add.
      if (project.config.browser.enabled || projects.has(project)) return
      projects.add(project)
      project.config.pool = POOL_NAME
      project.config.poolRunner = initializer
      if (typeof source === 'object' && source?.singleWorker === true) {
        project.config.isolate = false
        project.config.maxWorkers = 1
      }
      const glue = projectOf(project, source, generation)
      // Vitest keeps transformed files on disk, and would not notice an edit of the Wrangler file.
      const keyCache = context.defineCacheKeyGenerator ?? context.experimental_defineCacheKeyGenerator
      keyCache(() => glue.transformKey)
      glue.warm(vitest.distPath)
    },

    resolveId(id, importer) {
      if (id === 'cloudflare:test') return VIRTUAL_CLOUDFLARE_TEST
      const target = glueOf(this.environment)?.aliasOf(id)
      return target === undefined ? undefined : this.resolve(target, importer)
    },

    load(id) {
      const glue = glueOf(this.environment)
      if (id !== VIRTUAL_CLOUDFLARE_TEST) {
        if (!glue?.isModuleByRule(id)) return undefined
        const file = id.replace(/\?.*$/, '')
        return `export { default } from ${JSON.stringify(FILE_MODULE_PREFIX + file)}\n`
      }
      const main = glue?.main
      // Importing `main` makes Vitest rerun tests that reach it through `SELF` alone, and lets a
      // `main` that cannot be loaded fail the files that need it, with its own error.
      const imports = main ? `import ${JSON.stringify(main)};\n` : ''
      return `${imports}export * from ${JSON.stringify(CLOUDFLARE_TEST_MODULE)};\n`
    },
  }
}

/** Ours, and what the user has added. */
function conditionsOf(config: Vite.ResolvedConfig): string[] {
  const { conditions } = config.environments['ssr']!.resolve
  const added = [...conditions, ...config.resolve.conditions]
  return [...new Set([...CONDITIONS, ...added.filter((name) => !FOREIGN_CONDITIONS.has(name))])]
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
