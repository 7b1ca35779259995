/**
 * A Worker of its own between the other Workers of a runtime and the network, when the option `network`
 * restricts that. So it meets every request that nothing has answered, whoever sends it and however: the
 * global `fetch`, packages, `node:http`, WebSockets. Its error arrives where the request was made.
 *
 * What lies behind it, if anything, is a network that reaches no more than it should, either.
 */
import { connect } from 'cloudflare:sockets'
import { env } from 'cloudflare:workers'

import type { Network } from '../../shared/protocol.ts'
import { hostOf, isLoopback, refusal } from './refusal.ts'

const network = (env as { NETWORK: Network }).NETWORK

const HELP =
  'mock it with fetchMock of cloudflare:test, with vi.spyOn(globalThis, "fetch"), or with MSW (if an auxiliary Worker ' +
  'sent it, give that an `outboundService`)'

async function fetchThroughGate(request: Request): Promise<Response> {
  if (network === 'loopback' && isLoopback(new URL(request.url).hostname)) return fetch(request)
  throw new Error(refusal(`${request.method} ${request.url}`, network, HELP))
}

/** The runtime says that a connection is open before this is asked, so refusing means to close it. */
async function connectThroughGate(socket: Socket): Promise<void> {
  const { localAddress: address } = await socket.opened
  if (!address || !isLoopback(hostOf(address))) throw new Error(`connect(${address}) was refused`)
  const server = connect(address)
  await Promise.all([socket.readable.pipeTo(server.writable), server.readable.pipeTo(socket.writable)])
}

// Without a handler for them, no connection is ever opened.
export default network === 'loopback'
  ? { fetch: fetchThroughGate, connect: connectThroughGate }
  : { fetch: fetchThroughGate }
