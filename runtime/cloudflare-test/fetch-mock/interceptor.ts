/** Interceptors: which requests are answered, with what, how often and how fast. */
import type {
  MockInterceptor as Interceptor,
  MockScope as Scope,
  MockReplyOptions,
  MockRequest,
  PendingInterceptor,
} from 'cloudflare:test'

import { InvalidArgumentError } from './errors.ts'
import type { Criteria } from './matching.ts'
import type { Defaults, Reply } from './reply.ts'
import { checkReply, pairs, respond } from './reply.ts'

/** One reply, and what has become of it. */
export class Dispatch {
  readonly criteria: Criteria
  times = 1
  isPersistent = false
  delayMs = 0
  timesInvoked = 0
  readonly #reply: Reply
  readonly #defaults: Defaults

  constructor(wanted: Criteria, reply: Reply, defaults: Defaults) {
    this.criteria = wanted
    this.#reply = reply
    this.#defaults = defaults
  }

  /** Whether it answers no more. */
  get isConsumed(): boolean {
    return !this.isPersistent && this.timesInvoked >= this.times
  }

  /** Whether it waits for requests that a test should make. */
  get isPending(): boolean {
    return this.timesInvoked < (this.isPersistent ? 1 : this.times)
  }

  respond(request: MockRequest): Promise<Response> {
    return respond(this.#reply, this.#defaults, request)
  }

  /** What a test may know of it. */
  describe(): PendingInterceptor {
    return {
      ...this.criteria,
      times: this.times,
      timesInvoked: this.timesInvoked,
      persist: this.isPersistent,
      consumed: this.isConsumed,
      pending: this.isPending,
      data: this.#data(),
    }
  }

  #data(): PendingInterceptor['data'] {
    const reply = this.#reply
    if (reply.kind === 'error') return { error: reply.error }
    if (reply.kind === 'function') return { error: null, callback: reply.replyTo }
    const { statusCode, data, options } = reply
    const headers: Record<string, string | string[]> = {}
    for (const [name, value] of [...this.#defaults.headers, ...pairs(options.headers)]) headers[name] = value
    const trailers = { ...this.#defaults.trailers, ...options.trailers }
    return { error: null, statusCode, data, headers, trailers }
  }
}

/** What `intercept()` returns. */
export class MockInterceptor implements Interceptor {
  readonly #criteria: Criteria
  readonly #add: (dispatch: Dispatch) => void
  readonly #defaults: Defaults = { headers: [], trailers: {}, contentLength: false }

  constructor(wanted: Criteria, add: (dispatch: Dispatch) => void) {
    this.#criteria = wanted
    this.#add = add
  }

  reply(...args: unknown[]): Scope {
    const [first, data, options = {}] = args
    if (typeof first === 'function') {
      return this.#register({ kind: 'function', replyTo: first as never })
    }
    checkReply(first, options)
    return this.#register({
      kind: 'fixed',
      // Whatever it is, it was meant as a number; a response refuses it otherwise.
      statusCode: first as number,
      data: data === undefined ? '' : data,
      options: options as MockReplyOptions,
    })
  }

  replyWithError(error: unknown): Scope {
    if (error === undefined) throw new InvalidArgumentError('error must be defined')
    return this.#register({ kind: 'error', error })
  }

  defaultReplyHeaders(headers: NonNullable<MockReplyOptions['headers']>): this {
    if (headers === undefined) throw new InvalidArgumentError('headers must be defined')
    this.#defaults.headers = pairs(headers)
    return this
  }

  defaultReplyTrailers(trailers: Record<string, string>): this {
    if (trailers === undefined) throw new InvalidArgumentError('trailers must be defined')
    this.#defaults.trailers = trailers
    return this
  }

  replyContentLength(): this {
    this.#defaults.contentLength = true
    return this
  }

  #register(reply: Reply): Scope {
    // A copy: what is set later is for the replies that follow.
    const dispatch = new Dispatch(this.#criteria, reply, { ...this.#defaults })
    this.#add(dispatch)
    return new MockScope(dispatch)
  }
}

/** What `reply()` returns. */
class MockScope implements Scope {
  readonly #dispatch: Dispatch

  constructor(dispatch: Dispatch) {
    this.#dispatch = dispatch
  }

  times(repeatTimes: number): this {
    this.#dispatch.times = positive(repeatTimes, 'repeatTimes')
    return this
  }

  persist(): this {
    this.#dispatch.isPersistent = true
    return this
  }

  delay(waitInMs: number): this {
    this.#dispatch.delayMs = positive(waitInMs, 'waitInMs')
    return this
  }
}

function positive(value: number, name: string): number {
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError(`${name} must be a valid integer > 0`)
}
