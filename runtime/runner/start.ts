import { env } from 'cloudflare:workers'

import { facts } from './facts.ts'
import { setSecret } from './io-context.ts'
import { countStorageCalls } from './storage-calls.ts'
import { startVitestWorker } from './vitest-worker.ts'

/** Begins to listen, before the host opens the socket. */
export function start(cloudflareTest: string): void {
  setSecret(facts.secret)
  countStorageCalls(env)
  startVitestWorker(cloudflareTest)
}
