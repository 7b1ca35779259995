import { createRequire } from 'node:module'

import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'
import worker from '../workers/execution.ts'

const ask = async (path: string): Promise<unknown> => {
  const response = await exports.default.fetch(`http://example.com${path}`)
  return ((await response.json()) as { value: unknown }).value
}

contract('execution: handlers may import, twenty at once', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => ask('/load?name=a')))
  expect(new Set(all)).toEqual(new Set(['lazy a']))
  expect(await ask('/load?name=a')).toBe('lazy a')
})

contract('execution: Durable Objects may import, in their constructor and in methods', async () => {
  const object = env['IMPORTING'].getByName(uniqueName('importing'))
  expect(await object.load('b')).toEqual(['lazy c', 'lazy b'])
  expect(await object.load('b')).toEqual(['lazy c', 'lazy b'])
})

contract('execution: scheduled handlers may import', async () => {
  const ctx = createExecutionContext()
  await worker.scheduled(createScheduledController({ cron: 'imports' }), env, ctx)
  await waitOnExecutionContext(ctx)
  expect(await env['KV'].get('scheduled imports')).toMatch(/^number \d+ lazy d$/)
})

contract('execution: background work may import after the response', async () => {
  await ask('/load-later?name=e')
  await expect.poll(() => env['KV'].get('loaded e')).toBe('lazy e')
})

contract('execution: a module of the runtime that does not exist is named', async () => {
  const specifier = 'cloudflare:nonexistent'
  expect(await errorOf(() => import(specifier))).toContain('cloudflare:nonexistent')
})

contract('execution: built-in modules of Node can be imported, by both their names', async () => {
  const { join } = await import('node:path')
  expect(join('a', '..', 'b')).toBe('b')
  const path = 'path'
  expect(((await import(path)) as typeof import('node:path')).join('a', 'b')).toBe('a/b')
  const { createHash } = await import('node:crypto')
  expect(createHash('sha256').update('a').digest('hex')).toMatch(/^ca978112/)
  const { AsyncLocalStorage } = await import('node:async_hooks')
  expect(new AsyncLocalStorage<number>().run(5, () => 6)).toBe(6)
  const { existsSync } = await import('node:fs')
  expect(existsSync('/does/not/exist')).toBe(false)
})

contract('execution: require() knows the built-in modules', () => {
  const require = createRequire(import.meta.url)
  expect((require('node:path') as typeof import('node:path')).basename('/a/b')).toBe('b')
  expect(require('cloudflare:workers')).toHaveProperty('WorkerEntrypoint')
})
