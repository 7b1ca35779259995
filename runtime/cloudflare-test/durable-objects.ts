/** Access to Durable Objects of the Worker under test, beside their own methods. */
import type { WebSocketFate } from '../runner/objects/eviction.ts'
import { abortAll, evict, evictAll } from '../runner/objects/eviction.ts'
import { ownNamespaceOf, storedIds, withInstance } from '../runner/objects/access.ts'
import { blamingCaller } from '../runner/own-frames.ts'
import { countCall } from '../runner/storage-calls.ts'
import { checkOptions } from './check-options.ts'

/** What the runtime calls stubs, without RPC and with it. */
const STUB_NAMES: readonly unknown[] = ['DurableObject', 'WorkerRpc']

/** What it calls namespaces, of `env` and of `exports`. */
const NAMESPACE_NAMES: readonly unknown[] = ['DurableObjectNamespace', 'LoopbackDurableObjectNamespace']
const NAMESPACE_METHODS = ['newUniqueId', 'idFromName', 'idFromString', 'get'] as const

interface EvictionOptions {
  webSockets?: WebSocketFate
}

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

/** Ids of all objects of a namespace that were ever constructed. */
export function listDurableObjectIds(namespace: DurableObjectNamespace): Promise<DurableObjectId[]> {
  return calledByTest(async () => {
    if (!isNamespace(namespace)) throw wrongArgument('listDurableObjectIds', 1, 'DurableObjectNamespace')
    const own = ownNamespaceOf(namespace.idFromName(''))
    if (!own) {
      throw new Error(
        'listDurableObjectIds() can only be used with namespaces of objects defined within the same worker.',
      )
    }
    return (await storedIds(own.uniqueKey)).map((id) => namespace.idFromString(id))
  })
}

/** Stops an object gracefully, as if it had been idle. */
export function evictDurableObject(stub: DurableObjectStub, options?: EvictionOptions): Promise<void> {
  return calledByTest(() => {
    checkStub(stub, 'evictDurableObject')
    // A stub of our own, because the one given may be broken by a reset.
    return evict(ownNamespaceOf(stub.id)?.namespace.get(stub.id) ?? stub, fateOf(options))
  })
}

/** Stops all objects gracefully that run. */
export function evictAllDurableObjects(options?: EvictionOptions): Promise<void> {
  return calledByTest(() => evictAll(fateOf(options)))
}

/** Resets all objects that run. Their storage stays. */
export function abortAllDurableObjects(): Promise<void> {
  return calledByTest(() => abortAll())
}

/** Calls a helper. Nobody has to await it. */
function calledByTest<T>(run: () => Promise<T>): Promise<T> {
  return blamingCaller(() => countCall(run))
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

function isNamespace(value: unknown): value is DurableObjectNamespace {
  // A class of the user's that `exports` has is a function with these methods.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const namespace = value as DurableObjectNamespace
  return (
    NAMESPACE_NAMES.includes(namespace.constructor?.name) &&
    NAMESPACE_METHODS.every((name) => typeof namespace[name] === 'function')
  )
}

function fateOf(options: EvictionOptions | undefined): WebSocketFate {
  checkOptions(options, ['webSockets'])
  const fate = options?.webSockets === undefined ? 'hibernate' : options.webSockets
  if (fate === 'hibernate' || fate === 'close') return fate
  throw new TypeError('options.webSockets must be "hibernate" or "close".')
}

function wrongArgument(helper: string, position: number, type: string): TypeError {
  return new TypeError(`Failed to execute '${helper}': parameter ${position} is not of type '${type}'.`)
}
