import { RpcTarget, WorkerEntrypoint } from 'cloudflare:workers'

/** What a caller's binding says about it. */
export interface Caller {
  client: string
  scopes: ('orders:read' | 'orders:write')[]
}

export interface Order {
  sku: string
  quantity: number
  charge: string
}

interface Env {
  CUSTOMERS: KVNamespace
}

export class Accounts extends WorkerEntrypoint<Env, Caller> {
  /** Returns the token that the customer signs in with. */
  async register(name: string): Promise<string> {
    const token = crypto.randomUUID()
    await this.env.CUSTOMERS.put(token, name)
    return token
  }

  async signIn(token: string): Promise<Customer> {
    const name = await this.env.CUSTOMERS.get(token)
    if (name === null) throw new Error('nobody has this token')
    return new Customer(name, this.env, this.ctx.props)
  }
}

/** Stays in this Worker: the caller gets a stub, and can do to this customer what is a method here. */
export class Customer extends RpcTarget {
  #name: string
  #env: Env
  #caller: Caller

  constructor(name: string, env: Env, caller: Caller) {
    super()
    this.#name = name
    this.#env = env
    this.#caller = caller
  }

  get name(): string {
    return this.#name
  }

  async orders(): Promise<Order[]> {
    this.#require('orders:read')
    return (await this.#env.CUSTOMERS.get<Order[]>(this.#key, 'json')) ?? []
  }

  async addOrder(order: Order): Promise<void> {
    this.#require('orders:write')
    await this.#env.CUSTOMERS.put(this.#key, JSON.stringify([...(await this.orders()), order]))
  }

  get #key(): string {
    return `orders of ${this.#name}`
  }

  #require(scope: Caller['scopes'][number]): void {
    const { client, scopes } = this.#caller
    if (!scopes.includes(scope)) throw new TypeError(`${client} lacks ${scope}`)
  }
}

// Production refuses a Worker without it, although nothing is ever sent to this one.
export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler<Env>
