/** The Worker of the suites about Durable Objects. Each class is about one thing. */
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'

export { Alarmed } from './alarmed.ts'
export { Moved } from './moved.ts'
export { Deaf, Sockets } from './sockets.ts'
export { Store } from './store.ts'

type Env = Cloudflare.Env

export class Counter extends DurableObject<Env> {
  memory = 0
  #secret = 'a private field'

  /** Counts in memory and in storage. */
  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/endless') return new Response(this.numbers(Infinity))
    const stored = ((await this.ctx.storage.get<number>('count')) ?? 0) + 1
    await this.ctx.storage.put('count', stored)
    return Response.json({ memory: ++this.memory, stored })
  }

  increment(by = 1): number {
    return (this.memory += by)
  }

  get total(): number {
    return this.memory
  }

  get totalLater(): Promise<number> {
    return Promise.resolve(this.memory)
  }

  secret(): string {
    return this.#secret
  }

  ownName(): string | undefined {
    return this.ctx.id.name
  }

  fail(): never {
    throw new RangeError('the counter is full')
  }

  failSpecially(): never {
    throw new CounterError('specially')
  }

  abort(): void {
    this.ctx.abort('aborted by itself')
  }

  /** Counts in a part of this object with storage of its own. */
  async incrementFacet(name: string): Promise<number> {
    const facet = this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Counter }))
    return (facet as unknown as DurableObjectStub<Counter>).increment()
  }

  /** Numbers up to a limit, one in each chunk. */
  numbers(limit: number): ReadableStream<Uint8Array> {
    let next = 1
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (next > limit) controller.close()
        else controller.enqueue(new TextEncoder().encode(`${next++} `))
      },
    })
  }
}

export class CounterError extends Error {
  override name = 'CounterError'
  detail = 5
}

class Base extends DurableObject<Env> {
  inherited(): string {
    return 'from the base class'
  }

  get inheritedGetter(): string {
    return 'a getter of the base class'
  }
}

export class Derived extends Base {
  own(): string {
    return `${this.inherited()}, through its own`
  }

  hasContainer(): boolean {
    return this.ctx.container !== undefined
  }
}

/** Has own properties, one of which hides a method. */
export class Shadowed extends DurableObject<Env> {
  field = 5
  arrow = (): string => 'arrow'

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.method = () => 'own'
  }

  method(): string {
    return 'prototype'
  }

  other(): string {
    return 'prototype'
  }
}

/** Its constructor returns something else than `this`. */
export class Proxied extends DurableObject<Env> {
  #count = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    return new Proxy(this, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value
      },
    })
  }

  increment(): number {
    return ++this.#count
  }

  get count(): number {
    return this.#count
  }
}

/** Has no base class. */
export class Plain {
  readonly ctx: DurableObjectState

  constructor(ctx: DurableObjectState) {
    this.ctx = ctx
  }

  fetch(): Response {
    return new Response('plain')
  }

  increment(): number {
    return 1
  }
}

/** Has no handler of any event, and no method. */
export class Empty extends DurableObject<Env> {}

/** Its storage is without SQL. */
export class Legacy extends DurableObject<Env> {
  put(key: string, value: unknown): Promise<void> {
    return this.ctx.storage.put(key, value)
  }

  get(key: string): Promise<unknown> {
    return this.ctx.storage.get(key)
  }

  sql(): unknown {
    return this.ctx.storage.sql.exec('SELECT 1').toArray()
  }
}

/** Is not ready before something has passed that its constructor began. */
export class Slow extends DurableObject<Env> {
  ready = false
  seen: string[] = []

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    void ctx.blockConcurrencyWhile(async () => {
      await ctx.storage.get('anything')
      await scheduler.wait(20)
      this.ready = true
    })
  }

  override fetch(): Response {
    return new Response(`ready: ${this.ready}`)
  }

  isReady(): boolean {
    return this.ready
  }

  setAlarm(time: number): Promise<void> {
    return this.ctx.storage.setAlarm(time)
  }

  override alarm(): void {
    this.seen.push(`ready: ${this.ready}`)
  }

  alarms(): string[] {
    return this.seen
  }
}

export class Throwing extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    throw new RangeError('never constructed')
  }

  override fetch(): Response {
    return new Response('never')
  }

  hello(): string {
    return 'never'
  }
}

export class Blocked extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    void ctx.blockConcurrencyWhile(async () => {
      await scheduler.wait(1)
      throw new RangeError('never ready')
    })
  }

  override fetch(): Response {
    return new Response('never')
  }

  hello(): string {
    return 'never'
  }
}

/** Remembers in which order calls began. */
export class Sequence extends DurableObject<Env> {
  begun: number[] = []
  memory = 0

  override async fetch(request: Request): Promise<Response> {
    return new Response(String(await this.push(Number(new URL(request.url).pathname.slice(1)))))
  }

  push(number: number): number {
    return this.begun.push(number)
  }

  all(): number[] {
    return this.begun
  }

  async slowly(): Promise<number> {
    await scheduler.wait(50)
    return ++this.memory
  }

  quickly(): number {
    return ++this.memory
  }
}

/** Calls others. */
export class Caller extends DurableObject<Env> {
  async callOther(name: string): Promise<number> {
    return this.env.COUNTER.getByName(name).increment()
  }

  async callItself(): Promise<string> {
    return this.env.CALLER.get(this.ctx.id).hello()
  }

  async callThroughExports(name: string): Promise<number> {
    return this.ctx.exports.Counter.getByName(name).increment(10)
  }

  hello(): string {
    return `hello from ${this.ctx.id.name}`
  }

  async pushAll(name: string, count: number): Promise<number[]> {
    return pushAll(this.env.SEQUENCE.getByName(name), count)
  }
}

export class Gateway extends WorkerEntrypoint<Env> {
  async pushAll(name: string, count: number): Promise<number[]> {
    return pushAll(this.env.SEQUENCE.getByName(name), count)
  }
}

async function pushAll(stub: DurableObjectStub<Sequence>, count: number): Promise<number[]> {
  await Promise.all(Array.from({ length: count }, (_, index) => stub.push(index)))
  return stub.all()
}

/** A class that has no name of its own. */
export const Anonymous = class extends DurableObject<Env> {
  increment(): number {
    return 1
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- TypeScript wants it of classes that mix in
function counting<Class extends new (...args: any[]) => DurableObject<Env>>(Base: Class) {
  return class extends Base {
    increment(): number {
      return 2
    }
  }
}

/** A class that a function has made of another. */
export const Wrapped = counting(class extends DurableObject<Env> {})

/** No binding refers to it, but a migration does. */
export class Unbound extends DurableObject<Env> {
  hello(): string {
    return 'unbound'
  }
}

export default {
  /** Forwards a request to the object that its path names, as most Workers do. */
  fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url)
    return env.COUNTER.getByName(pathname.slice(1)).fetch(request)
  },
}
