// Bindings of the Workers here. Global, because the runtime's own types are.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('./objects.ts')
    durableNamespaces: 'Counter' | 'Unbound'
  }

  interface Env {
    KV: KVNamespace
    BUCKET: R2Bucket
    DB: D1Database
    COUNTER: DurableObjectNamespace<import('./objects.ts').Counter>
    DERIVED: DurableObjectNamespace<import('./objects.ts').Derived>
    SHADOWED: DurableObjectNamespace<import('./objects.ts').Shadowed>
    PROXIED: DurableObjectNamespace<import('./objects.ts').Proxied>
    /** Its class is no Durable Object by its type. */
    PLAIN: DurableObjectNamespace<import('./objects.ts').Counter>
    EMPTY: DurableObjectNamespace<import('./objects.ts').Empty>
    /** There is no class of that name. */
    MISSING: DurableObjectNamespace<import('./objects.ts').Counter>
    LEGACY: DurableObjectNamespace<import('./objects.ts').Legacy>
    SLOW: DurableObjectNamespace<import('./objects.ts').Slow>
    THROWING: DurableObjectNamespace<import('./objects.ts').Throwing>
    BLOCKED: DurableObjectNamespace<import('./objects.ts').Blocked>
    ALARMED: DurableObjectNamespace<import('./alarmed.ts').Alarmed>
    SEQUENCE: DurableObjectNamespace<import('./objects.ts').Sequence>
    SOCKETS: DurableObjectNamespace<import('./sockets.ts').Sockets>
    DEAF: DurableObjectNamespace<import('./sockets.ts').Deaf>
    STORE: DurableObjectNamespace<import('./store.ts').Store>
    CALLER: DurableObjectNamespace<import('./objects.ts').Caller>
    ANONYMOUS: DurableObjectNamespace<import('./objects.ts').Counter>
    WRAPPED: DurableObjectNamespace<import('./objects.ts').Counter>
    MOVED: DurableObjectNamespace<import('./moved.ts').Moved>
  }
}
