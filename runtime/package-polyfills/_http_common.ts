/**
 * `_http_common` for packages: the runtime's, with the name that `msw/node` imports and the runtime lacks.
 * MSW uses it for requests of `node:http` alone, which are none of `fetch`.
 */
// @ts-expect-error -- an internal module of Node without types
export * from 'node:_http_common'

/** Node's own, in C++. */
export class HTTPParser {
  constructor() {
    throw new Error('HTTPParser of _http_common is not available inside workerd')
  }
}
