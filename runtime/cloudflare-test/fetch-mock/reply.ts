/**
 * Replies: what a test has asked for, and the `Response` that it becomes. The response is made for each
 * request, where the request is made, because a body belongs to the event that made it.
 */
import { STATUS_CODES } from 'node:http'

import type { MockReply, MockReplyData, MockReplyOptions, MockRequest } from 'cloudflare:test'

import { InvalidArgumentError } from './errors.ts'

// Captured: tests replace globals.
const NativeHeaders = Headers
const NativeResponse = Response

/** Statuses that have no body; one of theirs may not even be empty. */
const STATUSES_WITHOUT_BODY = new Set([101, 204, 205, 304])

/** What all replies of an interceptor have. */
export interface Defaults {
  headers: HeaderPairs
  trailers: Record<string, string>
  contentLength: boolean
}

/** What an interceptor answers with. */
export type Reply =
  | { kind: 'fixed'; statusCode: number; data: unknown; options: MockReplyOptions }
  | { kind: 'function'; replyTo: (request: MockRequest) => MockReply | Promise<MockReply> }
  | { kind: 'error'; error: unknown }

type HeaderPairs = [name: string, value: string][]
type ReplyFunction = (request: MockRequest) => MockReplyData | Promise<MockReplyData>

/** Refuses what no response can be made of. */
export function checkReply(statusCode: unknown, options: unknown): void {
  if (statusCode === undefined) throw new InvalidArgumentError('statusCode must be defined')
  if (typeof options !== 'object' || !options) {
    throw new InvalidArgumentError('responseOptions must be an object')
  }
}

/** Makes the response, or throws the error that the request rejects with. */
export async function respond(reply: Reply, defaults: Defaults, request: MockRequest): Promise<Response> {
  if (reply.kind === 'error') throw reply.error
  if (reply.kind === 'fixed') {
    const { statusCode, data, options } = reply
    return makeResponse(
      statusCode,
      typeof data === 'function' ? await (data as ReplyFunction)(request) : data,
      {
        options,
        defaults,
        request,
      },
    )
  }
  const made: unknown = await reply.replyTo(request)
  if (typeof made !== 'object' || !made) {
    throw new InvalidArgumentError('reply options callback must return an object')
  }
  const { statusCode, data, responseOptions: options = {} } = made as MockReply
  checkReply(statusCode, options)
  return makeResponse(statusCode, data, { options, defaults, request })
}

interface Rest {
  options: MockReplyOptions
  defaults: Defaults
  request: MockRequest
}

function makeResponse(statusCode: number, data: unknown, { options, defaults, request }: Rest): Response {
  const bytes = encode(data)
  const headers = new NativeHeaders()
  if (defaults.contentLength) headers.set('content-length', String(bytes.byteLength))
  for (const [name, value] of defaults.headers) headers.append(name, value)
  const own = pairs(options.headers)
  for (const [name] of own) headers.delete(name)
  for (const [name, value] of own) headers.append(name, value)
  const status = Number(statusCode)
  const response = new NativeResponse(STATUSES_WITHOUT_BODY.has(status) ? null : bytes, {
    status,
    statusText: STATUS_CODES[status] ?? 'unknown',
    headers,
  })
  return asFetched(response, request.origin + request.path)
}

/** Headers in any of the forms that a test may write them in. */
export function pairs(headers: MockReplyOptions['headers']): HeaderPairs {
  if (!headers) return []
  if (Symbol.iterator in headers) return [...(headers as Iterable<[string, string]>)]
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each): [string, string] => [name, String(each)]),
  )
}

/** As bytes always: a string would bring a content type of its own. */
function encode(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const text = typeof data === 'string' ? data : (JSON.stringify(data) ?? '')
  return new TextEncoder().encode(text)
}

/** A response that was made by hand has no URL, and its headers may be changed. */
function asFetched(response: Response, url: string): Response {
  const { headers } = response
  for (const method of ['append', 'delete', 'set'] as const) {
    hidden(headers, method, () => {
      throw new TypeError("Can't modify immutable headers.")
    })
  }
  hidden(response, 'headers', headers)
  hidden(response, 'url', url)
  const clone = response.clone.bind(response)
  hidden(response, 'clone', () => asFetched(clone(), url))
  return response
}

function hidden(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
}
