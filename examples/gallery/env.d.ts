// What `wrangler types` would generate from wrangler.jsonc, and the binding that only tests have.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('./src/index')
  }

  interface Env {
    IMAGES: R2Bucket
    DB: D1Database
    THUMBNAILS: Queue<import('./src/thumbnails').Job>
  }
}

interface Env extends Cloudflare.Env {}

declare module 'cloudflare:test' {
  interface ProvidedEnv extends Env {
    MIGRATIONS: import('cloudflare:test').D1Migration[]
  }
}
