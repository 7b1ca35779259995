/**
 * Stopping Durable Objects from outside, which the runtime offers to nobody but us: `workerd:unsafe` does not
 * resolve in modules that come through Vite. The runner object's namespace is out of its reach.
 */
import unsafe from 'workerd:unsafe'

import { forgetObjects } from './wait-until.ts'

/** What becomes of hibernatable WebSockets: they wait for the next instance, or end. */
export type WebSocketFate = 'hibernate' | 'close'

/**
 * Stops one object as the runtime does with one that is idle: what is under way is awaited, for 30 s at most.
 * Its storage, its alarm and its stubs stay.
 */
export function evict(stub: DurableObjectStub, webSockets: WebSocketFate): Promise<void> {
  return unsafe.evict(stub, { webSockets })
}

/** The same for all objects that run, in every namespace that this Worker owns or has a binding to. */
export function evictAll(webSockets: WebSocketFate): Promise<void> {
  return unsafe.evictAllDurableObjects({ webSockets })
}

/**
 * Resets all objects that run, in every Worker of the runtime. It is done when this returns. What they had
 * under way rejects, writes that are not committed are lost, and stubs that were used stay broken.
 */
export function abortAll(): Promise<void> {
  const done = unsafe.abortAllDurableObjects()
  forgetObjects()
  return done
}
