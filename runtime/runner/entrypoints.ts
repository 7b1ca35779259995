/**
 * Wrappers around the default export and the named entrypoints of `main`. workerd knows these classes
 * from the start; the user's are loaded when the first event arrives.
 */
import { env, WorkerEntrypoint } from 'cloudflare:workers'

import { hideOurExports } from './exports.ts'
import { facts } from './facts.ts'
import { inEvent } from './io-context.ts'
import { handleBatch } from './queue-events.ts'
import { rememberingErrors } from './remote-errors.ts'
import { rpcInstance } from './rpc-target.ts'
import { countHandler, forgetCalls } from './storage-calls.ts'
import type { UserModule } from './user-module.ts'
import { loadMain } from './user-module.ts'
import { trackContext } from './wait-until.ts'

/** Events that workerd delivers by name. */
const EVENTS = [
  'fetch',
  'connect',
  'scheduled',
  'queue',
  'tail',
  'tailStream',
  'trace',
  'email',
  'test',
] as const

type EventName = (typeof EVENTS)[number]
type Handler = (...args: unknown[]) => unknown
type EntrypointClass = new (ctx: ExecutionContext, env: unknown) => object

/** Makes the class that workerd sees under a name. */
export function entrypoint(name: string): typeof WorkerEntrypoint {
  class Wrapper extends WorkerEntrypoint {
    constructor(ctx: ExecutionContext, bindings: unknown) {
      super(ctx, bindings as never)
      trackContext(ctx)
      hideOurExports(ctx)
      return rpcInstance(this, { refusesOwnProperty: () => true }, (use) =>
        withExport(ctx, name, (exported) => use(instantiateForRpc(exported, name, ctx))),
      )
    }
  }
  for (const event of EVENTS) {
    Object.defineProperty(Wrapper.prototype, event, {
      value: function (this: { ctx: ExecutionContext }, argument: unknown) {
        const { ctx } = this
        const run = (): Promise<unknown> =>
          withExport(ctx, name, (exported) => dispatch(exported, name, event, argument, ctx))
        return countHandler(
          event === 'queue' ? () => inEvent(trackContext(ctx), () => handleBatch(argument, run)) : run,
        )
      },
    })
  }
  return Wrapper as typeof WorkerEntrypoint
}

/** Runs code with an export of `main`, on behalf of an event. */
export async function withExport<T>(
  ctx: ExecutionContext,
  name: string,
  use: (exported: unknown) => T,
): Promise<Awaited<T>> {
  const event = trackContext(ctx)
  const run = async (): Promise<Awaited<T>> => {
    const main = loadMain()
    try {
      return await use(exportOf(main instanceof Promise ? await main : main, name))
    } finally {
      forgetCalls((each) => each === event)
    }
  }
  return inEvent(event, () => rememberingErrors(run))
}

function exportOf(main: UserModule, name: string): unknown {
  const exported = main[name]
  if (exported) return exported
  throw new TypeError(
    `${facts.main} does not export a ${name} entrypoint. \`vitest-pool-workerd\` does not support service workers or named entrypoints for \`SELF\`.\n` +
      "If you're using service workers, please migrate to the modules format: https://developers.cloudflare.com/workers/reference/migrate-to-module-workers/",
  )
}

function dispatch(
  exported: unknown,
  name: string,
  event: EventName,
  argument: unknown,
  ctx: ExecutionContext,
): unknown {
  const what = `${name} export of ${facts.main}`
  if (typeof exported === 'function') {
    const instance = new (exported as EntrypointClass)(ctx, env)
    if (!(instance instanceof WorkerEntrypoint)) {
      throw new TypeError(`Expected ${what} to be a subclass of \`WorkerEntrypoint\``)
    }
    const method = (instance as Partial<Record<EventName, Handler>>)[event]
    if (typeof method !== 'function') {
      throw new TypeError(`Expected ${what} to define a \`${event}()\` method`)
    }
    return method.call(instance, argument)
  }
  if (typeof exported !== 'object') {
    throw new TypeError(`Expected ${what} to be an object or a class, got ${String(exported)}`)
  }
  const handler = (exported as Partial<Record<EventName, Handler>>)[event]
  if (typeof handler !== 'function') {
    throw new TypeError(`Expected ${what} to define a \`${event}()\` function`)
  }
  return handler.call(exported, argument, env, ctx)
}

/** RPC makes one instance for each access, as production does for each call. */
function instantiateForRpc(exported: unknown, name: string, ctx: ExecutionContext): object {
  const instance = typeof exported === 'function' ? new (exported as EntrypointClass)(ctx, env) : undefined
  if (instance instanceof WorkerEntrypoint) return instance
  throw new TypeError(
    `Expected ${name} export of ${facts.main} to be a subclass of \`WorkerEntrypoint\` for RPC`,
  )
}
