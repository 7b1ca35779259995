// What `wrangler types` would generate from wrangler.jsonc.
declare namespace Cloudflare {
  interface GlobalProps {
    /** Types `exports` of `cloudflare:workers`. */
    mainModule: typeof import('./src/index')
    durableNamespaces: 'Counter'
  }

  /** Types `env`, in the Worker and in the tests. */
  interface Env {
    GUESTBOOK: KVNamespace
    COUNTER: DurableObjectNamespace<import('./src/counter').Counter>
    ADMIN_TOKEN: string
    BANNED_WORDS: string[]
    RETENTION_DAYS: number
  }
}

interface Env extends Cloudflare.Env {}
