import { DurableObject } from 'cloudflare:workers'

/** `main` exports it from here. */
export class Moved extends DurableObject<Cloudflare.Env> {
  where(): string {
    return 'another file'
  }
}
