/** Entrypoints of the user Worker of the suites of RPC. */
import { RpcTarget, WorkerEntrypoint } from 'cloudflare:workers'

import type { Loose } from './loose.ts'
/** Instances of {@link Service}, which every call makes one of. */
let instances = 0
/** Calls of {@link Service.begin} in the order in which they began. */
const begun: string[] = []

class Base extends WorkerEntrypoint {
  inherited(): string {
    return 'from the superclass'
  }

  get inheritedFunction(): () => string {
    return () => this.inherited()
  }
}

class OwnError extends Error {
  override name = 'OwnError'
  detail = 'lost'
}

export class Counter extends RpcTarget {
  #count: number

  constructor(start = 0) {
    super()
    this.#count = start
  }

  increment(by = 1): number {
    return (this.#count += by)
  }

  get value(): number {
    return this.#count
  }
}

export class Service extends Base {
  static readonly answer = 42
  readonly #secret = 'private'
  property = 'on the instance'
  arrow = (): string => 'on the instance'
  readonly seen: unknown
  readonly instance = ++instances

  constructor(ctx: Loose, env: Loose) {
    super(ctx, env)
    // Programs do this so that the method can be passed around.
    this.bound = this.bound.bind(this)
    this.seen = { props: this.ctx.props, text: this.env.TEXT }
  }

  async fetch(request: Request): Promise<Response> {
    return Response.json({ method: request.method, props: this.ctx.props, text: this.env.TEXT })
  }

  kinds(...values: unknown[]): string[] {
    return values.map((value) => Object.prototype.toString.call(value).slice(8, -1))
  }

  bound(): string {
    return 'bound'
  }

  back(...values: unknown[]): unknown[] {
    return values
  }

  get value(): number {
    return 7
  }

  get asyncValue(): Promise<string> {
    return Promise.resolve('later')
  }

  get secret(): string {
    return `${this.#secret} ${Service.answer}`
  }

  get props(): unknown {
    return this.ctx.props
  }

  everywhere(): unknown {
    return { inConstructor: this.seen, inMethod: { props: this.ctx.props, text: this.env.TEXT } }
  }

  later(key: string): void {
    this.ctx.waitUntil(this.env.KV.put(key, 'written later'))
  }

  instanceNumber(): number {
    return this.instance
  }

  multiplier(factor: number): (value: number) => number {
    return (value) => value * factor
  }

  counting(): () => number {
    let count = 0
    return () => ++count
  }

  makeCounter(start: number): Counter {
    return new Counter(start)
  }

  object(): unknown {
    return { nested: { value: 'deep' }, double: (value: number) => value * 2 }
  }

  async callBack(callback: Loose, counter: Loose): Promise<unknown> {
    return { said: await callback('hello'), counted: await counter.increment(5) }
  }

  async readAll(stream: ReadableStream): Promise<string> {
    return new Response(stream).text()
  }

  stream(text: string): ReadableStream {
    return new Blob([text]).stream()
  }

  async writeTo(stream: WritableStream, text: string): Promise<void> {
    const writer = stream.getWriter()
    await writer.write(new TextEncoder().encode(text))
    await writer.close()
  }

  async relay(request: Request): Promise<Response> {
    const headers = new Headers({ 'x-method': request.method, 'x-from': request.headers.get('x-from') ?? '' })
    return new Response(`got ${await request.text()}`, { status: 201, headers })
  }

  relayResponse(response: Response): Response {
    return new Response(response.body, { status: 202, headers: response.headers })
  }

  fail(kind: string): never {
    if (kind === 'own') throw new OwnError('custom')
    const types = { TypeError, RangeError, SyntaxError, Error } as Record<string, ErrorConstructor>
    throw new types[kind]!(`a ${kind}`)
  }

  async failLater(): Promise<never> {
    throw new RangeError('rejected')
  }

  failWith(value: unknown): never {
    throw value
  }

  async begin(name: string, pause: number): Promise<string> {
    begun.push(name)
    await (globalThis as Loose).scheduler.wait(pause)
    return name
  }

  takeBegun(): string[] {
    return begun.splice(0)
  }

  /** Calls made by another entrypoint, not by the test. */
  async beginThrice(name: string): Promise<string[]> {
    const self = this.ctx.exports.Service
    return Promise.all([self.begin(`${name} 1`, 20), self.begin(`${name} 2`, 1), self.begin(`${name} 3`, 1)])
  }
}

function doubling(method: (value: number) => number): (value: number) => number {
  return function (this: unknown, value: number) {
    return method.call(this, value) * 2
  }
}

/** What compilers make of a decorated method: a property that is defined on the prototype afterwards. */
export class Decorated extends WorkerEntrypoint {
  add(value: number): number {
    return value + 1
  }
}
Object.defineProperty(Decorated.prototype, 'add', { value: doubling(Decorated.prototype.add) })
