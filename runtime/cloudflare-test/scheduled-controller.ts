/** Controllers for tests that call a `scheduled` handler themselves. */
import type { ScheduledOptions } from 'cloudflare:test'

import { defineReadOnly } from './read-only.ts'

const constructing = Symbol('constructing')
const controllers = new WeakSet<ScheduledController>()

/** Named as the runtime names it; users see the name in messages and snapshots. */
class ScheduledController {
  declare readonly scheduledTime: number
  declare readonly cron: string

  constructor(token: unknown, options: ScheduledOptions | null | undefined) {
    if (token !== constructing) throw new TypeError('Illegal constructor')
    controllers.add(this)
    defineReadOnly(this, {
      scheduledTime: Number(options?.scheduledTime ?? Date.now()),
      cron: String(options?.cron ?? ''),
    })
  }

  noRetry(): void {
    if (!controllers.has(this)) throw new TypeError('Illegal invocation')
  }
}

/** A controller for an event that was due at `scheduledTime`, else now; `null` counts as no options. */
export function createScheduledController(options?: ScheduledOptions): ScheduledController {
  if (options !== undefined && typeof options !== 'object') {
    throw new TypeError(
      "Failed to execute 'createScheduledController': parameter 1 is not of type 'ScheduledOptions'.",
    )
  }
  return new ScheduledController(constructing, options)
}
