/** `vitest-pool-workerd`: what users import in their Vitest configuration. */
export type { D1Migration, D1MigrationsOptions } from './d1-migrations.ts'
export { readD1Migrations } from './d1-migrations.ts'
export type {
  AuxiliaryWorkerOption,
  DurableObjectOption,
  MiniflareOptions,
  OptionsContext,
  QueueConsumerOption,
  ServiceFunction,
  ServiceOption,
  ServiceRequest,
  WorkflowOption,
  WorkersOptions,
  WorkersOptionsSource,
  WranglerOptions,
} from './options.ts'
export { buildPagesASSETSBinding } from './pages-assets.ts'
export { cloudflarePool, cloudflareTest, workers } from './plugin.ts'
