import { createExecutionContext, SELF, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'

contract('no-main: bindings and helpers work without a Worker', async () => {
  const key = uniqueName('key')
  const ctx = createExecutionContext()
  ctx.waitUntil(env['KV'].put(key, 'written'))
  await waitOnExecutionContext(ctx)
  expect(await env['KV'].get(key)).toBe('written')
})

contract('no-main: calls of the Worker say that there is none', async () => {
  expect(await errorOf(() => SELF.fetch('http://example.com/'))).toMatch(
    /^Error: Using service bindings to the current worker requires `(?:poolOptions\.workers\.)?main` to be set to your worker's entrypoint/,
  )
})

contract('no-main: and so do those of its objects', async () => {
  expect(await errorOf(() => env['OBJECT'].getByName('a').fetch('http://example.com/'))).toMatch(
    /^Error: Using Durable Object bindings to the current worker requires `(?:poolOptions\.workers\.)?main` to be set to your worker's entrypoint/,
  )
})
