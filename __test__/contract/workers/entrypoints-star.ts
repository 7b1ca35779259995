/** What the Worker of the suites of entrypoints exports by `export *`. */
import { WorkerEntrypoint } from 'cloudflare:workers'

export class BehindStar extends WorkerEntrypoint {
  hello(): string {
    return 'from behind a star'
  }
}
