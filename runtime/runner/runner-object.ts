/**
 * The runner object: an ephemeral Durable Object that nothing evicts. It accepts the host's socket, and
 * everything of Vitest's happens in its I/O context.
 */
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'

import { hideOurExports } from './exports.ts'
import { forwardToRunner, isAuthentic, receiveHop } from './io-context.ts'
import { isOpen, open } from './transport.ts'

// Captured: tests replace globals.
const NativeResponse = Response
const NativeWebSocketPair = WebSocketPair

/** Answers like an address that does not exist: nobody but us has business here. */
function notFound(): Response {
  return new NativeResponse(null, { status: 404 })
}

/** What the host's socket leads to. It only passes the connection on. */
export class Door extends WorkerEntrypoint {
  override fetch(request: Request): Response | Promise<Response> {
    return isAuthentic(request) ? forwardToRunner(request) : notFound()
  }
}

export class RunnerObject extends DurableObject {
  constructor(ctx: DurableObjectState, bindings: unknown) {
    super(ctx, bindings as never)
    // The first context of all, from which is learned what contexts have.
    hideOurExports(ctx)
  }

  override async fetch(request: Request): Promise<Response> {
    const hop = await receiveHop(request)
    if (hop) return hop
    // One conversation for the life of the isolate: whoever comes later is not the host.
    if (isOpen() || !isAuthentic(request)) return notFound()
    const [client, server] = Object.values(new NativeWebSocketPair())
    open(server!)
    return new NativeResponse(null, { status: 101, webSocket: client! })
  }
}
