// What `wrangler types` would generate from wrangler.jsonc. The other Workers have types of their own for theirs.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('./src/index')
  }

  interface Env {
    WAITLIST: KVNamespace
    INVENTORY: Service<typeof import('./inventory/src/index').Inventory>
    ACCOUNTS: Service<typeof import('./accounts/src/index').Accounts>
    PAYMENTS: Fetcher
    STOCK: DurableObjectNamespace<import('./inventory/src/stock').Stock>
  }
}

interface Env extends Cloudflare.Env {}

declare module 'cloudflare:test' {
  interface ProvidedEnv extends Env {
    READ_ONLY_ACCOUNTS: Env['ACCOUNTS']
  }
}
