/**
 * Calls to storage that nobody awaits. A frame must not be popped while one is under way, or what it
 * writes lands in the next test. workerd gives no order between such a call and our own message, so the
 * calls are counted where they are made: on the prototypes of the bindings.
 */
import { clockReachesHost } from './clock.ts'
import { knownEvent } from './io-context.ts'
import { hideOwnFrames } from './stack-frames.ts'

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
}

/** What bindings make that has calls too. Nothing of it asks the host. */
const PARTS: Record<string, (binding: never) => object[]> = {
  D1Database: (database: D1Database) => [database.prepare(''), database.withSession()],
  R2Bucket: (bucket: R2Bucket) => [bucket.resumeMultipartUpload('-', '-')],
}

type Call = (...args: unknown[]) => Promise<unknown>

/** Calls under way, as promises that never reject, with the event they were made for; a test has none. */
const outstanding = new Map<Promise<unknown>, object | undefined>()

/** Handlers under way, likewise. */
const handlers = new Map<Promise<unknown>, object | undefined>()

/** How many calls have begun in this isolate. */
let made = 0

/** How many calls have begun so far. */
export function callsMade(): number {
  return made
}

/** Remembers a call, or a handler, until it is done. */
class Outstanding {
  /** Settles with the call, and never rejects. */
  readonly settled: Promise<unknown>
  readonly #resolve: () => void
  readonly #among: Map<Promise<unknown>, object | undefined>

  constructor(among: Map<Promise<unknown>, object | undefined>, event?: object) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.settled = promise
    this.#resolve = resolve
    this.#among = among
    among.set(promise, event)
  }

  done = (): void => {
    this.#among.delete(this.settled)
    this.#resolve()
  }

  /** Throws an error of the call, unless the call was cut off: that is no mistake of the test's. */
  fail(error: unknown): Promise<never> {
    if (abandonedCalls.has(this.settled)) return new Promise(() => {})
    throw error
  }
}

/** Calls that a test had left when it was over, and that were not waited for any longer. */
const abandonedCalls = new WeakSet<Promise<unknown>>()

/** From now on these calls may fail without anybody hearing of it. */
export function abandon(calls: readonly Promise<unknown>[]): void {
  for (const call of calls) abandonedCalls.add(call)
}

/**
 * Counts a handler as a call while it runs, since it may be about to make one. Nobody has to await a
 * `SELF.fetch()`.
 */
export function countHandler<T>(run: () => Promise<T>): Promise<T> {
  made += 1
  const handler = new Outstanding(handlers)
  return run()
    .catch((error: unknown) => handler.fail(error))
    .finally(handler.done)
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
    made += 1
    const ready = clockReachesHost()
    const result = ready ? ready.then(() => original.apply(this, args)) : original.apply(this, args)
    const call = new Outstanding(outstanding, knownEvent())
    const site = new Error('called here')
    // What the user gets is a promise of its own: watching the original would count as handling it.
    return result
      .catch((error: unknown) => {
        addCallSite(error, site)
        return call.fail(error)
      })
      .finally(call.done)
  }
  Object.defineProperty(counted, 'name', { value: name })
  Object.defineProperty(prototype, name, { value: counted, writable: true, configurable: true })
}

/** The runtime's own errors have no frames at all, and a user would look for the call. */
function addCallSite(error: unknown, site: Error): void {
  if (!(error instanceof Error) || /\n\s+at /.test(error.stack ?? '')) return
  hideOwnFrames(site, 'first')
  const frames = /\n\s+at [^]*/.exec(site.stack ?? '')?.[0] ?? ''
  error.stack = `${error.name}: ${error.message}${frames}`
}

/** A finished event's calls are cut off by the runtime, and never settle. */
export function forgetCalls(event: object): void {
  for (const [call, owner] of outstanding) if (owner === event) outstanding.delete(call)
}

/**
 * Calls and handlers under way, as promises that never reject. Empties the lists: what is late is late for
 * good.
 */
export function takeOutstanding(): [calls: Promise<unknown>[], handlers: Promise<unknown>[]] {
  const taken: [Promise<unknown>[], Promise<unknown>[]] = [[...outstanding.keys()], [...handlers.keys()]]
  outstanding.clear()
  handlers.clear()
  return taken
}
