/** The user Worker of the suite of rejections: it fails in every way. Its default export is a class. */
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'

export const notAClass = 'not a class'

export class Room extends DurableObject {
  fail(): never {
    throw new RangeError('the room is full')
  }

  async failLater(): Promise<never> {
    await Promise.resolve()
    throw new RangeError('the room is full')
  }
}

export default class extends WorkerEntrypoint {
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/later') await Promise.resolve()
    throw new RangeError('no answer')
  }

  fail(): never {
    throw new RangeError('no result')
  }

  async failLater(): Promise<never> {
    await Promise.resolve()
    throw new RangeError('no result')
  }

  double(value: number): number {
    return value * 2
  }

  get value(): number {
    return 7
  }
}
