// Counts what workerd asks the peer's module fallback, which is an HTTP server in this process.
import { subscribe } from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'

let requests = 0
subscribe('http.server.request.start', (message) => {
  const { request } = message as { request: IncomingMessage }
  if (request.headers['x-resolve-method']) requests += 1
})
process.once('exit', () => writeFileSync('fallback.json', JSON.stringify({ requests })))
