// What `wrangler types` would generate from wrangler.jsonc, and the bindings that only tests have.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('./src/index')
  }

  interface Env {
    CATALOG: D1Database
    ARCHIVE: D1Database
  }
}

interface Env extends Cloudflare.Env {}

declare module 'cloudflare:test' {
  interface ProvidedEnv extends Env {
    CATALOG_MIGRATIONS: import('cloudflare:test').D1Migration[]
    ARCHIVE_MIGRATIONS: import('cloudflare:test').D1Migration[]
  }
}
