/**
 * Calls of the host that all of workerd waits for, because `require()` of a module that only the host has does. For
 * code that cannot wait, and for moments in which nothing else may run.
 */
import { createRequire } from 'node:module'

import type { HostAnswer } from '../../shared/protocol.ts'
import { BLOCKING_CALL_MODULE } from '../../shared/protocol.ts'
import { claim } from './privileged.ts'

/** Asks, and throws what the host refuses. Each call is a module that the isolate keeps, so they should be few. */
export type AskBlocking = (call: string) => string | null

const require = createRequire('file:///runner.js')
const secret = claim('blocking calls')
const unclaimed = new Set(['objects', 'look'])
let calls = 0

/** Gives the way to ask, once for each claimant. All claims happen while our own modules load. */
export function claimBlockingCalls(claimant: 'objects' | 'look'): AskBlocking {
  if (!unclaimed.delete(claimant)) throw new Error(`vitest-pool-workerd: ${claimant} has been claimed`)
  return ask
}

function ask(call: string): string | null {
  calls += 1
  const answer = require(`./${BLOCKING_CALL_MODULE}/${secret}/${calls}/${call}`) as HostAnswer
  if ('error' in answer) throw new Error(answer.error)
  return answer.ok
}
