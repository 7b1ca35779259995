/** `vitest-pool-workerd/config`: a Vitest configuration as the older generation of Cloudflare's integration has it. */
import type { ConfigEnv, UserWorkspaceConfig, ViteUserConfig } from 'vitest/config'

import type { WorkersOptionsSource } from './options.ts'
import { workers } from './plugin.ts'

export type { D1Migration, D1MigrationsOptions } from './d1-migrations.ts'
export { readD1Migrations } from './d1-migrations.ts'
export { buildPagesASSETSBinding } from './pages-assets.ts'

/** Where the options are. */
interface PoolOptions {
  poolOptions?: {
    /** What `workers()` takes: options, or a function that makes them after `globalSetup` has run. */
    workers?: WorkersOptionsSource
  }
}

/** A configuration of Vitest with `test.poolOptions.workers`. */
export type WorkersUserConfig = Omit<ViteUserConfig, 'test'> & { test?: ViteUserConfig['test'] & PoolOptions }

/** The same of one project. */
export type WorkersProjectConfig = Omit<UserWorkspaceConfig, 'test'> & {
  test?: UserWorkspaceConfig['test'] & PoolOptions
}

/** A configuration, a promise of one, or a function that makes one. */
export type ConfigSource<Config> = Config | Promise<Config> | ((env: ConfigEnv) => Config | Promise<Config>)

/** Names of pools that mean this one. */
const POOLS = new Set(['@cloudflare/vitest-pool-workers', 'vitest-pool-workerd'])

/**
 * Makes a configuration whose tests run inside workerd. Stored data is undone after every test.
 * @example
 * export default defineWorkersConfig({
 *   test: { poolOptions: { workers: { wrangler: { configPath: './wrangler.toml' } } } },
 * })
 */
export function defineWorkersConfig(config: ConfigSource<WorkersUserConfig>): ConfigSource<ViteUserConfig> {
  return define(config)
}

/** {@link defineWorkersConfig} for one of several projects. */
export function defineWorkersProject(
  config: ConfigSource<WorkersProjectConfig>,
): ConfigSource<UserWorkspaceConfig> {
  return define(config)
}

type Any = WorkersUserConfig | WorkersProjectConfig

function define<Config extends Any>(config: ConfigSource<Config>): ConfigSource<never> {
  if (typeof config === 'function') return (async (env: ConfigEnv) => withPlugin(await config(env))) as never
  if (config instanceof Promise) return config.then(withPlugin)
  return withPlugin(config)
}

/** The plugin in place of the options, which Vitest would not know. */
function withPlugin(config: Any): never {
  const { poolOptions, pool, ...test } = (config.test ?? {}) as PoolOptions & { pool?: unknown }
  const { workers: options, ...others } = poolOptions ?? {}
  const kept = {
    ...(Object.keys(others).length > 0 && { poolOptions: others }),
    ...(pool !== undefined && !POOLS.has(pool as string) && { pool }),
  }
  return {
    ...config,
    plugins: [...(config.plugins ?? []), workers(options)],
    test: { ...test, ...kept },
  } as never
}
