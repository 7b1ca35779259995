/** What the Worker of the suites of entrypoints exports by other ways than a declaration of its own. */
import { WorkerEntrypoint } from 'cloudflare:workers'

export class Elsewhere extends WorkerEntrypoint {
  hello(): string {
    return 'from elsewhere'
  }
}
