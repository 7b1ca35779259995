/** The agent: knows the interceptors, and decides who answers a request. */
import type {
  MockAgent as Agent,
  MockMatcher,
  MockPool,
  MockRequest,
  PendingInterceptor,
} from 'cloudflare:test'

import type { Fetch, FetchInterceptor } from '../../runner/outbound-fetch.ts'
import { MockNotMatchedError, UndiciError, abortError } from './errors.ts'
import type { Dispatch } from './interceptor.ts'
import { MockInterceptor } from './interceptor.ts'
import type { Part } from './matching.ts'
import { checkMatcher, criteria, firstMismatch, matches, progress } from './matching.ts'
import { pendingText } from './pending.ts'

/** Which hosts the network may be asked for. */
type NetConnect = boolean | MockMatcher[]

// Captured: tests replace globals.
const NativeRequest = Request
const NativeReadableStream = ReadableStream

/** Where an agent belongs. */
interface Place {
  /** Puts an interceptor in front of `fetch`, or takes it away. */
  interceptFetch(interceptor: FetchInterceptor | undefined): void
  /** Has something called whenever a test file starts. */
  beforeEachFile(reset: () => void): void
}

/** Answers requests in the place of the network while it is active. */
export class MockAgent implements Agent {
  readonly #place: Place
  #dispatches: Dispatch[] = []
  #netConnect: NetConnect = true

  constructor(place: Place) {
    this.#place = place
    place.beforeEachFile(() => {
      this.deactivate()
      this.enableNetConnect()
      this.#dispatches = []
    })
  }

  activate(): void {
    this.#place.interceptFetch((args, below) => this.#answer(args, below))
  }

  deactivate(): void {
    this.#place.interceptFetch(undefined)
  }

  disableNetConnect(): void {
    this.#netConnect = false
  }

  enableNetConnect(host?: MockMatcher): void {
    if (host === undefined) {
      this.#netConnect = true
      return
    }
    checkMatcher(host)
    const others = Array.isArray(this.#netConnect) ? this.#netConnect : []
    this.#netConnect = [...others, host]
  }

  get(origin: MockMatcher): MockPool {
    checkMatcher(origin)
    const add = (dispatch: Dispatch): void => void this.#dispatches.push(dispatch)
    return { intercept: (options) => new MockInterceptor(criteria(origin, options), add) }
  }

  pendingInterceptors(): PendingInterceptor[] {
    return this.#dispatches.filter(({ isPending }) => isPending).map((dispatch) => dispatch.describe())
  }

  assertNoPendingInterceptors(options: Parameters<Agent['assertNoPendingInterceptors']>[0] = {}): void {
    const pending = this.pendingInterceptors()
    if (pending.length === 0) return
    const formatter = options.pendingInterceptorsFormatter
    const error = new UndiciError(pendingText(pending, formatter && ((list) => formatter.format(list))))
    // The first frame is the line of the test.
    Error.captureStackTrace(error, this.assertNoPendingInterceptors)
    throw error
  }

  /** Answers a call of `fetch`, or passes it on. */
  async #answer(args: Parameters<Fetch>, below: Fetch): Promise<Response> {
    const [input, init] = args
    const given = input instanceof NativeRequest ? input : undefined
    const isStream = (init?.body ?? given?.body) instanceof NativeReadableStream
    const signal = init?.signal ?? given?.signal
    const request = new NativeRequest(...args)
    // A stream has moved into our request. Nothing else has.
    const passOn = (): Promise<Response> => (isStream ? below(request) : below(...args))
    // WebSockets are none of its business.
    if (request.headers.has('upgrade')) return passOn()
    if (signal?.aborted) throw abortError(signal.reason)
    const { origin } = new URL(request.url)
    const candidates = this.#dispatches.filter(({ criteria: { origin: matcher } }) =>
      matches(matcher, origin),
    )
    if (candidates.length === 0 && this.#mayConnect(origin)) return passOn()
    // Without a body nothing is awaited, so that requests are counted when they are made.
    const known = describe(request, request.body ? await request.clone().text() : '')
    if (signal?.aborted) throw abortError(signal.reason)
    const dispatch = this.#find(candidates, known)
    if (!dispatch) return passOn()
    // Nobody reads it any more.
    if (isStream) request.body?.cancel().catch(() => {})
    return untilAborted(signal, async () => {
      const { delayMs } = dispatch
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
      return dispatch.respond(known)
    })
  }

  /** Who answers, which counts as an answer; `undefined` if the network may. */
  #find(candidates: readonly Dispatch[], request: MockRequest): Dispatch | undefined {
    // The part that differs in the interceptor that came nearest.
    let failing: Part = 'path'
    for (const dispatch of candidates) {
      if (dispatch.isConsumed) continue
      const part = firstMismatch(dispatch.criteria, request)
      if (!part) {
        dispatch.timesInvoked += 1
        // Nobody looks for it again, and there may be thousands.
        if (dispatch.isConsumed) this.#dispatches.splice(this.#dispatches.indexOf(dispatch), 1)
        return dispatch
      }
      if (progress(part) > progress(failing)) failing = part
    }
    if (this.#mayConnect(request.origin)) return undefined
    const why = this.#netConnect ? 'net.connect is not enabled for this origin' : 'net.connect disabled'
    throw new MockNotMatchedError(
      `Mock dispatch not matched for ${mismatchText[failing](request)}: ` +
        `subsequent request to origin ${request.origin} was not allowed (${why})`,
    )
  }

  #mayConnect(origin: string): boolean {
    const { host } = new URL(origin)
    if (!Array.isArray(this.#netConnect)) return this.#netConnect
    return this.#netConnect.some((matcher) => matches(matcher, host))
  }
}

const mismatchText: Record<Part, (request: MockRequest) => string> = {
  path: ({ path }) => `path '${path}'`,
  method: ({ method, path }) => `method '${method}' on path '${path}'`,
  body: ({ body, path }) => `body '${body}' on path '${path}'`,
  headers: ({ headers, path }) => `headers '${JSON.stringify(headers)}' on path '${path}'`,
}

/** What is compared, and what reply functions see. */
function describe(request: Request, body: string): MockRequest {
  const { origin, pathname, search } = new URL(request.url)
  return {
    origin,
    path: pathname + search,
    method: request.method,
    body,
    headers: Object.fromEntries(request.headers),
  }
}

/** Rejects when the signal is aborted before the work is done. */
function untilAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (!signal) return work()
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const abort = (): void => reject(abortError(signal.reason))
  signal.addEventListener('abort', abort, { once: true })
  work()
    .then(resolve, reject)
    .finally(() => signal.removeEventListener('abort', abort))
  return promise
}
