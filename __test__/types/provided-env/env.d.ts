// As people wrote it for the older generation of Cloudflare's integration.
interface Env {
  KV: KVNamespace
  DB: D1Database
  COUNTER: DurableObjectNamespace<import('../counter.ts').Counter>
  ORDERS: Workflow
}

declare module 'cloudflare:test' {
  interface ProvidedEnv extends Env {}
}
