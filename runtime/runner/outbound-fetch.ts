/**
 * The global `fetch`: the runtime's own, behind a function that lets `fetchMock` answer first.
 *
 * It is there from the start and stays. So it lies below everything that tests put on top of it, spies, stubs
 * and MSW, in whatever order they come and go; and a package that keeps a reference to `fetch` when it
 * loads keeps this one.
 */
export type Fetch = typeof globalThis.fetch

/** Answers a call, or passes it on to the `fetch` below it. */
export type FetchInterceptor = (args: Parameters<Fetch>, below: Fetch) => Promise<Response>

const nativeFetch = globalThis.fetch

let interceptor: FetchInterceptor | undefined

/** Puts an interceptor between `fetch` and the network; `undefined` takes it away. */
export function interceptFetch(answer: FetchInterceptor | undefined): void {
  interceptor = answer
}

/** Replaces the global `fetch`, once for each isolate. */
export function installFetch(): void {
  // The runtime looks at `this`, and refuses a call as a method of something else.
  function fetch(this: unknown, ...args: Parameters<Fetch>): Promise<Response> {
    const below = (...others: Parameters<Fetch>): Promise<Response> =>
      Reflect.apply(nativeFetch, this, others)
    return interceptor ? interceptor(args, below as Fetch) : below(...args)
  }
  Object.defineProperty(fetch, 'length', { value: nativeFetch.length, configurable: true })
  Object.defineProperty(globalThis, 'fetch', {
    value: fetch,
    writable: true,
    enumerable: true,
    configurable: true,
  })
}
