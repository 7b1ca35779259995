// What `wrangler types` would generate from wrangler.jsonc.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('./src/index')
  }

  interface Env {
    SUBSCRIBERS: KVNamespace
    FAILURES: KVNamespace
    DELIVERIES: Queue<import('./src/deliveries').Delivery>
    MAIL_API: string
  }
}

interface Env extends Cloudflare.Env {}
