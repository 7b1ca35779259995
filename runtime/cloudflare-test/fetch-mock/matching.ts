/** Whether a request is one of those that an interceptor was made for. Pure. */
import type { MockInterceptOptions, MockMatcher, MockRequest } from 'cloudflare:test'

import { InvalidArgumentError } from './errors.ts'

/** Which requests an interceptor answers, with its defaults filled in. */
export interface Criteria {
  readonly origin: MockMatcher
  readonly path: MockMatcher
  readonly method: MockMatcher
  readonly body: MockMatcher | undefined
  readonly headers: MockInterceptOptions['headers']
  readonly query: MockInterceptOptions['query']
}

/** Parts of a request in the order in which they are compared. The last three can be named in an error. */
const PARTS = ['path', 'method', 'body', 'headers'] as const
export type Part = (typeof PARTS)[number]

/** Refuses what can never match. */
export function checkMatcher(matcher: unknown): asserts matcher is MockMatcher {
  if (typeof matcher === 'string' || typeof matcher === 'function' || matcher instanceof RegExp) return
  throw new InvalidArgumentError('Unsupported matcher. Must be one of String|Function|RegExp.')
}

/** Reads the argument of `intercept()`. */
export function criteria(origin: MockMatcher, options: MockInterceptOptions): Criteria {
  if (typeof options !== 'object' || !options) throw new InvalidArgumentError('opts must be an object')
  const { path, method = 'GET', body, headers, query } = options
  if (path === undefined) throw new InvalidArgumentError('opts.path must be defined')
  return {
    origin: typeof origin === 'string' ? origin.toLowerCase() : origin,
    path: typeof path === 'string' ? pathAndQuery(path, query) : path,
    method: typeof method === 'string' ? method.toUpperCase() : method,
    body,
    headers,
    query,
  }
}

export function matches(matcher: MockMatcher, text: string): boolean {
  if (typeof matcher === 'string') return matcher === text
  if (typeof matcher === 'function') return matcher(text)
  // A RegExp with the flag `g` or `y` would go on where it stopped the last time.
  matcher.lastIndex = 0
  return matcher.test(text)
}

/** The first part of the request that is something else; `undefined` if it matches. */
export function firstMismatch(wanted: Criteria, request: MockRequest): Part | undefined {
  return PARTS.find((part) => !matchesPart[part](wanted, request))
}

/** How far a request got with an interceptor: the number of parts that matched. */
export function progress(part: Part): number {
  return PARTS.indexOf(part)
}

const matchesPart: Record<Part, (wanted: Criteria, request: MockRequest) => boolean> = {
  path: ({ path }, request) =>
    typeof path === 'string' ? path === sorted(request.path) : matches(path, request.path),
  method: ({ method }, request) => matches(method, request.method),
  body: ({ body }, request) => body === undefined || matches(body, request.body),
  headers: ({ headers }, request) => {
    if (typeof headers === 'function') return headers(request.headers)
    return Object.entries(headers ?? {}).every(([name, matcher]) => {
      const value = request.headers[name.toLowerCase()]
      return value !== undefined && matches(matcher, value)
    })
  },
}

function pathAndQuery(path: string, query: MockInterceptOptions['query']): string {
  if (!query) return sorted(path)
  if (/[?#]/.test(path)) {
    throw new InvalidArgumentError('Query params cannot be passed when url already contains "?" or "#".')
  }
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      parameters.append(key, typeof item === 'object' || item === undefined ? '' : String(item))
    }
  }
  return sorted(`${path}?${parameters}`)
}

/** One spelling for all paths that mean the same: encoded, without hash, the query's parameters in order. */
function sorted(path: string): string {
  const url = new URL(path, 'http://localhost')
  url.searchParams.sort()
  return url.pathname + url.search
}
