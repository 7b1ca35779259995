/**
 * Workflow classes of auxiliary Workers. No wrapper of ours is around them, so what the wrapper does with results
 * and errors is done on this side.
 */
import { RpcTarget } from 'cloudflare:workers'

import type { Outcome, WorkflowStub } from './execution.ts'
import type { Steps } from './steps.ts'

/** A function of the other Worker, as the runtime hands it over. */
interface RemoteFunction extends Disposable {
  (...args: unknown[]): Promise<unknown>
  dup(): RemoteFunction
}

interface ForeignClass {
  run(event: object, steps: RpcTarget): Promise<unknown>
}

/** The class of another Worker, as the engine calls its own. */
export function foreignStub(stub: unknown): WorkflowStub {
  return {
    run: (event, steps, cutOff) =>
      Promise.race([
        settled(() => (stub as ForeignClass).run(event, new ForeignSteps(steps))),
        cutOff.wait().then((): Outcome => ({ ok: true })),
      ]),
  }
}

/** `step` as the other Worker sees it. */
class ForeignSteps extends RpcTarget {
  readonly #steps: Steps

  constructor(steps: Steps) {
    super()
    this.#steps = steps
  }

  do(name: unknown, ...rest: unknown[]): Promise<unknown> {
    return this.#steps.do(name, ...rest.map(withOutcomes))
  }

  sleep(name: unknown, duration: unknown): Promise<unknown> {
    return this.#steps.sleep(name, duration)
  }

  sleepUntil(name: unknown, timestamp: unknown): Promise<unknown> {
    return this.#steps.sleepUntil(name, timestamp)
  }

  waitForEvent(name: unknown, options: unknown): Promise<unknown> {
    return this.#steps.waitForEvent(name, options)
  }
}

/** Callbacks, and handlers that undo a step, return outcomes to the engine. */
function withOutcomes(argument: unknown): unknown {
  if (typeof argument === 'function') return outcomesOf(argument as RemoteFunction)
  const rollback: unknown = (argument as { rollback?: unknown } | null | undefined)?.rollback
  if (typeof rollback !== 'function') return argument
  return { ...(argument as object), rollback: outcomesOf(rollback as RemoteFunction) }
}

function outcomesOf(callback: RemoteFunction): unknown {
  const call = (...args: unknown[]): Promise<Outcome> => settled(() => callback(...args))
  return Object.assign(call, {
    dup: () => outcomesOf(callback.dup()),
    [Symbol.dispose]: () => callback[Symbol.dispose](),
  })
}

async function settled(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    const { name, message } = error as Partial<Error>
    // The class does not survive the way; its name does, in one place or the other.
    const isFinal = name === 'NonRetryableError' || message?.startsWith('NonRetryableError')
    return { ok: false, error, isFinal: isFinal ?? false }
  }
}
