/**
 * Lets values be printed that answer to every name. workerd's `inspect` calls `entries()` of whatever has
 * it; for a service binding, which each request has one of, that is a remote call that fails, and nobody
 * awaits it.
 */
import { claim } from './privileged.ts'

/** What all bindings to entrypoints inherit from, and stubs of Durable Objects too. */
export const fetcherPrototype: Fetcher = Object.getPrototypeOf(claim('inspection'))

/** Runs code that prints, synchronously. Meanwhile no remote call can be made by that name. */
export function inspecting<T>(print: () => T): T {
  // A method, because what is no method would be printed.
  Object.defineProperty(fetcherPrototype, 'entries', { value: () => undefined, configurable: true })
  try {
    return print()
  } finally {
    Reflect.deleteProperty(fetcherPrototype, 'entries')
  }
}
