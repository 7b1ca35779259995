/**
 * Responses whose body a test does not read. What the handler passed to `ctx.waitUntil` may wait for that:
 * `cache.put(request, response.clone())` does, and would take until its limit. So the bodies are cancelled
 * when the test is over, as they are when a client goes away.
 */
import { facts } from './facts.ts'
import { fetcherPrototype } from './inspection.ts'
import { eventContext } from './io-context.ts'
import { blameCaller } from './own-frames.ts'
import { replaceMethod } from './replace-method.ts'
import { countCall, countHandler } from './storage-calls.ts'

type Fetch = (...args: unknown[]) => Promise<Response>

// Captured: tests replace globals.
const NativeResponse = Response

/** Responses of each storage frame that is open, outermost first. Those of `beforeAll` may be read by a test. */
const responses: WeakRef<Response>[][] = [[]]

/** Watches the requests that tests send through bindings. Once, before user code can hold a method. */
export function watchRequests(): void {
  const original = fetcherPrototype.fetch as unknown as Fetch
  replaceMethod(fetcherPrototype, 'fetch', function (this: object, ...args: unknown[]) {
    const send = (): Promise<Response> => original.apply(this, args)
    return eventContext() ? send() : watch(this, send)
  })
}

async function watch(binding: object, send: () => Promise<Response>): Promise<Response> {
  const site = new Error('called here')
  try {
    // A request that nobody awaits is under way before its handler is.
    const response = await (isEntrypoint(binding) ? countHandler(send) : countCall(send))
    watchResponse(response)
    return response
  } catch (error) {
    // One of another isolate has no frames but ours.
    blameCaller(error, site)
    throw error
  }
}

/** Remembers what a test got, if it is a response with a body. */
export function watchResponse(value: unknown): void {
  if (facts.isolatedStorage !== 'test' || eventContext()) return
  if (value instanceof NativeResponse && value.body) responses.at(-1)!.push(new WeakRef(value))
}

/** A binding to an entrypoint, from `env` or from `exports`, and no stub of a Durable Object. */
function isEntrypoint(binding: object): boolean {
  const type = Object.getPrototypeOf(binding) as object
  return type === fetcherPrototype || type.constructor.name === 'LoopbackServiceStub'
}

/** A storage frame begins. */
export function pushBodies(): void {
  responses.push([])
}

/** The newest frame ends. */
export function popBodies(): void {
  cancelUnreadBodies()
  responses.pop()
}

/** Cancels what nobody has begun to read in the newest frame. */
export function cancelUnreadBodies(): void {
  for (const reference of responses.at(-1)?.splice(0) ?? []) {
    const body = reference.deref()?.body
    // A body that is being read is somebody's; one that was read to its end has nothing to cancel.
    if (body && !body.locked) body.cancel().catch(() => {})
  }
}
