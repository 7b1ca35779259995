import { WorkerEntrypoint } from 'cloudflare:workers'

/** Who wants to hear about a product that is sold out. `inventory` calls it when there is more. */
export class Waitlist extends WorkerEntrypoint<Env> {
  /** Returns who was told. Each is told once. */
  async restocked(sku: string): Promise<string[]> {
    const { keys } = await this.env.WAITLIST.list({ prefix: `${sku}/` })
    // A real shop would send mail here.
    await Promise.all(keys.map(({ name }) => this.env.WAITLIST.delete(name)))
    return keys.map(({ name }) => name.slice(sku.length + 1))
  }
}
