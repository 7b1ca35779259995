/** `waitUntil` of `cloudflare:workers`, which needs no `ctx`: it belongs to whichever event runs. */
import * as workers from 'cloudflare:workers'

import { knownEvent } from '../runner/io-context.ts'
import { trackWaitUntil } from '../runner/wait-until.ts'

type WaitUntil = (promise: Promise<unknown>) => void

/** `undefined` on runtimes that do not have it. */
const native = (workers as { waitUntil?: WaitUntil }).waitUntil

/** Like `ctx.waitUntil()`: a test is over when this is, and a rejection is printed. */
export const waitUntil: WaitUntil | undefined =
  native &&
  ((promise) => {
    // First, because it refuses what is no promise.
    native(promise)
    trackWaitUntil(promise, 'waitUntil()', knownEvent())
  })
