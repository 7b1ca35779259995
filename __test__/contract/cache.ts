/** What the suites of the Cache API share. */
import type * as Workers from '@cloudflare/workers-types/index.ts'

import { uniqueName } from './contract.ts'

// The runtime's own: those of Node have the same names in this compilation.
const { caches, Response } = globalThis as unknown as typeof Workers

export const cache = caches.default

/** Headers of a response that may be stored. */
export const FRESH = { 'cache-control': 'max-age=60' }

export function newUrl(): string {
  return `http://example.com/${uniqueName('cache')}`
}

export function fresh(body: string): Workers.Response {
  return new Response(body, { headers: FRESH })
}

/** The stored text, or `undefined` if nothing is stored. */
export async function text(key: Workers.RequestInfo, from = cache): Promise<string | undefined> {
  return (await from.match(key))?.text()
}
