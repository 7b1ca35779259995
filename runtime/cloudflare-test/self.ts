/** The Worker under test as the internet sees it: its static assets, if it has some, and its default export. */
import { FOR_WORKER_HEADER } from '../../shared/protocol.ts'
import { claim } from '../runner/privileged.ts'

// Captured: tests replace globals.
const NativeRequest = Request

const worker = claim('self')
const assets = claim('assets')

/** Redirects that a request follows, as many as the runtime does. */
const REDIRECTS_MAX = 20

/** A service binding to the default export of `main`: `fetch`, and RPC if it is a `WorkerEntrypoint`. */
export const SELF: Fetcher = assets ? behindAssets(worker, assets) : worker

function behindAssets(self: Fetcher, router: Fetcher): Fetcher {
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    let request = new NativeRequest(input as Request, init)
    for (let redirects = 0; ; redirects++) {
      const { method, headers, url } = request
      // The host looks at no body, and the Worker may still want it.
      const answer = await router.fetch(url, { method, headers, redirect: 'manual' })
      if (answer.headers.has(FOR_WORKER_HEADER)) return self.fetch(request)
      const location = answer.headers.get('location')
      const follows = request.redirect === 'follow' && answer.status >= 300 && answer.status < 400
      if (!follows || location === null || redirects === REDIRECTS_MAX) return answer
      request = new NativeRequest(new URL(location, url), { method, headers })
    }
  }
  return new Proxy(self, {
    get(target, key) {
      if (key === 'fetch') return fetch
      const value: unknown = Reflect.get(target, key, target)
      // Methods of the runtime's own look at `this`; those of the Worker, by RPC, do not.
      const isOwn = typeof value === 'function' && typeof key === 'string' && OWN_METHODS.has(key)
      return isOwn ? (value as () => unknown).bind(target) : value
    },
  })
}

const OWN_METHODS: ReadonlySet<string> = new Set(['connect', 'queue', 'scheduled'])
