import { env } from 'cloudflare:workers'

import { facts } from './facts.ts'
import { setSecret } from './io-context.ts'
import { countStorageCalls } from './storage-calls.ts'
import type { RuntimeModules } from './vitest-worker.ts'
import { startVitestWorker } from './vitest-worker.ts'

/** Begins to listen, before the host opens the socket. */
export function start(modules: RuntimeModules): void {
  setSecret(facts.secret)
  countStorageCalls(env)
  startVitestWorker(modules)
}
