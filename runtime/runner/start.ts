import { env } from 'cloudflare:workers'

import { compileBindings, installDefines } from './defines.ts'
import { ownNamespaces } from './objects/access.ts'
import { makeStubsRenewable } from './objects/stubs.ts'
import { registerProducts } from './products.ts'
import { watchRpcPromises } from './rpc-promises.ts'
import { countStorageCalls } from './storage-calls.ts'
import { forgiveUnobservedRejections, noteObserved } from './unobserved-rejections.ts'
import { watchRequests, watchResponse } from './unread-bodies.ts'
import type { RuntimeModules } from './vitest-worker.ts'
import { startVitestWorker } from './vitest-worker.ts'
import { registerWorkflows } from './workflows/registry.ts'

/** Begins to listen, before the host opens the socket. */
export function start(modules: RuntimeModules): void {
  installDefines()
  compileBindings()
  countStorageCalls(env)
  makeStubsRenewable(ownNamespaces().map(({ namespace }) => namespace))
  watchRequests()
  watchRpcPromises(watchResponse, noteObserved)
  // Before Vitest begins to listen.
  forgiveUnobservedRejections()
  registerWorkflows(env)
  registerProducts(env as never)
  startVitestWorker(modules)
}
