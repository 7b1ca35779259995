/**
 * Calls to storage that nobody awaits. A frame must not be popped while one is under way, or what it
 * writes lands in the next test. workerd gives no order between such a call and our own message, so the
 * calls are counted where they are made: on the prototypes of the bindings.
 */
import { clockReachesHost } from './clock.ts'
import { knownEvent } from './io-context.ts'
import { blameCaller } from './own-frames.ts'
import { replaceMethod } from './replace-method.ts'

/** Calls that return promises, by the class of the binding. One line for each product. */
const CALLS: Record<string, readonly string[]> = {
  KvNamespace: ['get', 'getWithMetadata', 'list', 'put', 'delete'],
  D1Database: ['batch', 'exec', 'dump'],
  D1DatabaseSession: ['batch'],
  D1PreparedStatement: ['first', 'run', 'all', 'raw'],
  R2Bucket: ['head', 'get', 'put', 'delete', 'list', 'createMultipartUpload'],
  R2MultipartUpload: ['uploadPart', 'complete', 'abort'],
  WorkerQueue: ['send', 'sendBatch', 'metrics'],
  Cache: ['match', 'put', 'delete'],
  WorkflowImpl: ['create', 'createBatch', 'get', 'deleteBatch'],
  RateLimiter: ['limit'],
  SecretsStoreSecretClient: ['get'],
  SendEmailClient: ['send'],
}

/** What bindings make that has calls too. Nothing of it asks the host. */
const PARTS: Record<string, (binding: never) => object[]> = {
  D1Database: (database: D1Database) => [database.prepare(''), database.withSession()],
  R2Bucket: (bucket: R2Bucket) => [bucket.resumeMultipartUpload('-', '-')],
}

type Call = (...args: unknown[]) => Promise<unknown>

/** A call to storage, or a handler, which may be about to make one. */
export class UnderWay {
  /** Settles with the call, and never rejects. */
  readonly settled: Promise<void>
  #isAbandoned = false
  readonly kind: 'call' | 'handler'
  /** What it was made for; a test has none. */
  readonly event: object | undefined
  readonly #resolve: () => void

  constructor(kind: 'call' | 'handler', event?: object) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.settled = promise
    this.#resolve = resolve
    this.kind = kind
    this.event = event
    underWay.add(this)
    begun += 1
  }

  done = (): void => {
    underWay.delete(this)
    taken.delete(this)
    this.#resolve()
  }

  /** It was left by a test that is over, and is waited for no longer. */
  abandon(): void {
    taken.delete(this)
    this.#isAbandoned = true
  }

  /** Throws the error, unless it is of what was cut off: that is no mistake of the test's. */
  fail(error: unknown): Promise<never> {
    if (this.#isAbandoned) return new Promise(() => {})
    throw error
  }
}

const underWay = new Set<UnderWay>()
/** What somebody waits for. */
const taken = new Set<UnderWay>()
const ended = new WeakSet<object>()
let begun = 0

/** How many calls and handlers have begun in this isolate. */
export function callsBegun(): number {
  return begun
}

/** Counts a handler while it runs. Nobody has to await a `SELF.fetch()`. */
export function countHandler<T>(run: () => Promise<T>): Promise<T> {
  const handler = new UnderWay('handler')
  return run()
    .catch((error: unknown) => handler.fail(error))
    .finally(handler.done)
}

/**
 * Counts a call that the Worker has got until it settles. Unlike a handler's, its error is always passed on:
 * somebody may have kept the promise.
 */
export async function countCall<T>(run: () => Promise<T>): Promise<T> {
  const call = new UnderWay('handler')
  try {
    return await run()
  } finally {
    call.done()
  }
}

/** Wraps the calls of all bindings. Once, before user code can hold a method. */
export function countStorageCalls(bindings: object): void {
  const wrapped = new Set<object>()
  const pending: unknown[] = [caches.default, ...Object.values(bindings)]
  while (pending.length > 0) {
    const binding = pending.pop()
    const prototype: unknown =
      typeof binding === 'object' && binding ? Object.getPrototypeOf(binding) : undefined
    if (!prototype || typeof prototype !== 'object' || wrapped.has(prototype)) continue
    wrapped.add(prototype)
    const type = prototype.constructor.name
    for (const name of CALLS[type] ?? []) if (name in prototype) wrap(prototype as Record<string, Call>, name)
    pending.push(...(PARTS[type]?.(binding as never) ?? []))
  }
}

function wrap(prototype: Record<string, Call>, name: string): void {
  const original = prototype[name]!
  const counted = function (this: unknown, ...args: unknown[]): Promise<unknown> {
    const event = knownEvent()
    if (event && ended.has(event)) return new Promise(() => {})
    const ready = clockReachesHost()
    const result = ready ? ready.then(() => original.apply(this, args)) : original.apply(this, args)
    // After the call, which may throw.
    const call = new UnderWay('call', event)
    const site = new Error('called here')
    // What the user gets is a promise of its own: watching the original would count as handling it.
    return result
      .catch((error: unknown) => {
        // The runtime's own errors have no frames at all, and a user would look for the call.
        blameCaller(error, site)
        return call.fail(error)
      })
      .finally(call.done)
  }
  replaceMethod(prototype, name, counted)
}

/** A finished event's calls are cut off by the runtime, and never settle. */
export function forgetCalls(isOf: (event: object) => boolean): void {
  for (const call of [...underWay, ...taken]) if (call.event && isOf(call.event)) call.done()
}

/** An event is about to be cut off: the calls that it makes from now on are not made, and never settle. */
export function endCalls(event: object): void {
  ended.add(event)
}

/** Whether anything is under way. */
export function isCalling(): boolean {
  return underWay.size > 0
}

/** What is under way, to be waited for: what comes later is not. */
export function takeUnderWay(): UnderWay[] {
  const now = [...underWay]
  underWay.clear()
  for (const each of now) taken.add(each)
  return now
}
