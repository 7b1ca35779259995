/**
 * `cloudflare:sockets` for the user's own modules, when the option `network` restricts the network: says
 * what a refusal of the runtime would not. Packages that are not transformed by Vite import the runtime's
 * module itself, and are refused by the runtime.
 */
import { connect as nativeConnect } from 'cloudflare:sockets'

import { hostOf, isLoopback, refusal } from '../network-gate/refusal.ts'
import { facts } from '../runner/facts.ts'

export function connect(address: SocketAddress | string, options?: SocketOptions): Socket {
  const { network } = facts
  const written = typeof address === 'string' ? address : `${address.hostname}:${address.port}`
  if (network === 'all' || (network === 'loopback' && isLoopback(hostOf(written)))) {
    return nativeConnect(address, options)
  }
  throw new Error(refusal(`connect(${written})`, network, 'mock it with vi.mock("cloudflare:sockets")'))
}
