/** Rate limits. The counts are the host's, in `src/simulators/rate_limit`. */

interface Inner {
  fetcher: Fetcher
  settings: { limit: number; period: number }
}

const PERIODS = new Set([10, 60])
const KNOWN = new Set(['key', 'limit', 'period'])

class RateLimiter {
  readonly #inner: Inner

  constructor(inner: Inner) {
    this.#inner = inner
  }

  async limit(options: unknown): Promise<{ success: boolean }> {
    const { fetcher, settings } = this.#inner
    const body = JSON.stringify({ ...settings, ...checked(options) })
    const response = await fetcher.fetch('http://rate-limit/', { method: 'POST', body })
    if (!response.ok) throw new Error(response.statusText)
    return response.json()
  }
}

/** The words are the product's. */
function checked(options: unknown): { key: string; limit?: number; period?: number } {
  if (typeof options !== 'object' || options === null) throw new Error('invalid rate limit options')
  const unknown = Object.keys(options).filter((key) => !KNOWN.has(key))
  if (unknown.length > 0) throw new Error(`bad rate limit options: [${unknown.join(',')}]`)
  const { key = '', limit, period } = options as Record<string, unknown>
  if (typeof key !== 'string') throw new Error(`invalid key: ${String(key)}`)
  if (limit !== undefined && typeof limit !== 'number') {
    throw new Error(`limit must be a number: ${String(limit)}`)
  }
  if (period !== undefined && typeof period !== 'number') {
    throw new Error(`period must be a number: ${String(period)}`)
  }
  if (period !== undefined && !PERIODS.has(period)) throw new Error(`unsupported period: ${period}`)
  return { key, ...(limit !== undefined && { limit }), ...(period !== undefined && { period }) }
}

export function rateLimit(inner: Inner): RateLimiter {
  return new RateLimiter(inner)
}
