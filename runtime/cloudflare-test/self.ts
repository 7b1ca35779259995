import { claim } from '../runner/privileged.ts'

/** A service binding to the default export of `main`: `fetch`, and RPC if it is a `WorkerEntrypoint`. */
export const SELF: Fetcher = claim('self')
