/**
 * The products, and the parts of the test surface, each a Vitest project with its suites. A project of its own, so
 * that trouble with one leaves the others alone.
 */
import type { Side } from './contract.ts'

interface Product {
  name: string
  /** The side that runs it, while the other does not have the product, or is failed by it. Default: both. */
  only?: Side
  /** The Wrangler file, if it is another product's. */
  wrangler?: string
  /** What a Wrangler file cannot say, in the words of Miniflare, which both pools know. */
  miniflare?: Record<string, unknown>
}

const products: Product[] = [
  { name: 'kv' },
  { name: 'd1' },
  { name: 'r2' },
  { name: 'cache' },
  { name: 'message-batches' },
  { name: 'events', wrangler: 'message-batches' },
  { name: 'queues' },
  { name: 'queue-errors' },
  {
    name: 'queue-options',
    miniflare: { queueConsumers: { plain: { maxBatchSize: 1, maxBatchTimeout: 0.05, maxRetries: 1 } } },
  },
  { name: 'durable-objects' },
  { name: 'object-helpers', wrangler: 'durable-objects' },
  { name: 'object-lists', wrangler: 'durable-objects' },
  { name: 'object-resets' },
  { name: 'eviction', wrangler: 'durable-objects' },
  { name: 'slow-main' },
  { name: 'entrypoints' },
  { name: 'execution' },
  { name: 'extra-handlers' },
  { name: 'no-main' },
  { name: 'service-worker' },
  // Rejections that nobody observes fail a run, and the oracle leaves some.
  { name: 'unobserved', only: 'ours' },
  { name: 'workflows' },
]

interface PoolOptions {
  wrangler: { configPath: string }
  miniflare: Record<string, unknown>
}

/** The Vitest projects of one side. `plugin` makes its pool's plugin. */
export function projectsOf<Plugin>(side: Side, plugin: (options: PoolOptions) => Plugin) {
  const present = products.filter(({ only = side }) => only === side)
  return present.map(({ name, wrangler = name, miniflare = {} }) => ({
    plugins: [plugin({ wrangler: { configPath: `./wrangler/${wrangler}.jsonc` }, miniflare })],
    test: {
      name,
      // A suite that is long has several files.
      include: [`suites/${name}{,-*}.test.ts`],
      provide: { side },
      // Waiting for a queue ends by itself after ten seconds, and says more than this would.
      testTimeout: 20_000,
    },
  }))
}
