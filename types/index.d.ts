/**
 * Types of the modules that exist inside the runtime. Put `"types": ["vitest-pool-workerd/types"]` into
 * the tsconfig of your tests, beside the runtime's own types (`wrangler types` or
 * `@cloudflare/workers-types`).
 */

declare namespace Cloudflare {
  /** Your bindings. `wrangler types` fills it in; add test-only bindings by declaring it again. */
  interface Env {}
}

declare module 'cloudflare:test' {
  /**
   * Bindings as generation A of Cloudflare's integration knew them:
   * `declare module 'cloudflare:test' { interface ProvidedEnv extends Env {} }`.
   */
  interface ProvidedEnv extends Cloudflare.Env {}

  /**
   * The bindings of the Worker under test: the same object that its handlers get, and that
   * `cloudflare:workers` exports. Properties may be replaced or spied on.
   */
  export const env: ProvidedEnv

  /**
   * A service binding to the default export of `main`. Unlike calling the handler yourself, requests go
   * through the runtime: bodies stream, redirects are followed, RPC methods can be called.
   * @example const response = await SELF.fetch('https://example.com/')
   */
  export const SELF: Fetcher

  /**
   * A context to call handlers with. Its background work can be awaited with
   * {@link waitOnExecutionContext}.
   * @example
   * const ctx = createExecutionContext()
   * const response = await worker.fetch(request, env, ctx)
   * await waitOnExecutionContext(ctx)
   */
  export function createExecutionContext(): ExecutionContext

  /**
   * Waits until everything that was passed to `ctx.waitUntil()` has settled, including what that adds.
   * Rejects with the reason if one of it failed, with an `AggregateError` if several did. Work that
   * takes longer than 30 seconds is given up with a warning.
   */
  export function waitOnExecutionContext(ctx: ExecutionContext): Promise<void>
}
