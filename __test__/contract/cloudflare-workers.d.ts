// `cloudflare:workers`, as loosely as suites need it that do what types forbid.

declare module 'cloudflare:workers' {
  // oxlint-disable-next-line typescript/no-explicit-any -- bindings answer to every name
  type Loose = any

  export const env: Record<string, Loose>
  export const exports: Record<string, Loose>
  export function withEnv<T>(env: object, run: () => T): T
  export function waitUntil(promise: Promise<unknown>): void

  class Base {
    ctx: Loose
    env: Loose
    constructor(ctx: Loose, env: Loose)
  }
  export class DurableObject extends Base {}
  export class WorkerEntrypoint extends Base {}
  export class RpcTarget {
    [Symbol.dispose](): void
  }
}
