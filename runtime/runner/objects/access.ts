/**
 * Direct access to Durable Objects: code of ours, or of a test, that runs inside one, in its I/O context and
 * behind its gates. Like a hop, it crosses as a request. The wrapper around the user's class takes it; the
 * class never sees it.
 */
import { facts } from '../facts.ts'
import { OneTimeAddresses } from '../one-time-addresses.ts'
import { claim } from '../privileged.ts'
import { ask } from '../transport.ts'

// Captured: tests replace globals.
const NativeResponse = Response

const namespaces = claim('objects')

/** The answer may be a redirect, or a WebSocket, which the runtime allows for such requests alone. */
const REQUEST: RequestInit = { redirect: 'manual', headers: { upgrade: 'websocket' } }

/** What is waiting to run inside an object. */
export interface Access {
  /** Whether it needs the user's instance, which is then constructed. */
  needsInstance: boolean
  /** Runs it there. What it returns answers the request. */
  run: (state: DurableObjectState, instance?: object) => Promise<Response>
}

const waiting = new OneTimeAddresses<Access>('http://object/access/')

/** A Durable Object class of the user Worker. */
interface OwnNamespace {
  className: string
  namespace: DurableObjectNamespace
  /** What it is stored by. */
  uniqueKey: string
}

let own: OwnNamespace[] | undefined

/** All Durable Object classes of the user Worker, bound or not. */
export function ownNamespaces(): readonly OwnNamespace[] {
  return (own ??= facts.durableObjects.map(({ className, uniqueKey }) => ({
    className,
    namespace: namespaces.get(className)!,
    uniqueKey,
  })))
}

/** The class that an id belongs to; `undefined` if it is not one of the user Worker. */
export function ownNamespaceOf(id: DurableObjectId): OwnNamespace | undefined {
  const text = id.toString()
  // Ids are signed with the key of their namespace, and the runtime checks that.
  return ownNamespaces().find(({ namespace }) => {
    try {
      namespace.idFromString(text)
      return true
    } catch {
      return false
    }
  })
}

/** Ids of the objects that a class has stored. */
export async function storedIds(uniqueKey: string): Promise<string[]> {
  return JSON.parse((await ask({ op: 'listObjects', uniqueKey })) ?? '[]') as string[]
}

/**
 * Runs code in the I/O context of an object, with its state alone. The user's class is not constructed, and
 * need not even exist. What the code returns or throws is handed over as it is.
 */
export async function inObject<T>(
  stub: DurableObjectStub,
  run: (state: DurableObjectState) => T | Promise<T>,
): Promise<T> {
  return access(stub, false, (state) => run(state)) as Promise<T>
}

/**
 * Runs code in the I/O context of an object with the user's instance, after its construction. What the code
 * returns or throws is handed over as it is, but for a `Response`, which has to travel: its body belongs to
 * the object.
 */
export async function withInstance<T>(
  stub: DurableObjectStub,
  run: (instance: object, state: DurableObjectState) => T | Promise<T>,
): Promise<T> {
  return access(stub, true, (state, instance) => run(instance!, state)) as Promise<T>
}

async function access(
  stub: DurableObjectStub,
  needsInstance: boolean,
  run: (state: DurableObjectState, instance?: object) => unknown,
): Promise<unknown> {
  const own = ownNamespaceOf(stub.id)
  if (!own) {
    throw new Error(
      'Durable Object test helpers can only be used with stubs pointing to objects defined within the same worker.',
    )
  }
  let outcome: { value: unknown } | { error: unknown } | undefined
  const address = waiting.register({
    needsInstance,
    async run(state, instance) {
      try {
        const value = await run(state, instance)
        if (value instanceof NativeResponse) return value
        outcome = { value }
      } catch (error) {
        outcome = { error }
      }
      return new NativeResponse(null, { status: 204 })
    },
  })
  try {
    // A stub of our own: the one given may be broken, of another context, or replaced by a test.
    const response = await own.namespace.get(stub.id).fetch(address, REQUEST)
    if (!outcome) return response
  } catch (error) {
    // The outcome is known even if the object was reset right after it.
    if (!outcome) throw error
  } finally {
    waiting.take(address)
  }
  if ('error' in outcome) throw outcome.error
  return outcome.value
}

/** In the wrapper around a class: what a request came for, if it is one of ours. */
export function takeAccess(request: Request): Access | undefined {
  return waiting.take(request.url)
}
