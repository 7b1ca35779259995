/** Event contexts for tests that call Pages Functions. */
import { env } from 'cloudflare:workers'

import { addWork, collectsWork } from './execution-context.ts'

// Captured: tests replace globals.
const NativeRequest = Request

interface EventContextInit {
  request: Request
  functionPath?: string
  next?: (request: Request) => Response | Promise<Response>
  params?: Record<string, unknown>
  data?: Record<string, unknown>
}

/** Fields in the order in which they are checked. */
const FIELDS: [keyof EventContextInit, string, (value: unknown) => boolean][] = [
  ['request', 'Request', (value) => value instanceof NativeRequest],
  ['functionPath', 'string', (value) => typeof value === 'string'],
  ['next', 'function', (value) => typeof value === 'function'],
  ['params', 'object', (value) => typeof value === 'object' && value !== null],
  ['data', 'object', (value) => typeof value === 'object' && value !== null],
]

export function createPagesEventContext(init: EventContextInit): object {
  if (typeof init !== 'object' || init === null) {
    throw new TypeError(
      "Failed to execute 'createPagesEventContext': parameter 1 is not of type 'EventContextInit'.",
    )
  }
  for (const [field, type, isValid] of FIELDS) {
    const value = init[field]
    if ((value === undefined && field !== 'request') || isValid(value)) continue
    throw new TypeError(
      `Incorrect type for the '${field}' field on 'EventContextInit': the provided value is not of type '${type}'.`,
    )
  }
  const assets = (env as Partial<Record<string, { fetch?: unknown }>>)['ASSETS']
  if (typeof assets?.fetch !== 'function') {
    throw new TypeError('Cannot call `createPagesEventContext()` without defining `ASSETS` service binding')
  }
  const { functionPath = '', next, params = {}, data = {} } = init
  // Each side reads the body of its own.
  const request = next ? (init.request.clone() as Request) : init.request
  const ctx = {
    request,
    functionPath,
    env,
    params,
    data,
    waitUntil: (promise: unknown) => addWork(ctx, promise),
    passThroughOnException() {},
    async next(input?: Request | string | URL, requestInit?: RequestInit): Promise<Response> {
      if (!next) {
        throw new TypeError(
          'Cannot call `EventContext#next()` without including `next` property in 2nd argument to `createPagesEventContext()`',
        )
      }
      if (input === undefined) return next(init.request)
      const target = typeof input === 'string' ? new URL(input, init.request.url) : input
      return next(new NativeRequest(target as Request, requestInit))
    },
  }
  collectsWork(ctx)
  return ctx
}
