import { DurableObject } from 'cloudflare:workers'

export class Shelf extends DurableObject {
  put(key: string, text: string): Promise<void> {
    return this.ctx.storage.put(key, text)
  }

  get(key: string): Promise<string | undefined> {
    return this.ctx.storage.get(key)
  }
}

export default {
  fetch(): Response {
    return new Response('The tests use the bindings themselves.')
  },
}
