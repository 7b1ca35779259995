/** The user Worker of the suites of entrypoints: one export for each kind of what may be exported. */
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'

import type { Loose } from './loose.ts'
import * as elsewhere from './entrypoints-elsewhere.ts'

export { Elsewhere, Elsewhere as Renamed } from './entrypoints-elsewhere.ts'
export { Connecting, EventClass, eventObject, takeHandled } from './events.ts'
export { Decorated, Service } from './rpc.ts'
export * from './entrypoints-star.ts'

export const text = 'a string'
export const number = 5
export const nothing = undefined
export class OwnError extends Error {}
export function plainFunction(): string {
  return 'called'
}
export const star = elsewhere

/** Has neither a method nor a superclass that would make it an entrypoint. */
export class Plain {}

export const noHandlers = {}

export class NoMethods extends WorkerEntrypoint {}

export const notAResponse = { fetch: () => 'no response' }

class Holder {
  readonly #greeting = 'hello from a private field'

  fetch(): Response {
    return new Response(this.#greeting)
  }
}

/** A handler object whose methods are on its prototype. */
export const holder = new Holder()

export class Room extends DurableObject {
  hello(): string {
    return `room ${this.ctx.id.name}`
  }

  variable(name: string): unknown {
    return this.env[name]
  }
}

/** A class that a migration declares, without a binding. */
export class Unbound extends DurableObject {
  hello(): string {
    return `unbound ${this.ctx.id.name}`
  }
}

let visits = 0

/** How often the default export has been asked for `/visit`. */
export const visitsSoFar = (): number => visits

const routes: Record<string, (request: Request, env: Loose, ctx: Loose) => unknown> = {
  '/visit': () => ({ visits: ++visits }),
  '/cf': (request) => ({ cf: (request as { cf?: unknown }).cf ?? null }),
  '/host': (request) => ({ host: request.headers.get('host') }),
  '/names': (_request, env, ctx) => ({ env: Object.keys(env), exports: Object.keys(ctx.exports) }),
  '/props': (_request, _env, ctx) => ctx.props,
  '/missing': (_request, _env, ctx) => ({ type: typeof ctx.exports.Missing }),
  '/variable': (request, env) => ({ value: env[new URL(request.url).searchParams.get('name')!] ?? null }),
  '/key': async (_request, env) => ({ value: await env.KV.get('key') }),
  '/background': (_request, env, ctx) => {
    ctx.waitUntil(env.KV.put('background', 'done'))
    return {}
  },
}

const handler = {
  async fetch(request: Request, env: Loose, ctx: Loose): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/redirect') return new Response(null, { status: 302, headers: { location: '/visit' } })
    if (pathname === '/large') return new Response(large())
    if (pathname === '/first-chunk') return new Response(await firstChunk(request))
    if (pathname === '/socket') return echo()
    return Response.json(await routes[pathname]!(request, env, ctx))
  },

  scheduled(controller: { scheduledTime: number; cron: string }): unknown {
    return { ...controller, type: Object.prototype.toString.call(controller) }
  },
}

export default handler

function large(): ReadableStream<Uint8Array> {
  let left = 40
  return new ReadableStream({
    pull(controller) {
      if (left-- === 0) controller.close()
      else controller.enqueue(new Uint8Array(65_536).fill(left))
    },
  })
}

/** Answers before the body has ended. */
async function firstChunk(request: Request): Promise<string> {
  const { value } = await request.body!.getReader().read()
  return new TextDecoder().decode(value)
}

function echo(): Response {
  const [client, server] = Object.values(new (globalThis as Loose).WebSocketPair()) as Loose[]
  server.accept()
  server.addEventListener('message', ({ data }: { data: string }) => server.send(`echo ${data}`))
  return new Response(null, { status: 101, webSocket: client } as ResponseInit)
}
