/** The assets of a Pages project, for `miniflare.serviceBindings.ASSETS`. */
import { resolve } from 'node:path'

import { PagesAssets } from './native.ts'
import type { ServiceFunction } from './options.ts'

/** Statuses that have no body, which `Response` insists on. */
const WITHOUT_BODY = new Set([204, 304])

/**
 * Serves a folder as Cloudflare Pages does: `index.html`, `404.html`, `_headers`, `_redirects`. The folder is looked at with
 * every request, so a build may run meanwhile.
 * @param path The folder, relative to the working directory.
 * @example
 * workers(async () => ({ miniflare: { serviceBindings: { ASSETS: await buildPagesASSETSBinding('./public') } } }))
 */
export async function buildPagesASSETSBinding(path: string): Promise<ServiceFunction> {
  if (typeof path !== 'string') {
    throw new TypeError("Failed to execute 'buildPagesASSETSBinding': parameter 1 is not of type 'string'.")
  }
  const assets = new PagesAssets(resolve(path))
  return async (request) => {
    const { status, headers, body } = await assets.serve(
      request.method,
      request.url,
      [...request.headers].flat(),
    )
    const pairs: [string, string][] = []
    for (let index = 0; index < headers.length; index += 2) pairs.push([headers[index]!, headers[index + 1]!])
    const content = WITHOUT_BODY.has(status) ? null : new Uint8Array(body)
    return new Response(content, { status, headers: pairs })
  }
}
