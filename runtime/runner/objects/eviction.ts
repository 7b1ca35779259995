/**
 * Stopping Durable Objects from outside. `workerd:unsafe` is ours alone: it does not resolve in modules that come
 * through Vite, and what a package of the user's can import of it is empty. The runner object's namespace is out
 * of its reach.
 */
import unsafe from 'workerd:unsafe'

import { forgetObjects } from '../wait-until.ts'

const { evict: nativeEvict, evictAllDurableObjects, abortAllDurableObjects } = takeMethods()

function takeMethods(): typeof unsafe {
  const prototype = Object.getPrototypeOf(unsafe) as Record<string, unknown>
  const methods: Record<string, unknown> = {}
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const method = prototype[name]
    if (name === 'constructor' || typeof method !== 'function') continue
    methods[name] = (method as () => unknown).bind(unsafe)
    delete prototype[name]
  }
  return methods as unknown as typeof unsafe
}

/** What becomes of hibernatable WebSockets: they wait for the next instance, or end. */
export type WebSocketFate = 'hibernate' | 'close'

/**
 * Stops one object as the runtime does with one that is idle: what is under way is awaited, for 30 s at most.
 * Its storage, its alarm and its stubs stay.
 */
export function evict(stub: DurableObjectStub, webSockets: WebSocketFate): Promise<void> {
  return nativeEvict(stub, { webSockets })
}

/** The same for all objects that run, in every namespace that this Worker owns or has a binding to. */
export function evictAll(webSockets: WebSocketFate): Promise<void> {
  return evictAllDurableObjects({ webSockets })
}

/**
 * Resets all objects that run, in every Worker of the runtime. It is done when this returns. What they had
 * under way rejects, writes that are not committed are lost, and stubs that were used stay broken.
 */
export function abortAll(): Promise<void> {
  const done = abortAllDurableObjects()
  forgetObjects()
  return done
}
