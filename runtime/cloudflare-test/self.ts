import { claim } from '../runner/privileged.ts'
import { countHandler } from '../runner/storage-calls.ts'

/** A service binding to the default export of `main`: `fetch`, and RPC if it is a `WorkerEntrypoint`. */
export const SELF: Fetcher = claim('self')

// A request that nobody awaits is under way before its handler is.
const fetch = SELF.fetch.bind(SELF)
Object.defineProperty(SELF, 'fetch', {
  configurable: true,
  writable: true,
  value: (...args: Parameters<typeof fetch>) => countHandler(() => fetch(...args)),
})
