/**
 * Functions of the options, which run in this process: an HTTP server on a socket in the run's folder, behind
 * which the service bindings of Workers find them. workerd injects a header that says which one is meant.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { inspect } from 'node:util'
import { createBrotliCompress, createDeflate, createGzip } from 'node:zlib'

import { CF_HEADER, FUNCTION_HEADER, SCHEME_HEADER } from '../shared/protocol.ts'
import type { OptionFunction } from './options.ts'

/** What belongs to one connection, and says nothing about the request. */
const HOP_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade'])
const OUR_HEADERS = new Set([CF_HEADER, FUNCTION_HEADER, SCHEME_HEADER])

/** A `Response` has its body as it is read; workerd expects it as the header says. */
const ENCODERS: Record<string, () => NodeJS.ReadWriteStream> = {
  gzip: createGzip,
  br: createBrotliCompress,
  deflate: createDeflate,
}

/** What Miniflare passes as the second argument. There is none here, and whoever needs it should hear so. */
const NO_INSTANCE = new Proxy(
  {},
  {
    get(_, key) {
      if (typeof key === 'symbol' || key === 'then') return undefined
      throw new Error(
        `The second argument of functions in workers() options has no \`${key}\`: there is no Miniflare instance.\n` +
          '  help: use what the function can reach by itself, such as variables of its file',
      )
    },
  },
)

export class FunctionServer {
  #functions: ReadonlyMap<string, OptionFunction> = new Map()
  #server: Server | undefined

  /** From now on these answer, in runtimes that are there already as well. */
  async serve(functions: ReadonlyMap<string, OptionFunction>, socket: string): Promise<void> {
    this.#functions = functions
    if (this.#server || functions.size === 0) return
    const server = createServer((request, response) => void this.#answer(request, response))
    this.#server = server
    // A test may think about its next request for as long as it likes.
    server.keepAliveTimeout = 0
    server.requestTimeout = 0
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve))
    // Nothing that happens here keeps Node alive.
    server.unref()
  }

  close(): void {
    this.#server?.close()
    this.#server?.closeAllConnections()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [style, path] = String(request.headers[FUNCTION_HEADER]).split('/', 2)
      const answer = this.#functions.get(decodeURIComponent(path ?? ''))
      if (!answer) throw new Error(`The option ${path} is no function any more`)
      if (style === 'node') {
        for (const name of OUR_HEADERS) delete request.headers[name]
        await answer(request, response, NO_INSTANCE)
        return
      }
      await send(await answer(requestOf(request, response), NO_INSTANCE), response)
    } catch (error) {
      if (response.headersSent) response.destroy()
      else await send(failure(error), response).catch(() => response.destroy())
    }
  }
}

/** What workerd sent, as the function takes it. */
function requestOf(message: IncomingMessage, response: ServerResponse): Request {
  const headers = new Headers()
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    const [name, value] = [message.rawHeaders[index]!, message.rawHeaders[index + 1]!]
    const known = name.toLowerCase()
    if (!HOP_HEADERS.has(known) && !OUR_HEADERS.has(known)) headers.append(name, value)
  }
  const method = message.method ?? 'GET'
  const hasBody =
    method !== 'GET' &&
    method !== 'HEAD' &&
    (message.headers['transfer-encoding'] !== undefined || Number(message.headers['content-length']) > 0)
  const aborted = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) aborted.abort()
  })
  const url = `${String(message.headers[SCHEME_HEADER] ?? 'http')}://${message.headers.host}${message.url}`
  const request = new Request(url, {
    method,
    headers,
    signal: aborted.signal,
    ...(hasBody && { body: Readable.toWeb(message) as ReadableStream, duplex: 'half' }),
  })
  const cf = message.headers[CF_HEADER]
  if (cf) Object.defineProperty(request, 'cf', { value: JSON.parse(String(cf)), enumerable: true })
  return request
}

async function send(answer: unknown, response: ServerResponse): Promise<void> {
  if (!isResponse(answer)) {
    const what = answer === undefined ? 'nothing' : `the ${typeof answer} ${inspect(answer)}`
    throw new TypeError(`The function returned ${what}, and no Response`)
  }
  const { status, statusText, headers, body } = answer
  const encoder = body && ENCODERS[headers.get('content-encoding') ?? '']
  const lines: string[] = []
  for (const [name, value] of headers) {
    const isLength = encoder && name === 'content-length'
    if (!isLength && !HOP_HEADERS.has(name)) lines.push(name, value)
  }
  // No `date`: workerd would show it to the Worker.
  response.sendDate = false
  response.writeHead(status, statusText || undefined, lines)
  if (!body) {
    response.end()
    return
  }
  const readable = Readable.fromWeb(body as NodeReadableStream)
  // What breaks on the way, breaks the Worker's body. Nobody here could do more about it.
  await (encoder ? pipeline(readable, encoder(), response) : pipeline(readable, response)).catch(() => {
    response.destroy()
  })
}

/** Also of another copy of the class, such as undici's. */
function isResponse(value: unknown): value is Response {
  if (typeof value !== 'object' || value === null) return false
  const { status, headers } = value as Partial<Response>
  return typeof status === 'number' && typeof headers?.get === 'function'
}

function failure(error: unknown): Response {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new Response(text, { status: 500 })
}
