// As `wrangler types` generates it.
declare namespace Cloudflare {
  interface Env {
    KV: KVNamespace
    DB: D1Database
    COUNTER: DurableObjectNamespace<import('../counter.ts').Counter>
    ORDERS: Workflow
  }
}
