/**
 * Wrappers around the Workflow classes of `main`. The engine calls `run()` once for each run of an instance, and
 * tells when the run is cut off.
 */
import { env, WorkflowEntrypoint } from 'cloudflare:workers'
import { NonRetryableError } from 'cloudflare:workflows'

import { withExport } from './entrypoints.ts'
import { hideOurExports } from './exports.ts'
import { facts } from './facts.ts'
import { inEvent } from './io-context.ts'
import { forgetCalls } from './storage-calls.ts'
import { trackContext } from './wait-until.ts'
import type { CutOff, Outcome } from './workflows/execution.ts'
import { runBegins } from './workflows/runs.ts'

type WorkflowClass = new (ctx: ExecutionContext, env: unknown) => object

type AnyFunction = (...args: unknown[]) => unknown

/** Makes the class that workerd sees under a name. */
export function workflow(name: string): typeof WorkflowEntrypoint {
  class Wrapper extends WorkflowEntrypoint {
    constructor(ctx: ExecutionContext, bindings: unknown) {
      super(ctx, bindings as never)
      trackContext(ctx)
      hideOurExports(ctx)
    }
  }
  Object.defineProperty(Wrapper.prototype, 'run', {
    value: async function (
      this: { ctx: ExecutionContext },
      event: unknown,
      step: object,
      cutOff: CutOff,
      run: number,
    ): Promise<Outcome> {
      const { ctx } = this
      runBegins(run, trackContext(ctx))
      // Whatever it is, nobody reads the outcome any more.
      const over = cutOff.wait().then((): Outcome => ({ ok: true }))
      const result = withExport(ctx, name, (exported) =>
        instantiate(exported, name, ctx).run(event, stepsOf(step, ctx, over)),
      )
      const outcome = await Promise.race([settled(result), over])
      forgetCalls((each) => each === trackContext(ctx))
      return outcome
    },
  })
  return Wrapper as typeof WorkflowEntrypoint
}

function instantiate(exported: unknown, name: string, ctx: ExecutionContext): { run: AnyFunction } {
  const expected = `Expected ${name} export of ${facts.main}`
  if (typeof exported !== 'function') {
    throw new TypeError(`${expected} to be a subclass of \`WorkflowEntrypoint\`, but got ${String(exported)}`)
  }
  const instance = new (exported as WorkflowClass)(ctx, env)
  if (!(instance instanceof WorkflowEntrypoint)) {
    throw new TypeError(`${expected} to be a subclass of \`WorkflowEntrypoint\``)
  }
  const { run } = instance as unknown as { run: unknown }
  if (typeof run !== 'function') {
    throw new TypeError(`${expected} to define a \`run()\` method, but got ${typeof run}`)
  }
  return instance as unknown as { run: AnyFunction }
}

/** The engine's `step`, whose callbacks run on behalf of the event, and end with it. */
function stepsOf(step: object, ctx: ExecutionContext, over: Promise<Outcome>): object {
  const inContext = (callback: AnyFunction) => {
    const run = async (...args: unknown[]): Promise<unknown> => callback(...args)
    return (...args: unknown[]): Promise<Outcome> =>
      Promise.race([settled(inEvent(trackContext(ctx), () => run(...args))), over])
  }
  const withContext = (arg: unknown): unknown => {
    if (typeof arg === 'function') return inContext(arg as AnyFunction)
    const rollback: unknown = (arg as { rollback?: unknown } | null | undefined)?.rollback
    if (typeof rollback !== 'function') return arg
    return { ...(arg as object), rollback: inContext(rollback as AnyFunction) }
  }
  return new Proxy(step, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key)
      if (key !== 'do') return method
      return (...args: unknown[]) => (method as AnyFunction)(...args.map(withContext))
    },
  })
}

/** What becomes of user code, as a value. */
async function settled(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await work }
  } catch (error) {
    return { ok: false, error, isFinal: error instanceof NonRetryableError }
  }
}
