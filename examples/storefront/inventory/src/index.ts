import { WorkerEntrypoint } from 'cloudflare:workers'
import type { Waitlist } from '../../src/waitlist'
import type { Stock } from './stock'

export { Stock } from './stock'

interface Env {
  STOCK: DurableObjectNamespace<Stock>
  WAITLIST: Service<typeof Waitlist>
}

/** For other Workers; there is no HTTP side. */
export class Inventory extends WorkerEntrypoint<Env> {
  /** Sets goods aside for an order, or throws `OutOfStock`. */
  async reserve(sku: string, quantity: number): Promise<void> {
    await this.env.STOCK.getByName(sku).take(quantity)
  }

  /** Puts back what an order that came to nothing had reserved. */
  async release(sku: string, quantity: number): Promise<void> {
    await this.env.STOCK.getByName(sku).add(quantity)
  }

  /** Returns who was told, because they had been waiting for the product. */
  async restock(sku: string, quantity: number): Promise<string[]> {
    const stock = this.env.STOCK.getByName(sku)
    const wasSoldOut = (await stock.available()) === 0
    await stock.add(quantity)
    return wasSoldOut ? await this.env.WAITLIST.restocked(sku) : []
  }
}

// Production refuses a Worker without it, although nothing is ever sent to this one.
export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler<Env>
