/** `vitest-pool-workerd`: what users import in their Vitest configuration. */
export type {
  DurableObjectOption,
  MiniflareOptions,
  OptionsContext,
  WorkersOptions,
  WorkersOptionsSource,
  WranglerOptions,
} from './options.ts'
export { cloudflarePool, cloudflareTest, workers } from './plugin.ts'
