/** `vitest-pool-workerd`: what users import in their Vitest configuration. */
export type { D1Migration, D1MigrationsOptions } from './d1-migrations.ts'
export { readD1Migrations } from './d1-migrations.ts'
export type {
  DurableObjectOption,
  MiniflareOptions,
  OptionsContext,
  QueueConsumerOption,
  WorkflowOption,
  WorkersOptions,
  WorkersOptionsSource,
  WranglerOptions,
} from './options.ts'
export { cloudflarePool, cloudflareTest, workers } from './plugin.ts'
