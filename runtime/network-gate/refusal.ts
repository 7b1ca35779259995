/** What the option `network` lets through, and what is said about the rest. Pure. */

import type { Network } from '../../shared/protocol.ts'

/** Whether a host, without its port, is this machine by its name. No name is looked up. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/i.test(host)
}

/** The host of an address as `connect()` takes it. @example '[::1]:5432' → '[::1]' */
export function hostOf(address: string): string {
  return address.replace(/:\d*$/, '')
}

/** @param what What was tried. @example 'GET https://example.com/' */
export function refusal(what: string, network: Network, help: string): string {
  const extent = network === 'loopback' ? 'all of the network but this machine' : 'the network'
  return (
    `${what} was refused: nothing mocks it, and workers({ network: '${network}' }) refuses ${extent}\n` +
    `  help: ${help}, or allow it with \`network: 'all'\``
  )
}
