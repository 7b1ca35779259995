/** Access to Durable Objects of the Worker under test, beside their own methods. */
import { withInstance } from '../runner/object-access.ts'
import { blameCaller } from '../runner/stack-frames.ts'
import { countHandler } from '../runner/storage-calls.ts'

/** What the runtime calls stubs, without RPC and with it. */
const STUB_NAMES: readonly unknown[] = ['DurableObject', 'WorkerRpc']

/** Runs a callback inside an object, with the user's instance and the object's state. */
export function runInDurableObject<O extends object, R>(
  stub: DurableObjectStub,
  callback: (instance: O, state: DurableObjectState) => R | Promise<R>,
): Promise<R> {
  return calledByTest(() => {
    checkStub(stub, 'runInDurableObject')
    if (typeof callback !== 'function') throw wrongArgument('runInDurableObject', 2, 'function')
    return withInstance(stub, (instance, state) => callback(instance as O, state))
  })
}

/** Runs the alarm that an object has set, at once; tells whether there was one. */
export function runDurableObjectAlarm(stub: DurableObjectStub): Promise<boolean> {
  return calledByTest(() => {
    checkStub(stub, 'runDurableObjectAlarm')
    return withInstance(stub, async (instance, { storage }) => {
      if ((await storage.getAlarm()) === null) return false
      await storage.deleteAlarm()
      await (instance as { alarm?(): unknown }).alarm?.()
      return true
    })
  })
}

/** Calls a helper. Its mistakes are rejections, and their stacks begin where the test called it. */
function calledByTest<T>(run: () => Promise<T>): Promise<T> {
  const site = new Error('called here')
  const attempt = async (): Promise<T> => run()
  // Nobody has to await a helper, so it counts as a handler.
  return countHandler(attempt).catch((error: unknown) => {
    blameCaller(error, site)
    throw error
  })
}

function checkStub(value: unknown, helper: string): void {
  const stub = value as Partial<DurableObjectStub> | null | undefined
  const isStub =
    typeof stub === 'object' &&
    stub !== null &&
    STUB_NAMES.includes(stub.constructor?.name) &&
    typeof stub.fetch === 'function' &&
    typeof stub.id === 'object'
  if (!isStub) throw wrongArgument(helper, 1, 'DurableObjectStub')
}

function wrongArgument(helper: string, position: number, type: string): TypeError {
  return new TypeError(`Failed to execute '${helper}': parameter ${position} is not of type '${type}'.`)
}
