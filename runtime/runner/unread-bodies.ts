/**
 * Responses whose body a test does not read. What the handler passed to `ctx.waitUntil` may wait for that:
 * `cache.put(request, response.clone())` does, and would take until its limit. So the bodies are cancelled
 * when the test is over, as they are when a client goes away.
 */
import { facts } from './facts.ts'
import { countHandler } from './storage-calls.ts'

let responses: WeakRef<Response>[] = []

/** Watches the requests that tests send through a service binding to their own Worker. */
export function watchFetch(binding: Fetcher): void {
  const fetch = binding.fetch.bind(binding)
  const watched = {
    async fetch(...args: Parameters<typeof fetch>): Promise<Response> {
      // A request that nobody awaits is under way before its handler is.
      const response = await countHandler(() => fetch(...args))
      if (response.body && facts.isolatedStorage === 'test') responses.push(new WeakRef(response))
      return response
    },
  }
  Object.defineProperty(binding, 'fetch', {
    configurable: true,
    writable: true,
    value: watched.fetch,
  })
}

/** Cancels what nobody has begun to read. */
export function cancelUnreadBodies(): void {
  const unread = responses
  responses = []
  for (const reference of unread) {
    const body = reference.deref()?.body
    // A body that is being read is somebody's; one that was read to its end has nothing to cancel.
    if (body && !body.locked) body.cancel().catch(() => {})
  }
}
